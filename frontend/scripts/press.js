/** Buttons of a private page: each does one thing at a time and says beside it when that failed. */

import { sentenceOf, whileBusy } from './fields.js';
import { element, problemOf } from './private.js';

/**
 * A button with the line for its trouble below.
 *
 * @param {string} className primary, quiet or danger
 * @param {() => Promise<void>} work
 */
export function press(label, className, work) {
  const button = element('button', { type: 'button', className, textContent: label });
  const trouble = element('p', { className: 'form-problem' });
  trouble.setAttribute('role', 'alert');
  button.addEventListener('click', () =>
    whileBusy(button, async () => {
      trouble.textContent = '';
      try {
        await work();
      } catch (problem) {
        trouble.textContent = sentenceOf(problemOf(problem), `“${label}”`);
      }
    }),
  );
  return element('div', { className: 'press' }, button, trouble);
}

/** Gives a file from the server to the person, who has no address of it: the token travels in a header only. */
export async function handOver(response, name) {
  const url = URL.createObjectURL(await response.blob());
  element('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A part that folds; what is in it is made when it is opened for the first time. */
export function fold(title, build) {
  const inside = element('div', { className: 'inside' });
  const el = element(
    'details',
    { className: 'fold' },
    element('summary', {}, element('h2', { textContent: title })),
    inside,
  );
  let there = null;
  const fill = () => {
    there ??= Promise.resolve(build()).then(
      (part) => inside.replaceChildren(...[part].flat()),
      (problem) => {
        there = null;
        inside.replaceChildren(element('p', { className: 'form-problem', textContent: sentenceOf(problemOf(problem), `“${title}”`) }));
      },
    );
  };
  el.addEventListener('toggle', () => el.open && fill());
  return el;
}
