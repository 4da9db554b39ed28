/** The sign-up page of an event that takes no sign-ups: why, and what can be done instead. */

import words from '../messages/closed.js';
import { reader } from './messages.js';
import { moment } from './times.js';
import { leadingZone } from './zones.js';

const t = reader(words);

/**
 * Says it in the page's title, its lead, and below.
 *
 * @param {{ title: HTMLElement; lead: HTMLElement; about: HTMLElement }} els
 * @param {object | null} event an EventView, or { problem } where there is none
 */
export function Closed({ title, lead, about }, event) {
  const trouble = event?.problem && event.problem.status !== 404;
  const [sentence, ...more] = trouble
    ? [event.problem.detail]
    : event?.id
      ? standing(event)
      : [t('noSuchEventWhy'), t('noSuchEventHelp')];
  title.textContent = trouble ? t('notNow') : (event?.title ?? t('noSuchEvent'));
  lead.textContent = sentence;
  lead.hidden = false;
  for (const text of more) about.append(Object.assign(document.createElement('p'), { textContent: text }));
  if (trouble) about.append(Object.assign(document.createElement('a'), { href: '', textContent: t('lookAgain') }));
}

/** Sentences, the most important first. */
function standing({ state, accepts_sign_ups: accepts, organizer_name, closes_at, confirm_until, ...event }) {
  const spoken = (instant) => moment(instant, leadingZone(event));
  if (state === 'unconfirmed') return [t('notOpenYet', { organizer: organizer_name })];
  if (state === 'cancelled') return [t('cancelled', { organizer: organizer_name })];
  const before = (instant) => new Date() < new Date(instant);
  // It would take sign-ups, so it can only be full.
  if (accepts) return [t('full'), t('fullHelp', { organizer: organizer_name, until: spoken(closes_at) })];

  const over = t('closedAt', { when: spoken(closes_at) });
  if (['open', 'closed'].includes(state) && before(confirm_until)) return [over, t('confirmUntil', { when: spoken(confirm_until) })];
  const gone = ['publishing', 'published'].includes(state);
  return [over, gone ? t('goneOut') : t('making'), t('nextOne', { organizer: organizer_name })];
}
