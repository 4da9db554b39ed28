/** Confirming: one question to warm up, whether to host and be seen, and one button. Nothing is sent before the press. */

import words from '../messages/me.js';
import questions from '../messages/sign-up.js';
import { clearProblems, showProblem, whileBusy } from './fields.js';
import { reader } from './messages.js';
import { element, problemOf } from './private.js';

const t = reader(questions, words);

const LONGEST = 300;

/** The question, which the organizer may have written, with room for a line or two. */
export function warmUpField(event, hint) {
  const field = element(
    'div',
    { className: 'field' },
    element(
      'label',
      { htmlFor: 'warm-up' },
      event.question || t('question'),
      ' ',
      element('span', { className: 'optional', textContent: t('optional') }),
    ),
    element('p', { className: 'hint', id: 'warm-up-hint', textContent: hint }),
    element('textarea', { id: 'warm-up', name: 'warm_up', rows: 2, maxLength: LONGEST }),
  );
  field.dataset.field = 'warm_up';
  field.querySelector('textarea').setAttribute('aria-describedby', 'warm-up-hint');
  return field;
}

/**
 * @param {object} my the page's own state and acts
 * @param {object} page MyPage of the API
 */
export function Confirm(my, { event, answers }) {
  const question = warmUpField(event, t(answers.shares ? 'warmUpSeen' : 'warmUpHint'));
  const host = choice('host', t('host'), answers.host);
  const shares = choice('shares', t('sharesAll'), false);
  const choices = element('div', { className: 'field' }, host);
  if (!answers.shares) choices.append(shares, element('p', { className: 'hint', id: 'shares-hint', textContent: t('unlessTicked') }));
  shares.querySelector('input').setAttribute('aria-describedby', 'shares-hint');

  const trouble = element('p', { className: 'form-problem' });
  trouble.setAttribute('role', 'alert');
  const button = element('button', { type: 'submit', textContent: t('confirm') });
  const form = element(
    'form',
    { className: 'card confirm', noValidate: true, ariaLabel: t('confirm') },
    question,
    choices,
    element('div', { className: 'send' }, trouble, button),
  );
  const ticked = (part) => part.querySelector('input').checked;

  form.addEventListener('submit', (submission) => {
    submission.preventDefault();
    clearProblems(form);
    const body = {
      warm_up: form.querySelector('textarea').value.trim(),
      host: ticked(host),
      shares: answers.shares || ticked(shares),
    };
    whileBusy(button, async () => {
      try {
        await my.show(await my.act('confirm', body), { pressed: true, happy: true });
      } catch (problem) {
        showProblem(form, problemOf(problem), `“${t('confirm')}”`);
      }
    });
  });
  return form;
}

function choice(name, text, checked) {
  return element(
    'label',
    { className: 'choice' },
    element('input', { type: 'checkbox', name, checked }),
    element('span', { textContent: text }),
  );
}
