/** Times as an organizer writes them into a form. Pure. */

import { local } from './times.js';

const HOUR = 3600_000;

/**
 * What a form's local date and time mean in a zone, as an instant in UTC.
 *
 * A time that a clock change skips is read as that much later, one that comes twice as the first.
 *
 * @param {string} written "2027-01-11T18:00"
 */
export function instantOf(written, zone) {
  const wall = Date.parse(`${written}:00Z`);
  const ahead = (utc) => {
    const at = local(new Date(utc).toISOString(), zone);
    return Date.parse(`${at.day}T${at.time}:00Z`) - utc;
  };
  // The offsets a day around are the only two that can apply.
  const candidates = [ahead(wall - 24 * HOUR), ahead(wall + 24 * HOUR)].map((offset) => wall - offset);
  const fitting = candidates.filter((utc) => utc + ahead(utc) === wall);
  const utc = fitting.length ? Math.min(...fitting) : Math.max(...candidates);
  return new Date(utc).toISOString().replace('.000Z', 'Z');
}

/** An instant as a form's local date and time: "2027-01-11T18:00". */
export function written(instant, zone) {
  const at = local(instant, zone);
  return `${at.day}T${at.time}`;
}

/** A day some days after another: "2027-01-11" and 2 give "2027-01-13". */
export function daysAfter(day, count) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, 10);
}
