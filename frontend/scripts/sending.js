/** Sending a sign-up once, however often the button is pressed, and what follows. */

import shared from '../messages/shared.js';
import words from '../messages/sign-up.js';
import { call } from './api.js';
import { keep } from './kept.js';
import { clearProblems, looksLikeEmail, markFields, showProblem, whileBusy } from './fields.js';
import { reader } from './messages.js';
import { Outcome } from './outcome.js';

const t = reader(shared, words);

/**
 * @param {{ event: object; form: HTMLFormElement; questions: object; draft: object; outcome: HTMLElement;
 *   turn: (done: boolean) => void; save: () => void }} page turn shows what came of it in the place of the form, save
 *   keeps the draft
 */
export function send({ event, form, questions, draft, outcome, turn, save }) {
  const { email } = form.elements;
  const button = form.querySelector('[type="submit"]');
  const label = button.textContent;
  const problemEl = form.querySelector('.form-problem');
  clearProblems(form);
  const missing = questions.missing();
  if (!looksLikeEmail(email.value)) missing.push(['email', t('emailMissing')]);
  if (missing.length) {
    markFields(form, missing);
    return;
  }
  whileBusy(button, async () => {
    const address = email.value.trim();
    const body = { ...questions.read(), email: address, token: draft.tokenFor(address) };
    try {
      const answer = await call(`api/events/${event.id}/attendees`, { method: 'POST', body, again: true });
      draft.clear();
      keep(`covey:in:${event.id}`, { address, at: new Date().toISOString() });
      turn(true);
      Outcome(outcome, { answer, address, event, onFix });
    } catch (problem) {
      showProblem(form, problem, label);
      if (problem.status === 0) window.addEventListener('online', onBack, { once: true });
    }
  });

  /** Back to the form with everything in it, to correct the address. */
  function onFix() {
    turn(false);
    save();
    email.focus();
    email.select();
  }

  function onBack() {
    if (problemEl.textContent) problemEl.textContent = t('backOnline', { button: label });
  }
}
