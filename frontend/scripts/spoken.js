/** Longer things to say about times: from when to when, and all that somebody picked. Pure. */

import words from '../messages/times.js';
import { reader } from './messages.js';
import { inOrder } from './sessions.js';
import { dayName, local } from './times.js';

const t = reader(words);

/** "Monday 11 January, 14:45–16:45 GMT+5:45"; the day stands again where the end is on another. */
export function span(start, end, zone) {
  const from = local(start, zone);
  const to = local(end, zone);
  const offset = from.offset === to.offset ? from.offset : t('offsets', { before: from.offset, after: to.offset });
  const [day, endDay] = [dayName(from), dayName(to)];
  if (day === endDay) return t('span', { day, start: from.time, end: to.time, offset });
  return t('spanOfDays', { day, start: from.time, endDay, end: to.time, offset });
}

/**
 * A line a day, in the order of time.
 *
 * @returns {{ day: string; times: string }[]} { day: "Monday 11 January", times: "14:45, 15:45" }
 */
export function inWords(slots, ids, zone) {
  const days = new Map();
  for (const { start } of inOrder(slots).filter(({ id }) => ids.includes(id))) {
    const at = local(start, zone);
    days.set(dayName(at), [...(days.get(dayName(at)) ?? []), at.time]);
  }
  return [...days].map(([day, times]) => ({ day, times: times.join(', ') }));
}
