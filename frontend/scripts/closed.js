/** The sign-up page of an event that takes no sign-ups: why, and what can be done instead. */

import { moment } from './times.js';
import { words } from './words-closed.js';
import { leadingZone } from './zones.js';

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
      : [words.noSuchEventWhy, words.noSuchEventHelp];
  title.textContent = trouble ? words.notNow : (event?.title ?? words.noSuchEvent);
  lead.textContent = sentence;
  lead.hidden = false;
  for (const text of more) about.append(Object.assign(document.createElement('p'), { textContent: text }));
  if (trouble) about.append(Object.assign(document.createElement('a'), { href: '', textContent: words.lookAgain }));
}

/** Sentences, the most important first. */
function standing({ state, full, organizer_name, closes_at, confirm_until, ...event }) {
  const spoken = (instant) => moment(instant, leadingZone(event));
  if (state === 'unconfirmed') return [words.notOpenYet(organizer_name)];
  if (state === 'cancelled') return [words.cancelled(organizer_name)];
  const before = (instant) => new Date() < new Date(instant);
  if (full && state === 'open' && before(closes_at)) return [words.full, words.fullHelp(organizer_name, spoken(closes_at))];

  const over = words.closedAt(spoken(closes_at));
  if (['open', 'closed'].includes(state) && before(confirm_until)) return [over, words.confirmUntil(spoken(confirm_until))];
  const gone = ['publishing', 'published'].includes(state);
  return [over, gone ? words.goneOut : words.making, words.nextOne(organizer_name)];
}
