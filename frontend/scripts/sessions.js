/** Slots as a table: local days down, start times across, and what painting over it does. Pure. */

import { dayName, daysAfter, instantOf, length, local, minutesBetween, moment } from './times.js';

/** As many columns as fit a phone with cells that a thumb can hit, and as fit a desk. */
export const NARROW = 6;
export const WIDE = 14;

const PARTS = [
  ['Night', 0, 6 * 60],
  ['Morning', 6 * 60, 12 * 60],
  ['Afternoon', 12 * 60, 18 * 60],
  ['Evening', 18 * 60, 24 * 60],
];

/**
 * @typedef {{ id: string; start: string; end: string; offered: boolean }} Slot
 * @typedef {Slot & { label: string; weekday: string; minutes: number }} Cell
 * @typedef {{ label: string; detail: string; minutes: number }} Column
 * @typedef {{ day: string; label: [string, string]; name: string; cells: (Cell | null)[] }} Row
 * @typedef {{ name: string; columns: Column[]; rows: Row[] }} Part one table
 */

/**
 * Lays slots out in a zone. One part without a name when the whole day fits, else one for each part of the day.
 *
 * @param {Slot[]} slots
 * @param {string} zone
 * @param {number} widest how many columns a table may have
 * @returns {Part[]}
 */
export function parts(slots, zone, widest = NARROW) {
  const cells = located(slots, zone);
  const columns = columnsOf(cells);
  const days = [...new Set(cells.map((cell) => cell.day))].sort();

  return folded(columns, widest).map(({ name, columns: own }) => ({
    name,
    columns: own,
    rows: days
      .map((day) => row(day, own, cells))
      .filter((one) => one.cells.some((cell) => cell !== null)),
  }));
}

function located(slots, zone) {
  const seen = new Map();
  return [...slots]
    .sort((one, other) => new Date(one.start) - new Date(other.start))
    .map((slot) => {
      const at = local(slot.start, zone);
      const minutes = minutesBetween(slot.start, slot.end);
      // The same wall time comes twice in the night the clock goes back; the second gets a column of its own.
      const same = `${at.day} ${at.minutes} ${minutes}`;
      seen.set(same, (seen.get(same) ?? 0) + 1);
      return {
        ...slot,
        label: moment(slot.start, zone),
        day: at.day,
        dayName: dayName(at),
        dayLabel: [at.weekday.slice(0, 3), `${at.date} ${at.month.slice(0, 3)}`],
        weekday: at.weekday,
        minutes: at.minutes,
        time: at.time,
        length: minutes,
        turn: seen.get(same),
      };
    });
}

const columnKey = (cell) => `${cell.minutes} ${cell.length} ${cell.turn}`;

function columnsOf(cells) {
  const several = new Set(cells.map((cell) => cell.length)).size > 1;
  const columns = new Map();
  for (const cell of cells) {
    columns.set(columnKey(cell), {
      key: columnKey(cell),
      label: cell.time,
      detail: cell.turn > 1 ? 'again' : several ? length(cell.length) : '',
      minutes: cell.minutes,
      order: [cell.minutes, cell.length, cell.turn],
    });
  }
  return [...columns.values()].sort(
    ({ order: one }, { order: other }) => one[0] - other[0] || one[1] - other[1] || one[2] - other[2],
  );
}

function folded(columns, widest) {
  if (columns.length <= widest) return [{ name: '', columns }];
  return PARTS.flatMap(([name, from, to]) => {
    const own = columns.filter(({ minutes }) => minutes >= from && minutes < to);
    const tables = Math.ceil(own.length / widest);
    const size = Math.ceil(own.length / tables);
    return Array.from({ length: tables }, (_, index) => ({
      name,
      columns: own.slice(index * size, (index + 1) * size),
    }));
  });
}

function row(day, columns, cells) {
  const own = cells.filter((cell) => cell.day === day);
  return {
    day,
    label: own[0].dayLabel,
    name: own[0].dayName,
    cells: columns.map((column) => own.find((cell) => columnKey(cell) === column.key) ?? null),
  };
}

/** "09:00–11:00": the first and last start of a part. */
export function range({ columns }) {
  const first = columns[0].label;
  const last = columns[columns.length - 1].label;
  return first === last ? first : `${first}–${last}`;
}

/** Ids of the slots that start on a Monday to Friday from 17:00 on. */
export function weekdayEvenings(slots, zone) {
  return idsWhere(slots, zone, (at) => !isWeekend(at) && at.minutes >= 17 * 60);
}

/** Ids of the slots on a Saturday or Sunday. */
export function weekends(slots, zone) {
  return idsWhere(slots, zone, isWeekend);
}

/** Ids of the slots that start between 8:00 and 20:59. */
export function daytime(slots, zone) {
  return idsWhere(slots, zone, (at) => at.minutes >= 8 * 60 && at.minutes < 21 * 60);
}

const isWeekend = ({ weekday }) => weekday === 'Saturday' || weekday === 'Sunday';

function idsWhere(slots, zone, condition) {
  return slots.filter((slot) => condition(local(slot.start, zone))).map((slot) => slot.id);
}

/** Ids in the rectangle between two [row, column] corners of a part, both included. */
export function rectangle(part, [row1, column1], [row2, column2]) {
  const ids = [];
  for (let row = Math.min(row1, row2); row <= Math.max(row1, row2); row += 1) {
    for (let column = Math.min(column1, column2); column <= Math.max(column1, column2); column += 1) {
      const cell = part.rows[row].cells[column];
      if (cell) ids.push(cell.id);
    }
  }
  return ids;
}

/**
 * Marks with one thing done to them: every id gets that mark, or none when it is empty.
 *
 * @param {Map<string, 'free' | 'need'>} marks
 * @param {string[]} ids
 * @param {'free' | 'need' | ''} mark
 */
export function painted(marks, ids, mark) {
  const next = new Map(marks);
  for (const id of ids) {
    if (mark) next.set(id, mark);
    else next.delete(id);
  }
  return next;
}

/** What pressing a whole row or column does: mark it, or clear it when all of it has that mark. */
export function toggled(marks, ids, mark) {
  return painted(marks, ids, ids.every((id) => marks.get(id) === mark) ? '' : mark);
}

/**
 * The picked slots in words: a line a day.
 *
 * @returns {{ day: string; times: string }[]} { day: "Monday 11 January", times: "14:45, 15:45" }
 */
export function inWords(slots, ids, zone) {
  const wanted = new Set(ids);
  const days = new Map();
  for (const cell of located(slots, zone)) {
    if (!wanted.has(cell.id)) continue;
    days.set(cell.dayName, [...(days.get(cell.dayName) ?? []), cell.time]);
  }
  return [...days].map(([day, times]) => ({ day, times: times.join(', ') }));
}

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

const LONGEST = 90;
const clock = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
