import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inDaytime, sessionsOf } from '../../frontend/scripts/offer.js';
import * as sessions from '../../frontend/scripts/sessions.js';
import { inWords } from '../../frontend/scripts/spoken.js';

const HOUR = 3600_000;

/** Slots one an hour from some instant on. */
function hourly(start, count, hours = 1) {
  return Array.from({ length: count }, (_, index) => {
    const from = Date.parse(start) + index * HOUR;
    const iso = (time) => new Date(time).toISOString().replace('.000Z', 'Z');
    return { id: `s${index}`, start: iso(from), end: iso(from + hours * HOUR), offered: true };
  });
}

/** Seven days of twelve sessions from 9:00 in Berlin. */
const week = Array.from({ length: 7 }, (_, day) =>
  hourly(`2027-01-${11 + day}T08:00:00Z`, 12).map((slot) => ({ ...slot, id: `d${day}${slot.id}` })),
).flat();

const labels = (part) => part.columns.map(({ label }) => label);

test('a short day is one table, a long one folds into parts of at most six columns', () => {
  const evening = hourly('2027-01-11T16:00:00Z', 4);
  assert.deepEqual(sessions.parts(evening, 'Europe/Berlin').map(({ name }) => name), ['']);

  const folded = sessions.parts(week, 'Europe/Berlin');
  assert.deepEqual(folded.map(({ name }) => name), ['Morning', 'Afternoon', 'Evening']);
  assert.deepEqual(folded.map((part) => part.columns.length), [3, 6, 3]);
  assert.deepEqual(folded.map((part) => part.rows.length), [7, 7, 7]);
  assert.equal(sessions.range(folded[0]), '09:00–11:00');
  assert.equal(sessions.parts(week, 'Europe/Berlin', sessions.WIDE).length, 1);
});

test('a part with more than six columns is cut evenly', () => {
  const halves = Array.from({ length: 12 }, (_, index) => {
    const start = Date.parse('2027-01-11T11:00:00Z') + index * (HOUR / 2);
    return { id: `s${index}`, start: new Date(start).toISOString(), end: new Date(start + HOUR / 2).toISOString(), offered: true };
  });
  const folded = sessions.parts(halves, 'Europe/Berlin');
  assert.deepEqual(folded.map(({ name, columns }) => [name, columns.length]), [['Afternoon', 6], ['Afternoon', 6]]);
});

test('every slot stands in exactly one cell, in whatever zone', () => {
  for (const zone of ['Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Auckland', 'Pacific/Kiritimati']) {
    const cells = sessions.parts(week, zone).flatMap((part) => part.rows.flatMap((row) => row.cells)).filter(Boolean);
    assert.equal(cells.length, week.length, zone);
    assert.equal(new Set(cells.map(({ id }) => id)).size, week.length, zone);
  }
});

test('rows are local days, also where a session is on the next day there', () => {
  const [part] = sessions.parts(hourly('2027-01-11T17:00:00Z', 4), 'Asia/Kathmandu');
  assert.deepEqual(labels(part), ['00:45', '01:45', '22:45', '23:45']);
  assert.deepEqual(part.rows.map(({ label }) => label.join(' ')), ['Mon 11 Jan', 'Tue 12 Jan']);
  assert.deepEqual(part.rows[0].cells.map((cell) => cell?.id ?? null), [null, null, 's0', 's1']);
  assert.equal(part.rows[1].cells[0].label, 'Tuesday 12 January, 00:45 GMT+5:45');
});

test('in the week of a clock change each session keeps its own hour', () => {
  // 18:00 in Berlin on both sides of 28 March 2027 is 17:00 and 16:00 UTC, and another hour in Kathmandu.
  const slots = [
    { id: 'before', start: '2027-03-27T17:00:00Z', end: '2027-03-27T18:00:00Z', offered: true },
    { id: 'after', start: '2027-03-28T16:00:00Z', end: '2027-03-28T17:00:00Z', offered: true },
  ];
  assert.deepEqual(labels(sessions.parts(slots, 'Europe/Berlin')[0]), ['18:00']);
  const [there] = sessions.parts(slots, 'Asia/Kathmandu');
  assert.deepEqual(labels(there), ['21:45', '22:45']);
  assert.deepEqual(there.rows.map((row) => row.cells.map((cell) => cell?.id ?? null)), [[null, 'before'], ['after', null]]);
});

test('an hour that the clock repeats has a column of its own', () => {
  const slots = hourly('2027-10-30T23:00:00Z', 4);
  const [part] = sessions.parts(slots, 'Europe/Berlin');
  assert.deepEqual(part.columns.map(({ label, detail }) => [label, detail]), [
    ['01:00', ''], ['02:00', ''], ['02:00', 'again'], ['03:00', ''],
  ]);
  const twice = part.rows[0].cells.slice(1, 3).map(({ label }) => label);
  assert.deepEqual(twice, ['Sunday 31 October, 02:00 GMT+2', 'Sunday 31 October, 02:00 GMT+1']);
});

