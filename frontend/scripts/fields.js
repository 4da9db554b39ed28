/** Errors where they belong: at the field, in words, with the focus on it; and buttons that cannot be pressed twice. */

import { words } from './words.js';

/** Takes every error out of a form. */
export function clearProblems(form) {
  for (const block of form.querySelectorAll('[data-field]')) clearField(block);
  form.querySelector('.form-problem').textContent = '';
}

/** Puts a sentence at a field and says whether there is one; "group_size.min" falls back to "group_size". */
export function markField(form, name, sentence) {
  const block = findField(form, name) ?? findField(form, name.split(/[.[]/)[0]);
  if (!block) return false;
  const id = `${block.dataset.field}-error`;
  let error = block.querySelector('.error');
  if (!error) {
    error = Object.assign(document.createElement('p'), { className: 'error', id });
    block.append(error);
  }
  error.textContent = sentence;
  block.closest('details')?.setAttribute('open', '');
  for (const control of controlsOf(block)) {
    control.setAttribute('aria-invalid', 'true');
    describe(control, id, true);
  }
  block.addEventListener('input', () => clearField(block), { once: true });
  return true;
}

/** Puts many sentences at their fields and takes the person to the first one. */
export function markFields(form, problems) {
  for (const [name, sentence] of problems) markField(form, name, sentence);
  form.querySelector('.form-problem').textContent = words.missing(problems.length);
  focusFirstProblem(form);
}

/** Shows what the server said at the field it names, else beside the button of that name. */
export function showProblem(form, problem, button) {
  const sentence = sentenceOf(problem, button);
  const found = problem.field && markField(form, problem.field, sentence);
  form.querySelector('.form-problem').textContent = found ? words.missing(1) : sentence;
  focusFirstProblem(form);
}

/** What to tell a person about a problem. */
export function sentenceOf(problem, button) {
  return problem.status === 0 ? words.networkError(button) : problem.message;
}

/** Runs something for a button, once at a time; it stays focusable, so that nobody loses their place. */
export async function whileBusy(button, work) {
  if (button.getAttribute('aria-disabled') === 'true') return;
  const label = button.textContent;
  button.setAttribute('aria-disabled', 'true');
  button.textContent = words.working;
  try {
    await work();
  } finally {
    button.removeAttribute('aria-disabled');
    button.textContent = label;
  }
}

export const looksLikeEmail = (text) => /^\S+@\S+\.\S+$/.test(text.trim());

function findField(form, name) {
  return form.querySelector(`[data-field="${CSS.escape(name)}"]`);
}

function controlsOf(block) {
  return block.querySelectorAll('input:not([data-slot]):not([name="brush"]), textarea, select');
}

function clearField(block) {
  const error = block.querySelector('.error');
  if (!error) return;
  error.remove();
  for (const control of controlsOf(block)) {
    control.removeAttribute('aria-invalid');
    describe(control, error.id, false);
  }
}

function describe(control, id, on) {
  const ids = new Set((control.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean));
  if (on) ids.add(id);
  else ids.delete(id);
  if (ids.size) control.setAttribute('aria-describedby', [...ids].join(' '));
  else control.removeAttribute('aria-describedby');
}

function focusFirstProblem(form) {
  const error = form.querySelector('.error');
  const control = error && (controlsOf(error.closest('[data-field]'))[0] ?? error.closest('[data-field]'));
  control?.focus();
}
