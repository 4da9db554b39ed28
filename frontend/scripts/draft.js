/** What a person has typed so far, kept in this browser until it is sent. */

import { keep, recall } from './kept.js';

/** A draft of something, such as an event's id; its token makes its request recognisable when it is sent again. */
export function Draft(id) {
  const name = `covey:draft:${id}`;
  let kept = recall(name) ?? {};
  kept.token ??= newToken();

  return {
    get answers() {
      return kept.answers ?? null;
    },
    /** The token for a request to that address: another address is another request. */
    tokenFor(email) {
      if (kept.email && kept.email !== email) kept.token = newToken();
      kept.email = email;
      keep(name, kept);
      return kept.token;
    },
    keep(answers) {
      kept.answers = answers;
      keep(name, kept);
    },
    clear() {
      kept = { token: newToken() };
      keep(name);
    },
  };
}

/** 128 random bits; pages without https have no randomUUID. */
function newToken() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
