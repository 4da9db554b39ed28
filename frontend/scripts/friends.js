/** Coming with somebody: whom a person names, and whether that counts yet. */

import words from '../messages/friends.js';
import shared from '../messages/shared.js';
import { clearProblems, looksLikeEmail, markFields, showProblem, whileBusy } from './fields.js';
import { reader } from './messages.js';
import { press } from './press.js';
import { element, problemOf } from './private.js';
import { company } from './standing.js';

const t = reader(words, shared);

const MOST = 3;

/** @param {object} my the page's own state and acts */
export function Friends(my) {
  const el = element('div', { className: 'friends' });
  draw();
  return el;

  function draw() {
    const { friends } = my.page;
    el.replaceChildren(
      element('p', { textContent: t('how') }),
      friends.length ? element('ul', { className: 'plain' }, ...friends.map(Row)) : '',
      friends.length < MOST ? Form() : element('p', { className: 'hint', textContent: t('most') }),
    );
    el.closest('details')?.querySelector('h2')?.replaceChildren(company(friends));
  }

  /** Saves the list and shows how it stands, here alone: nobody loses their place in the rest of the page. */
  async function save(friends) {
    my.page = await my.save({ ...my.page.answers, friends });
    draw();
  }

  function Row({ email, only, mutual }) {
    const remove = press(t('remove'), 'quiet', async () => {
      await save(my.page.answers.friends.filter((one) => one.email !== email));
      el.querySelector('input')?.focus();
    });
    remove.querySelector('button').setAttribute('aria-label', t('removeWhom', { email }));
    const standing = mutual ? t(only ? 'mutualOnly' : 'mutual') : t(only ? 'waitingOnly' : 'waiting');
    return element(
      'li',
      {},
      element('p', { className: 'whom' }, element('strong', { textContent: email })),
      element('p', { className: mutual ? 'counts' : 'hint', textContent: standing }),
      remove,
    );
  }

  function Form() {
    const form = element('form', { noValidate: true });
    form.innerHTML = /* html */ `
      <div class="field" data-field="email">
        <label for="friend">${t('email')}</label>
        <input id="friend" type="email" autocomplete="off" maxlength="254" required>
      </div>
      <fieldset class="field">
        <legend class="hidden">${t('firm')}</legend>
        ${['apart', 'only']
          .map(
            (way, index) => /* html */ `
              <label class="choice"><input type="radio" name="only" value="${index || ''}" ${index ? '' : 'checked'}>
              <span><strong>${t(`way.${way}`)}</strong> ${t(`effect.${way}`)}</span></label>`,
          )
          .join('')}
      </fieldset>
      <p class="form-problem" role="alert"></p>
      <button type="submit" class="quiet">${t('name')}</button>`;
    const input = form.querySelector('#friend');
    form.addEventListener('submit', (submission) => {
      submission.preventDefault();
      clearProblems(form);
      const email = input.value.trim();
      const own = email.toLowerCase() === my.page.email.toLowerCase();
      if (own || !looksLikeEmail(email)) {
        markFields(form, [['email', t(own ? 'ownEmail' : 'emailMissing')]]);
        return;
      }
      const only = Boolean(form.querySelector('[name="only"]:checked').value);
      const others = my.page.answers.friends.filter((one) => one.email.toLowerCase() !== email.toLowerCase());
      whileBusy(form.querySelector('button'), async () => {
        try {
          await save([...others, { email, only }]);
          el.querySelector('li:last-child button').focus();
        } catch (problem) {
          const found = problemOf(problem);
          if (found.field.startsWith('friends')) found.field = 'email';
          showProblem(form, found, `“${t('name')}”`);
        }
      });
    });
    return form;
  }
}
