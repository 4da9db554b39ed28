/** Longer things to say about times: from when to when, and all that somebody picked. Pure. */

import { inOrder } from './sessions.js';
import { dayName, local } from './times.js';

/** "Monday 11 January, 14:45–16:45 GMT+5:45"; the day stands again where the end is on another. */
export function span(start, end, zone) {
  const from = local(start, zone);
  const to = local(end, zone);
  const until = from.day === to.day ? to.time : `${dayName(to)}, ${to.time}`;
  const offset = from.offset === to.offset ? from.offset : `${from.offset} to ${to.offset}`;
  return `${dayName(from)}, ${from.time}–${until} ${offset}`;
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
