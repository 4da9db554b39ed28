/** What a person has typed so far, kept in this browser until it is sent. */

import { newToken } from './api.js';

/**
 * @param {string} name what the draft is of, such as an event's id
 * @returns a draft whose token names one request, however often it is sent
 */
export function Draft(name) {
  const key = `covey:draft:${name}`;
  let kept = read(key) ?? {};
  kept.token ??= newToken();

  return {
    get answers() {
      return kept.answers ?? null;
    },
    /** The token for a request to that address: another address is another request. */
    tokenFor(email) {
      if (kept.email && kept.email !== email) kept.token = newToken();
      kept.email = email;
      write(key, kept);
      return kept.token;
    },
    keep(answers) {
      kept.answers = answers;
      write(key, kept);
    },
    clear() {
      kept = { token: newToken() };
      try {
        localStorage.removeItem(key);
      } catch {
        // A browser that keeps nothing has nothing to forget.
      }
    },
  };
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Private windows and full disks: the form still works, only a reload forgets.
  }
}
