/** Somebody signed up in this browser before: when, as whom, and the two things they may want now. */

import words from '../messages/outcome.js';
import { reader } from './messages.js';
import { AskAgain } from './outcome.js';
import { moment } from './times.js';
import { leadingZone } from './zones.js';

const t = reader(words);

/**
 * Other people use this browser too, so the address is shown masked only.
 *
 * @param {HTMLElement} el
 * @param {{ event: object; before: { address: string; at: string }; onOther?: () => void }} options
 */
export function Already(el, { event, before: { address, at }, onOther }) {
  const masked = address.replace(/^(.).*@/, '$1…@');
  el.innerHTML = /* html */ `
    <h2>${t('already')}</h2>
    <p class="before"></p>
    <div class="actions">
      <button type="button" class="primary" data-do="again">${t('mailMine')}</button>
      <button type="button" class="quiet" data-do="other">${t('other')}</button>
    </div>
    <p class="answer" role="status"></p>
  `;
  el.querySelector('.before').textContent = t('alreadyHow', { when: moment(at, leadingZone(event)), address: masked });
  AskAgain(el, event.id, address, masked);
  const other = el.querySelector('[data-do="other"]');
  other.hidden = !onOther;
  other.addEventListener('click', onOther);
  el.hidden = false;
}
