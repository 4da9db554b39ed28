import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { reader } from '../../frontend/scripts/messages.js';

const t = reader(
  { greeting: 'Hello {name}', missing: { one: '{count} thing of {name}', other: '{count} things of {name}' } },
  { plain: 'As it is', few: { other: '{count} of them' } },
);

test('a message is read from whichever part has it, with its values', () => {
  assert.equal(t('plain'), 'As it is');
  assert.equal(t('greeting', { name: 'Ana' }), 'Hello Ana');
  assert.equal(t('greeting', { name: '' }), 'Hello ');
});

test('a count picks the plural, and the last one stands in for what is not there', () => {
  assert.deepEqual([0, 1, 2].map((count) => t('missing', { count, name: 'Ana' })), [
    '0 things of Ana',
    '1 thing of Ana',
    '2 things of Ana',
  ]);
  assert.equal(t('few', { count: 1 }), '1 of them');
});

test('what people typed is never read as a placeholder or a pattern', () => {
  assert.equal(t('greeting', { name: "{name} $& $1 <b>" }), "Hello {name} $& $1 <b>");
});

test('what is not there is complained about, and something stands in its place', () => {
  const complained = mock.method(console, 'error', () => {});
  assert.equal(t('nothing'), 'nothing');
  assert.equal(t('greeting'), 'Hello greeting: name');
  assert.equal(complained.mock.callCount(), 2);
});
