/** Where an attendee stands, and the one sentence that says it. Pure. */

import words from '../messages/me.js';
import { reader } from './messages.js';
import { dayName, local, moment } from './times.js';
import { leadingZone } from './zones.js';

const t = reader(words);

/**
 * The stage of a person's page: unconfirmed, full, late (a free seat may be left), tooLate, waiting, making,
 * publishing, looking (for a free seat), seated, meeting, over, unplaced, withdrawn (everything can be taken back),
 * left (a free seat may be left), unreachable (until they press), gone, or cancelled.
 *
 * @param {object} page MyPage of the API
 * @param {Date} now
 */
export function stageOf({ event, state, sub_event: seat, unplaced, unreachable, editable }, now) {
  if (event.state === 'cancelled') return 'cancelled';
  const mendable = event.state === 'published' && ahead(event, now);
  if (state === 'withdrawn') return changeable(event, now) ? 'withdrawn' : mendable ? 'left' : 'gone';
  if (seat) return now < new Date(seat.start) ? 'seated' : now < new Date(seat.end) ? 'meeting' : 'over';
  if (unreachable && state === 'confirmed' && (editable || ahead(event, now))) return 'unreachable';
  if (unplaced) return 'unplaced';
  if (state === 'unconfirmed') {
    if (!editable) return ahead(event, now) ? 'late' : 'tooLate';
    return event.full ? 'full' : 'unconfirmed';
  }
  if (editable) return 'waiting';
  if (mendable) return 'looking';
  return event.state === 'publishing' ? 'publishing' : 'making';
}

/** Whether answers still count: until the groups are made. */
function changeable({ state, confirm_until }, now) {
  return state === 'open' || (state === 'closed' && now < new Date(confirm_until));
}

/** Whether a session is still to come, so that a seat may become free. */
function ahead({ slots }, now) {
  return slots.some(({ start, offered }) => offered && now < new Date(start));
}

/** Whom a person would come with, for the part of the page where they say so. */
export function company({ length: count }) {
  return count ? t('together', { count }) : t('togetherNobody');
}

/** The sentence under the event's title. */
export function lead({ event, sub_event: seat }, stage) {
  const zone = leadingZone(event);
  const now = stage === 'seated' && seat.coming ? 'coming' : stage;
  return t(`lead.${now}`, {
    until: moment(event.confirm_until, zone),
    day: seat ? dayName(local(seat.start, zone)) : '',
    organizer: event.organizer_name,
  });
}

/** What comes next where nothing waits for a press; empty where the lead says it all. */
export function next({ event }, stage) {
  return `next.${stage}` in words ? t(`next.${stage}`, { organizer: event.organizer_name }) : '';
}