test('an hour that the clock skips is a hole in its day, north and south', () => {
  for (const [zone, change, skipped, days] of [
    ['Europe/Berlin', '2027-03-26T23:00:00Z', '02:00', ['27', '28', '29']],
    ['Pacific/Auckland', '2027-09-24T12:00:00Z', '02:00', ['25', '26', '27']],
  ]) {
    const [part] = sessions.parts(hourly(change, 60), zone, 24);
    const column = part.columns.findIndex(({ label }) => label === skipped);
    assert.deepEqual(part.rows.map(({ label: [, date] }) => date.split(' ')[0]), days);
    assert.deepEqual(part.rows.map(({ cells }) => Boolean(cells[column])), [true, false, true], zone);
  }
});

test('a clock change between sessions is told with its offsets and its first day', () => {
  const slots = hourly('2027-01-11T09:00:00Z', 24 * 310).filter((_, index) => index % 24 === 0);
  assert.deepEqual(sessions.clockChanges(slots, 'America/St_Johns'), [
    { offset: 'GMT-3:30', day: 'Monday 11 January' },
    { offset: 'GMT-2:30', day: 'Sunday 14 March' },
    { offset: 'GMT-3:30', day: 'Sunday 7 November' },
  ]);
  assert.equal(sessions.clockChanges(slots, 'Asia/Kathmandu').length, 1);
});

test('sessions that overlap and sessions of several lengths stand side by side', () => {
  assert.equal(sessions.parts(hourly('2027-01-11T08:00:00Z', 6, 2), 'Europe/Berlin')[0].columns.length, 6);
  const mixed = [...hourly('2027-01-11T08:00:00Z', 1), { ...hourly('2027-01-11T08:00:00Z', 1, 2)[0], id: 'long' }];
  const [part] = sessions.parts(mixed, 'Europe/Berlin');
  assert.deepEqual(part.columns.map(({ label, detail }) => [label, detail]), [['09:00', '1 hour'], ['09:00', '2 hours']]);
});

test('shortcuts go by the hours of the zone that is shown', () => {
  const berlin = sessions.weekdayEvenings(week, 'Europe/Berlin');
  assert.equal(berlin.length, 5 * 4);
  assert.equal(sessions.weekdayEvenings(week, 'America/Los_Angeles').length, 0);
  assert.equal(sessions.weekends(week, 'Europe/Berlin').length, 2 * 12);
  assert.equal(inDaytime(week, 'Pacific/Honolulu'), 7 * 2);
});

test('painting marks a rectangle over holes, and erases it', () => {
  const [part] = sessions.parts(hourly('2027-01-11T17:00:00Z', 4), 'Asia/Kathmandu');
  const ids = sessions.rectangle(part, [2, 1], [1, 4]);
  assert.deepEqual(ids.sort(), ['s0', 's1', 's2', 's3']);
  const marked = sessions.painted(new Map(), ids, 'need');
  assert.deepEqual([...new Set(marked.values())], ['need']);
  assert.equal(sessions.painted(marked, ids, '').size, 0);
});

test('a whole line is marked, and cleared only when all of it has that mark', () => {
  const half = sessions.painted(new Map(), ['a'], 'free');
  const all = sessions.toggled(half, ['a', 'b'], 'free');
  assert.deepEqual([...all.keys()], ['a', 'b']);
  assert.deepEqual([...sessions.toggled(all, ['a', 'b'], 'need').values()], ['need', 'need']);
  assert.equal(sessions.toggled(all, ['a', 'b'], 'free').size, 0);
});

test('picked times are said day by day', () => {
  assert.deepEqual(inWords(hourly('2027-01-11T22:00:00Z', 3), ['s2', 's0', 'gone'], 'Europe/Berlin'), [
    { day: 'Monday 11 January', times: '23:00' },
    { day: 'Tuesday 12 January', times: '01:00' },
  ]);
});

test('a new event has the sessions that the server will cut', () => {
  const wanted = {
    firstDay: '2027-01-11', lastDay: '2027-01-17', dayStart: '09:00', dayEnd: '21:00',
    minutes: 60, weekdays: [1, 2, 3, 4, 5, 6, 7], zone: 'Europe/Berlin',
  };
  assert.equal(sessionsOf(wanted).length, 84);
  assert.equal(sessionsOf({ ...wanted, minutes: 90 }).length, 7 * 8);
  assert.equal(sessionsOf({ ...wanted, weekdays: [6, 7] }).length, 24);
  assert.equal(sessionsOf({ ...wanted, dayEnd: '09:30' }).length, 0);
  assert.equal(sessionsOf({ ...wanted, lastDay: '2027-01-10' }).length, 0);
  assert.equal(sessionsOf(wanted)[0].start, '2027-01-11T08:00:00Z');
});
