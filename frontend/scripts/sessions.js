/** Slots as a table: local days down, start times across, and what painting over it does. Pure. */

import words from '../messages/times.js';
import { reader } from './messages.js';
import { dateName, dayName, length, local, minutesBetween, moment, weekdayName } from './times.js';

const t = reader(words);

/** As many columns as fit a phone with cells that a thumb can hit, and as fit a desk. */
export const NARROW = 6;
export const WIDE = 14;

const PARTS = [
  ['night', 0, 6 * 60],
  ['morning', 6 * 60, 12 * 60],
  ['afternoon', 12 * 60, 18 * 60],
  ['evening', 18 * 60, 24 * 60],
];

/**
 * Lays slots out in a zone, in one part without a name when the whole day fits, else in one for each part of the day.
 *
 * @returns {{ kind: string; name: string; columns: { label: string; detail: string }[]; rows: { label: [string, string];
 *   cells: (object | null)[] }[] }[]} cells are slots with a label, null where there is none
 */
export function parts(slots, zone, widest = NARROW) {
  const cells = located(slots, zone);
  const days = [...new Set(cells.map(({ at }) => at.day))].sort();
  const row = (day, columns) => {
    const own = cells.filter(({ at }) => at.day === day);
    return {
      label: [weekdayName(own[0].at), dateName(own[0].at)],
      cells: columns.map(({ key }) => own.find((cell) => cell.key === key) ?? null),
    };
  };
  return folded(columnsOf(cells), widest).map(({ kind, columns }) => ({
    kind,
    name: kind === 'day' ? '' : t(`parts.${kind}`),
    columns,
    rows: days.map((day) => row(day, columns)).filter(({ cells }) => cells.some(Boolean)),
  }));
}

/** Slots with where they are in the table: a column is a start, a length and a turn. */
function located(slots, zone) {
  const turns = new Map();
  return inOrder(slots).map((slot) => {
    const at = local(slot.start, zone);
    const minutes = minutesBetween(slot.start, slot.end);
    // The same wall time comes twice in the night the clock goes back; the second gets a column of its own.
    const same = `${at.day} ${at.minutes} ${minutes}`;
    const turn = (turns.get(same) ?? 0) + 1;
    turns.set(same, turn);
    const key = [at.minutes, minutes, turn].map((number) => String(number).padStart(4, '0')).join(' ');
    return { ...slot, at, key, length: minutes, turn, label: moment(slot.start, zone) };
  });
}

function columnsOf(cells) {
  const several = new Set(cells.map((cell) => cell.length)).size > 1;
  const columns = new Map();
  for (const { key, at, length: minutes, turn } of cells) {
    columns.set(key, {
      key,
      minutes: at.minutes,
      label: at.time,
      detail: turn > 1 ? t('again') : several ? length(minutes) : '',
    });
  }
  return [...columns.values()].sort((one, other) => (one.key < other.key ? -1 : 1));
}

function folded(columns, widest) {
  if (columns.length <= widest) return [{ kind: 'day', columns }];
  return PARTS.flatMap(([kind, from, to]) => {
    const own = columns.filter(({ minutes }) => minutes >= from && minutes < to);
    const size = Math.ceil(own.length / Math.ceil(own.length / widest));
    const tables = [];
    while (own.length) tables.push({ kind, columns: own.splice(0, size) });
    return tables;
  });
}

/** The offset at first, then each one that a clock change brings, with the first day that has a slot after it. */
export function clockChanges(slots, zone) {
  return inOrder(slots)
    .map(({ start }) => local(start, zone))
    .filter(({ offset }, index, all) => offset !== all[index - 1]?.offset)
    .map((at) => ({ offset: at.offset, day: dayName(at) }));
}

/** Slots as time has them. */
export function inOrder(slots) {
  return [...slots].sort((one, other) => new Date(one.start) - new Date(other.start));
}

/** "09:00–11:00": the first and last start of a part. */
export function range({ columns }) {
  return [...new Set([columns[0].label, columns.at(-1).label])].join('–');
}

/** Ids of the slots that start on a Monday to Friday from 17:00 on. */
export function weekdayEvenings(slots, zone) {
  return idsWhere(slots, zone, (at) => !isWeekend(at) && at.minutes >= 17 * 60);
}

/** Ids of the slots on a Saturday or Sunday. */
export function weekends(slots, zone) {
  return idsWhere(slots, zone, isWeekend);
}

const isWeekend = ({ day }) => [0, 6].includes(new Date(day).getUTCDay());

function idsWhere(slots, zone, condition) {
  return slots.filter((slot) => condition(local(slot.start, zone))).map((slot) => slot.id);
}

/** Ids in the rectangle between two [row, column] corners of a part, both included, counted from 1. */
export function rectangle({ rows }, [row1, column1], [row2, column2]) {
  const within = (number, one, other) => number >= Math.min(one, other) && number <= Math.max(one, other);
  return rows
    .filter((_, row) => within(row + 1, row1, row2))
    .flatMap(({ cells }) => cells.filter((cell, column) => cell && within(column + 1, column1, column2)))
    .map(({ id }) => id);
}

/** Marks ('free' or 'need' by id) after every one of these ids got that mark, or lost its own when it is empty. */
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
