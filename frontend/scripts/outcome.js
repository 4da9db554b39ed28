/** What comes after signing up: look into the mail, correct the address, have it mailed again. */

import words from '../messages/outcome.js';
import { askAgain } from './api.js';
import { bird } from './birds.js';
import { sentenceOf, whileBusy } from './fields.js';
import { reader } from './messages.js';
import { moment } from './times.js';
import { leadingZone } from './zones.js';

const t = reader(words);

/**
 * @param {HTMLElement} el
 * @param {{ answer: { message: string; meaning?: string }; address: string; event: object; onFix: () => void }} options
 */
export function Outcome(el, { answer: { message, meaning }, address, event, onFix }) {
  el.innerHTML = /* html */ `
    <h2>${t('lookInMail')}</h2>
    <p class="message"></p>
    <p class="meaning notice"></p>
    <p class="after"></p>
    <div class="actions">
      <button type="button" class="quiet" data-do="fix">${t('fix')}</button>
      <button type="button" class="quiet" data-do="again">${t('again')}</button>
    </div>
    <p class="answer" role="status"></p>
  `;
  const say = (name, sentence) => {
    const line = el.querySelector(`.${name}`);
    line.textContent = sentence;
    line.hidden = !sentence;
  };
  const hopping = bird();
  hopping.classList.add('hop');
  el.prepend(hopping);
  say('message', message);
  say('meaning', meaning ?? '');
  say('after', t('groupsAfter', { when: moment(event.confirm_until, leadingZone(event)) }));

  el.querySelector('[data-do="fix"]').addEventListener('click', onFix);
  AskAgain(el, event.id, address);

  el.focus();
  window.scrollTo(0, 0);
  document.title = t('tabMail', { title: event.title });
}

/** Lets the button named "again" mail the private link to an address, which the answer spells as told. */
export function AskAgain(el, eventId, address, told = address) {
  const button = el.querySelector('[data-do="again"]');
  const line = el.querySelector('.answer');
  const label = button.textContent;
  button.addEventListener('click', () =>
    whileBusy(button, async () => {
      const { message, problem } = await askAgain(eventId, address).catch((problem) => ({ problem }));
      line.textContent = problem ? sentenceOf(problem, label) : message.replace(address, () => told);
      line.classList.toggle('error', Boolean(problem));
    }),
  );
}
