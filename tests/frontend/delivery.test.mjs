import assert from 'node:assert/strict';
import { test } from 'node:test';

/** As much of an element as these parts of a page use. */
class Element {
  constructor() {
    Object.assign(this, { inside: [], heard: {}, style: {}, dataset: {} });
  }
  append(...more) {
    this.inside.push(...more);
  }
  addEventListener(name, act) {
    this.heard[name] = act;
  }
  getAttribute(name) {
    return this[name] ?? null;
  }
  setAttribute(name, value) {
    this[name] = value;
  }
  removeAttribute(name) {
    delete this[name];
  }
}

globalThis.location = { hash: '' };
globalThis.document = {
  documentElement: { dataset: {} },
  getElementById: () => new Element(),
  createElement: () => new Element(),
};
const { Delivery } = await import('../../frontend/scripts/delivery.js');

const LETTER = {
  person: 'p', first_name: 'Ana', email: 'ana@example.com', kind: 'seat', sequence: 0, version: 3,
  state: 'unknown', reason: 'An earlier copy may have arrived.', kept: true, decided_at: '2027-01-11T12:00:00Z',
};
const SEEN = { counts: { unknown: 1, failed: 0 }, letters: [LETTER], next: null, unreachable: [], unreachable_count: 0 };
const CAME_BACK = 'This letter came back.';

/** An element and all within it. */
const all = (el) => (el instanceof Element ? [el, ...el.inside.flatMap(all)] : []);
const texts = (el) => all(el).map(({ textContent }) => textContent);

/** What the page is to show after somebody pressed that button and the server answered so, and what stands beside it. */
async function pressed(label, status, detail = '') {
  globalThis.fetch = async () => Response.json({ detail }, { status });
  const after = [];
  const section = Delivery(SEEN, 'UTC', async (refused = '') => after.push(refused));
  const press = all(section).find((el) => el.inside[0]?.textContent === label);
  await press.inside[0].heard.click();
  return { after, beside: press.inside[1].textContent };
}

test('a decision is followed by a new look, also one that came too late', async () => {
  assert.deepEqual(await pressed('It arrived', 200), { after: [''], beside: '' });
  for (const status of [404, 409]) {
    assert.deepEqual(await pressed('Send it again', status, CAME_BACK), { after: [CAME_BACK], beside: '' });
  }
});

test('what may pass is said beside the button, which is still right', async () => {
  assert.deepEqual(await pressed('Send it again', 503, 'Press again in a minute.'), {
    after: [],
    beside: 'Press again in a minute.',
  });
});

test('why a decision was refused stands above what is left to decide, and alone when nothing is', () => {
  const nothing = { ...SEEN, letters: [], counts: {} };
  for (const seen of [SEEN, nothing, null]) {
    assert.ok(texts(Delivery(seen, 'UTC', async () => {}, CAME_BACK)).includes(CAME_BACK));
  }
  assert.equal(Delivery(nothing, 'UTC', async () => {}), null);
});

test('a letter that may have arrived says what is known of it', () => {
  assert.ok(texts(Delivery(SEEN, 'UTC', async () => {})).includes(LETTER.reason));
});
