/** Asking for the private link again: the answer is the same whether or not the address is known. */

import words from '../messages/outcome.js';
import shared from '../messages/shared.js';
import { askAgain } from './api.js';
import { clearProblems, looksLikeEmail, markFields, showProblem, whileBusy } from './fields.js';
import { reader } from './messages.js';

const t = reader(words, shared);

/** @param {HTMLDetailsElement} el with its summary */
export function Resend(el, eventId) {
  el.insertAdjacentHTML(
    'beforeend',
    /* html */ `
    <form novalidate>
      <div class="field" data-field="email">
        <label for="resend-email">${t('whichEmail')}</label>
        <input id="resend-email" type="email" autocomplete="email" maxlength="254" required>
      </div>
      <p class="form-problem" role="alert"></p>
      <button type="submit" class="quiet">${t('mailAgain')}</button>
      <p class="answer" role="status"></p>
    </form>`,
  );

  const form = el.querySelector('form');
  const input = el.querySelector('input');
  const answer = el.querySelector('.answer');

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    clearProblems(form);
    answer.textContent = '';
    if (!looksLikeEmail(input.value)) {
      markFields(form, [['email', t('emailMissing')]]);
      return;
    }
    whileBusy(form.querySelector('button'), async () => {
      try {
        answer.textContent = (await askAgain(eventId, input.value)).message;
      } catch (problem) {
        showProblem(form, problem, t('mailAgain'));
      }
    });
  });
}
