/** The form in which a person changes their answers. */

import words from '../messages/me.js';
import { AnswersFields } from './answers.js';
import { clearProblems, markFields, showProblem, whileBusy } from './fields.js';
import { reader } from './messages.js';
import { problemOf } from './private.js';
import { warmUpField } from './warm-up.js';

const t = reader(words);

/** @param {object} my the page's own state and acts */
export function EditForm(my) {
  const { event, answers } = my.page;
  const form = Object.assign(document.createElement('form'), { noValidate: true, className: 'edit' });
  form.innerHTML = /* html */ `
    <h2 tabindex="-1">${t('editTitle')}</h2>
    <div data-part="questions"></div>
    <div data-part="warm-up"></div>
    <div class="send">
      <p class="form-problem" role="alert"></p>
      <div class="actions">
        <button type="submit">${t('saveAnswers')}</button>
        <button type="button" class="quiet" data-do="leave">${t('leaveAnswers')}</button>
      </div>
    </div>
  `;
  const questions = AnswersFields(form.querySelector('[data-part="questions"]'), { event, timezone: answers.timezone });
  questions.fill(answers);
  const warmUp = warmUpField(event, t('warmUpIfTicked'));
  const own = warmUp.querySelector('textarea');
  own.value = answers.warm_up;
  form.querySelector('[data-part="warm-up"]').append(warmUp);

  form.querySelector('[data-do="leave"]').addEventListener('click', () => my.show(my.page, { pressed: true }));
  form.addEventListener('submit', (submission) => {
    submission.preventDefault();
    clearProblems(form);
    const missing = questions.missing();
    if (missing.length) {
      markFields(form, missing);
      return;
    }
    const changed = { ...my.page.answers, ...questions.read(), warm_up: own.value.trim() };
    whileBusy(form.querySelector('[type="submit"]'), async () => {
      try {
        await my.show(await my.save(changed), { pressed: true, happy: true });
      } catch (problem) {
        showProblem(form, problemOf(problem), t('saveAnswers'));
      }
    });
  });
  return form;
}
