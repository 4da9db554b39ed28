import assert from 'node:assert/strict';
import { test } from 'node:test';

import { span } from '../../frontend/scripts/spoken.js';
import * as times from '../../frontend/scripts/times.js';
import * as writtenTimes from '../../frontend/scripts/written-times.js';

test('a moment names its day, its hour and its offset', () => {
  assert.equal(times.moment('2027-01-11T09:00:00Z', 'Asia/Kathmandu'), 'Monday 11 January, 14:45 GMT+5:45');
  assert.equal(times.moment('2027-01-11T02:00:00Z', 'America/St_Johns'), 'Sunday 10 January, 22:30 GMT-3:30');
  assert.equal(times.moment('2027-01-11T11:00:00Z', 'Pacific/Auckland'), 'Tuesday 12 January, 00:00 GMT+13');
  assert.equal(times.moment('2027-01-11T09:00:00Z', 'UTC'), 'Monday 11 January, 09:00 GMT+0');
});

test('old names of zones are understood and count as the same', () => {
  assert.equal(times.moment('2027-01-11T09:00:00Z', 'Asia/Katmandu'), 'Monday 11 January, 14:45 GMT+5:45');
  assert.ok(times.sameZone('Asia/Katmandu', 'Asia/Kathmandu', ['2027-01-11T09:00:00Z', '2027-07-11T09:00:00Z']));
  assert.ok(!times.sameZone('Europe/London', 'UTC', ['2027-01-11T09:00:00Z', '2027-07-11T09:00:00Z']));
  assert.ok(!times.knowsZone('Middle/Earth'));
});

test('a span says the second day, and both offsets when the clock changes in between', () => {
  assert.equal(
    span('2027-01-11T09:00:00Z', '2027-01-11T10:30:00Z', 'Europe/Berlin'),
    'Monday 11 January, 10:00–11:30 GMT+1',
  );
  assert.equal(
    span('2027-01-11T22:00:00Z', '2027-01-12T00:00:00Z', 'Europe/Berlin'),
    'Monday 11 January, 23:00–Tuesday 12 January, 01:00 GMT+1',
  );
  assert.equal(
    span('2027-03-28T00:30:00Z', '2027-03-28T01:30:00Z', 'Europe/Berlin'),
    'Sunday 28 March, 01:30–03:30 GMT+1 to GMT+2',
  );
});

test('what a form says becomes an instant, in both halves of the year', () => {
  assert.equal(writtenTimes.instantOf('2027-01-08T18:00', 'Europe/Berlin'), '2027-01-08T17:00:00Z');
  assert.equal(writtenTimes.instantOf('2027-07-08T18:00', 'Europe/Berlin'), '2027-07-08T16:00:00Z');
  assert.equal(writtenTimes.instantOf('2027-01-08T18:00', 'Asia/Kathmandu'), '2027-01-08T12:15:00Z');
  assert.equal(writtenTimes.instantOf('2027-01-08T18:00', 'Pacific/Auckland'), '2027-01-08T05:00:00Z');
});

test('a form time that a clock change skips is read later, one that comes twice as the first', () => {
  assert.equal(writtenTimes.instantOf('2027-03-28T02:30', 'Europe/Berlin'), '2027-03-28T01:30:00Z');
  assert.equal(writtenTimes.instantOf('2027-10-31T02:30', 'Europe/Berlin'), '2027-10-31T00:30:00Z');
  assert.equal(writtenTimes.instantOf('2027-03-14T02:30', 'America/St_Johns'), '2027-03-14T06:00:00Z');
});

test('an instant comes back into a form as it was written', () => {
  for (const zone of ['Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Auckland', 'UTC']) {
    for (const written of ['2027-01-08T18:00', '2027-03-27T23:59', '2027-03-28T12:00', '2027-10-31T00:00']) {
      assert.equal(writtenTimes.written(writtenTimes.instantOf(written, zone), zone), written, `${written} in ${zone}`);
    }
  }
});

test('lengths and distances are said as people say them', () => {
  assert.deepEqual([30, 60, 90, 120].map(times.length), ['30 minutes', '1 hour', '1 h 30 min', '2 hours']);
  const now = '2027-01-11T09:00:00Z';
  assert.equal(times.fromNow('2027-01-11T09:30:00Z', now), 'in 30 minutes');
  assert.equal(times.fromNow('2027-01-11T21:00:00Z', now), 'in 12 hours');
  assert.equal(times.fromNow('2027-01-14T09:00:00Z', now), 'in 3 days');
  assert.equal(times.fromNow('2027-01-10T21:00:00Z', now), '12 hours ago');
});

test('days follow each other over the ends of months and clock changes', () => {
  assert.equal(writtenTimes.daysAfter('2027-01-31', 1), '2027-02-01');
  assert.equal(writtenTimes.daysAfter('2027-03-27', 2), '2027-03-29');
  assert.equal(writtenTimes.daysAfter('2027-03-01', -1), '2027-02-28');
});
