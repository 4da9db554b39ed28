/** Handing on a link: shown, copied, shared where the device can, and as a QR code. */

import words from '../messages/organizer.js';
import { root } from './api.js';
import { reader } from './messages.js';

const t = reader(words);

/** @param {HTMLElement} el */
export function Share(el, { link, eventId, title }) {
  el.classList.add('share');
  el.innerHTML = /* html */ `
    <label for="share-link">${t('link')}</label>
    <input id="share-link" readonly>
    <div class="actions">
      <button type="button" class="quiet" data-do="copy">${t('copy')}</button>
      <button type="button" class="quiet" data-do="share" hidden>${t('share')}</button>
      <span class="answer" role="status"></span>
    </div>
    <details><summary>${t('qrShow')}</summary></details>
  `;
  const input = el.querySelector('input');
  const answer = el.querySelector('.answer');
  const share = el.querySelector('[data-do="share"]');
  const details = el.querySelector('details');
  input.value = link;

  input.addEventListener('focus', () => input.select());
  el.querySelector('[data-do="copy"]').addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(link);
      answer.textContent = t('copied');
    } catch {
      // Only pages served safely may write to the clipboard.
      input.focus();
      answer.textContent = t('copyByHand');
    }
  });
  share.hidden = !navigator.share;
  share.addEventListener('click', () => navigator.share({ title, url: link }).catch(() => {}));
  details.addEventListener('toggle', () => {
    if (details.querySelector('img')) return;
    const image = new Image(232, 232);
    image.alt = t('qr');
    image.src = `${root}/api/events/${encodeURIComponent(eventId)}/qr.svg`;
    details.append(image);
  });
}
