/** Who is in already: a bird for each confirmed person, as many as fit, and their number in words. */

import words from '../messages/sign-up.js';
import { flock } from './birds.js';
import { recall } from './kept.js';
import { reader } from './messages.js';

const t = reader(words);
/** More than stand side by side on any screen; the number says the rest. */
const MOST = 20;

/** Fills an element that has its room already; without an answer it stays empty. */
export async function Company(el, eventId) {
  const answer = await fetch(`${document.documentElement.dataset.root}/api/events/${eventId}/flock`, { credentials: 'omit' });
  if (!answer.ok) return;
  const { confirmed, more } = await answer.json();
  const some = () => t(more ? 'inMany' : 'in', { count: confirmed });
  // Whoever has signed up here is not asked to be the first.
  const none = recall(`covey:in:${eventId}`) ? '' : t('inNone');
  const line = Object.assign(document.createElement('p'), { textContent: confirmed ? some() : none });
  el.append(line, flock(confirmed, 0, { most: MOST }));
}
