/** Handing on a link: shown, copied, shared where the device can, and as a QR code. */

import { root } from './api.js';
import { words } from './words-organizer.js';

/** @param {HTMLElement} el */
export function Share(el, { link, eventId, title }) {
  el.classList.add('share');
  el.innerHTML = /* html */ `
    <label for="share-link">${words.link}</label>
    <input id="share-link" readonly>
    <div class="actions">
      <button type="button" class="quiet" data-do="copy">${words.copy}</button>
      <button type="button" class="quiet" data-do="share" hidden>${words.share}</button>
      <span class="answer" role="status"></span>
    </div>
    <details><summary>${words.qrShow}</summary></details>
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
      answer.textContent = words.copied;
    } catch {
      // Only pages served safely may write to the clipboard.
      input.focus();
      answer.textContent = words.copyByHand;
    }
  });
  share.hidden = !navigator.share;
  share.addEventListener('click', () => navigator.share({ title, url: link }).catch(() => {}));
  details.addEventListener('toggle', () => {
    if (details.querySelector('img')) return;
    const image = new Image(232, 232);
    image.alt = words.qr;
    image.src = `${root}/api/events/${encodeURIComponent(eventId)}/qr.svg`;
    details.append(image);
  });
}
