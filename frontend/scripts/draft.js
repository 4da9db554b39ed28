/** What a person has typed so far, kept in this browser until it is sent. */

/** A draft of something, such as an event's id; its token makes its request recognisable when it is sent again. */
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

/** 128 random bits; pages without https have no randomUUID. */
function newToken() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
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
