/** Somebody signed up in this browser before: when, as whom, and the two things they may want now. */

import { AskAgain } from './outcome.js';
import { moment } from './times.js';
import { words } from './words-outcome.js';
import { leadingZone } from './zones.js';

/**
 * Other people use this browser too, so the address is shown masked only.
 *
 * @param {HTMLElement} el
 * @param {{ event: object; before: { address: string; at: string }; onOther: () => void }} options
 */
export function Already(el, { event, before: { address, at }, onOther }) {
  const masked = address.replace(/^(.).*@/, '$1…@');
  el.innerHTML = /* html */ `
    <h2>${words.already}</h2>
    <p class="before"></p>
    <div class="actions">
      <button type="button" class="primary" data-do="again">${words.mailMine}</button>
      <button type="button" class="quiet" data-do="other">${words.other}</button>
    </div>
    <p class="answer" role="status"></p>
  `;
  el.querySelector('.before').textContent = words.alreadyHow(moment(at, leadingZone(event)), masked);
  AskAgain(el, event.id, address, masked);
  el.querySelector('[data-do="other"]').addEventListener('click', onOther);
  el.hidden = false;
}
