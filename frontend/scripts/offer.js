/** The sessions of an event that is being created, before the server cuts them. Pure. */

import { local } from './times.js';
import { daysAfter, instantOf } from './written-times.js';

/**
 * The sessions that a new event offers, as the server cuts them: one after the other from the day's start; the last
 * one ends by the day's end.
 *
 * @param {{ firstDay: string; lastDay: string; dayStart: string; dayEnd: string; minutes: number;
 *   weekdays: number[]; zone: string }} wanted weekdays count from 1, Monday
 * @returns {{ id: string; start: string }[]}
 */
export function sessionsOf({ firstDay, lastDay, dayStart, dayEnd, minutes, weekdays, zone }) {
  const sessions = [];
  const last = clock(dayEnd) - minutes;
  for (let day = firstDay, days = 0; day <= lastDay && days < LONGEST; day = daysAfter(day, 1), days += 1) {
    if (!weekdays.includes(new Date(`${day}T00:00:00Z`).getUTCDay() || 7)) continue;
    for (let start = clock(dayStart); start <= last; start += minutes) {
      const time = `${String(Math.floor(start / 60)).padStart(2, '0')}:${String(start % 60).padStart(2, '0')}`;
      sessions.push({ id: `${day}T${time}`, start: instantOf(`${day}T${time}`, zone) });
    }
  }
  return sessions;
}

const LONGEST = 93;
const clock = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

/** How many sessions start between 8:00 and 20:59 in a zone. */
export function inDaytime(sessions, zone) {
  return sessions.filter(({ start }) => {
    const { minutes } = local(start, zone);
    return minutes >= 8 * 60 && minutes < 21 * 60;
  }).length;
}
