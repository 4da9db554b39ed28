import assert from 'node:assert/strict';
import { test } from 'node:test';

import { company, lead, next, stageOf } from '../../frontend/scripts/standing.js';

const NOW = new Date('2027-01-11T12:00:00Z');
const EVENT = {
  state: 'open',
  full: false,
  confirm_until: '2027-01-12T12:00:00Z',
  organizer_name: 'Olga',
  places: [{ online: false }],
  timezone: 'Asia/Kathmandu',
  slots: [{ start: '2027-01-20T12:00:00Z', offered: true }, { start: '2027-02-20T12:00:00Z', offered: false }],
};
const SEAT = { start: '2027-01-11T12:00:00Z', end: '2027-01-11T13:00:00Z', coming: false };

/** A page that differs from a confirmed person's at an open event. */
function page({ event = {}, ...rest } = {}) {
  const sure = { state: 'confirmed', editable: true, sub_event: null, unplaced: '' };
  return { ...sure, ...rest, event: { ...EVENT, ...event } };
}

const at = (instant) => new Date(instant);

test('before the groups it counts whether somebody confirmed and whether answers can change', () => {
  assert.equal(stageOf(page(), NOW), 'waiting');
  assert.equal(stageOf(page({ state: 'unconfirmed' }), NOW), 'unconfirmed');
  assert.equal(stageOf(page({ state: 'unconfirmed', event: { full: true } }), NOW), 'full');
  for (const state of ['closed', 'matching', 'draft', 'held']) {
    assert.equal(stageOf(page({ editable: false, event: { state } }), NOW), 'making', state);
  }
  assert.equal(stageOf(page({ editable: false, event: { state: 'publishing' } }), NOW), 'publishing');
});

test('a seat is ahead, on, or over by the minute', () => {
  const seated = page({ editable: false, sub_event: SEAT, event: { state: 'published' } });
  assert.equal(stageOf(seated, at('2027-01-11T11:59:59Z')), 'seated');
  assert.equal(stageOf(seated, at('2027-01-11T12:00:00Z')), 'meeting');
  assert.equal(stageOf(seated, at('2027-01-11T13:00:00Z')), 'over');
});

test('whoever withdrew may come back until the groups are made', () => {
  const gone = (event) => stageOf(page({ state: 'withdrawn', editable: false, event }), NOW);
  assert.equal(gone({}), 'withdrawn');
  assert.equal(gone({ state: 'closed' }), 'withdrawn');
  assert.equal(gone({ state: 'closed', confirm_until: '2027-01-11T12:00:00Z' }), 'gone');
  assert.equal(gone({ state: 'held' }), 'gone');
});

test('after the groups are made a seat may be free as long as a session is to come', () => {
  const event = { state: 'published' };
  const change = { editable: false, event };
  const end = at('2027-01-20T12:00:00Z');
  assert.deepEqual([NOW, end].map((now) => stageOf(page({ ...change, state: 'unconfirmed' }), now)), ['late', 'tooLate']);
  assert.deepEqual([NOW, end].map((now) => stageOf(page({ ...change, state: 'withdrawn' }), now)), ['left', 'gone']);
  assert.deepEqual([NOW, end].map((now) => stageOf(page(change), now)), ['looking', 'making']);
});

test('whom no letter reaches has one thing to do while it can help', () => {
  const lost = (rest, now = NOW) => stageOf(page({ unreachable: 'Mail came back.', ...rest }), now);
  const event = { state: 'published' };
  assert.equal(lost({}), 'unreachable');
  assert.equal(lost({ editable: false, unplaced: 'Mail came back.', event }), 'unreachable');
  assert.equal(lost({ editable: false, unplaced: 'Mail came back.', event }, at('2027-01-20T12:00:00Z')), 'unplaced');
  assert.equal(lost({ state: 'unconfirmed' }), 'unconfirmed');
  assert.equal(lost({ editable: false, sub_event: SEAT, event }, at('2027-01-11T13:00:00Z')), 'over');
});

test('an event that is off is off, whatever was before', () => {
  for (const change of [{}, { state: 'withdrawn' }, { state: 'unconfirmed' }, { sub_event: SEAT }, { unplaced: 'Why.' }]) {
    assert.equal(stageOf(page({ ...change, event: { state: 'cancelled' } }), NOW), 'cancelled');
  }
});

test('every stage is said in one sentence with its times in the zone that counts', () => {
  assert.match(lead(page(), 'waiting'), /^You are in\. Groups are made after Tuesday 12 January, 17:45 GMT\+5:45/);
  assert.match(lead(page({ sub_event: SEAT }), 'seated'), /Will you be there\?$/);
  assert.match(lead(page({ sub_event: { ...SEAT, coming: true } }), 'seated'), /and you will be there\.$/);
  assert.match(lead(page({ sub_event: SEAT }), 'over'), /met on Monday 11 January\./);
  assert.match(lead(page(), 'cancelled'), /Olga reads it/);
  for (const stage of ['unconfirmed', 'full', 'late', 'tooLate', 'making', 'looking', 'left', 'publishing', 'meeting', 'unplaced', 'withdrawn', 'gone']) {
    assert.ok(lead(page({ sub_event: SEAT }), stage).length > 20, stage);
  }
  assert.match(next(page(), 'gone'), /Olga reads it\.$/);
  assert.equal(next(page(), 'waiting'), '');
});

test('company is counted', () => {
  assert.deepEqual([0, 1, 2].map((number) => company(Array(number).fill({}))), [
    'Coming with somebody?',
    'Together with 1 person',
    'Together with 2 people',
  ]);
});
