/** The sign-up page of an event that takes no sign-ups: why, and what can be done instead. */

import { moment } from './times.js';
import { words } from './words-closed.js';
import { leadingZone } from './zones.js';

/** @returns {{ title: string; lead: string; more: string }} for an event, or for the problem of finding it */
export function closed(event) {
  if (event?.problem && event.problem.status !== 404) return { title: words.notNow, lead: event.problem.detail, more: '' };
  if (!event?.id) return { title: words.noSuchEvent, lead: words.noSuchEventHelp, more: '' };
  const [lead, more = ''] = standing(event);
  return { title: event.title, lead, more };
}

function standing(event) {
  const { state, organizer_name, closes_at, confirm_until } = event;
  const zone = leadingZone(event);
  if (state === 'unconfirmed') return [words.notOpenYet(organizer_name)];
  if (state === 'cancelled') return [words.cancelled(organizer_name)];
  const over = words.closedAt(moment(closes_at, zone));
  if (state === 'published') return [over, words.goneOut];
  const late = ['open', 'closed'].includes(state) && new Date() < new Date(confirm_until);
  return [over, late ? words.confirmUntil(moment(confirm_until, zone)) : words.making];
}
