/** Errors where they belong: at the field, in words, with the focus on it; and buttons that cannot be pressed twice. */

import words from '../messages/shared.js';
import { reader } from './messages.js';

const t = reader(words);

/** Takes every error out of a form. */
export function clearProblems(form) {
  for (const block of form.querySelectorAll('[data-field]')) clearField(block);
  form.querySelector('.form-problem').textContent = '';
}

/** Puts a sentence at the field of that name, or one of its names, and says whether there is one. */
export function markField(form, name, sentence) {
  const block = form.querySelector(`[data-field~="${name}"]`);
  if (!block) return false;
  clearField(block);
  const id = `${name}-error`;
  block.append(Object.assign(document.createElement('p'), { className: 'error', id, textContent: sentence }));
  block.closest('details')?.setAttribute('open', '');
  for (const control of controlsOf(block)) {
    control.setAttribute('aria-invalid', 'true');
    describe(control, `${described(control)} ${id}`);
  }
  block.addEventListener('input', () => clearField(block), { once: true });
  return true;
}

/** Puts many sentences at their fields and takes the person to the first one. */
export function markFields(form, problems) {
  for (const [name, sentence] of problems) markField(form, name, sentence);
  form.querySelector('.form-problem').textContent = t('missing', { count: problems.length });
  focusFirstProblem(form);
}

/** Shows what the server said at the field it names, else beside the button of that name. */
export function showProblem(form, problem, button) {
  const sentence = sentenceOf(problem, button);
  const found = problem.field && markField(form, problem.field, sentence);
  form.querySelector('.form-problem').textContent = found ? t('missing', { count: 1 }) : sentence;
  focusFirstProblem(form);
}

/** What to tell a person about a problem. */
export function sentenceOf(problem, button) {
  if (problem.status === 0) return t('networkError', { button });
  // What the network between says has no sentence for people.
  return problem.message || t('serverError', { button });
}

/** Runs something for a button, once at a time; it stays focusable, so that nobody loses their place. */
export async function whileBusy(button, work) {
  if (button.getAttribute('aria-disabled') === 'true') return;
  const label = button.textContent;
  // Beside a button that shrinks for a moment, everything would jump.
  button.style.minWidth = `${button.offsetWidth}px`;
  button.setAttribute('aria-disabled', 'true');
  button.textContent = t('working');
  try {
    await work();
  } finally {
    button.removeAttribute('aria-disabled');
    button.textContent = label;
    button.style.minWidth = '';
  }
}

export const looksLikeEmail = (text) => /^\S+@\S+\.\S+$/.test(text.trim());

function controlsOf(block) {
  return block.querySelectorAll('input:not([data-slot]):not([name="brush"]), textarea, select');
}

function clearField(block) {
  const error = block.querySelector('.error');
  if (!error) return;
  error.remove();
  for (const control of controlsOf(block)) {
    control.removeAttribute('aria-invalid');
    describe(control, described(control).replace(error.id, ''));
  }
}

const described = (control) => control.getAttribute('aria-describedby') ?? '';
const describe = (control, ids) => control.setAttribute('aria-describedby', ids.trim());

function focusFirstProblem(form) {
  const block = form.querySelector('.error')?.closest('[data-field]');
  if (block) (controlsOf(block)[0] ?? block).focus();
}
