/** What this browser keeps between visits; one that keeps nothing loses only comfort. */

/** What was kept under a name; null where nothing was. */
export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

/** Keeps something that JSON can say; undefined forgets it. */
export function keep(name, value) {
  try {
    if (value === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Private windows and full disks: everything still works, only a reload forgets.
  }
}
