/** What the organizer's page is made from, asked for at once and apart from what draws it. */

import { call } from './api.js';
import { first, token } from './first.js';

const PLANNED = ['draft', 'held', 'publishing', 'published'];

let known = '';
let last = { people: null, plan: null, delivery: null, fresh: true };

/**
 * Who signed up, the plan, and letters in trouble; they are asked for only when the numbers say that they changed.
 *
 * @param {object} watch the Watch of the API
 * @returns {Promise<{people: object[] | null, plan: object | null, delivery: object | null, fresh: boolean}>} the ones
 *   known before, and not fresh, when newer ones could not be had
 */
export async function details(watch) {
  const { unknown, failed, bounced } = watch.letters;
  // Whatever changes groups writes letters, so their number tells of it; how many of them have left tells nothing.
  const written = Object.values(watch.letters).reduce((sum, count) => sum + count, 0);
  const now = JSON.stringify([watch.event.state, watch.counts, written, unknown, failed, bounced]);
  if (now !== known) {
    known = now;
    last = look(watch, last);
  }
  return last;
}

/** Has everything asked for anew the next time, since something was decided that the numbers may not show. */
export function forget() {
  known = '';
}

first?.then(details).catch(() => {});

async function look(watch, before) {
  try {
    const [people, plan, delivery] = await Promise.all([attendees(), planOf(watch.event), deliveryOf(watch)]);
    return { people, plan, delivery, fresh: true };
  } catch {
    known = '';
    return { ...(await before), fresh: false };
  }
}

async function attendees() {
  const found = [];
  let after = '';
  do {
    const page = await call(`api/organizer/attendees${after ? `?after=${encodeURIComponent(after)}` : ''}`, { token });
    found.push(...page.attendees);
    after = page.next;
  } while (after);
  return found;
}

async function planOf({ state }) {
  if (!PLANNED.includes(state)) return null;
  try {
    return await call('api/organizer/plan', { token });
  } catch (problem) {
    if (problem.status === 404) return null;
    throw problem;
  }
}

async function deliveryOf({ letters: { unknown, failed, bounced }, counts }) {
  return unknown + failed + bounced + counts.unreachable ? call('api/organizer/letters', { token }) : null;
}
