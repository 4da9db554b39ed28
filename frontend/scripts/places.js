/** Real places on the create page: a row each, at least one. */

import words from '../messages/create.js';
import { reader } from './messages.js';

const t = reader(words);


let rows = 0;

/** @param {HTMLElement} el */
export function Places(el) {
  el.classList.add('places');
  el.innerHTML = /* html */ `<ol></ol><button type="button" class="quiet" data-do="add">${t('addPlace')}</button>`;
  const list = el.querySelector('ol');
  el.querySelector('[data-do="add"]').addEventListener('click', () => add().querySelector('input').focus());
  add();

  return {
    /** @returns {object[]} places as the API takes them; rows without a word are left out */
    read() {
      return [...list.children].map(readRow).filter(({ name, address }) => name || address).map(named);
    },
    fill(places) {
      if (!places?.length) return;
      list.replaceChildren();
      for (const place of places) {
        const row = add();
        for (const [name, value] of Object.entries(place)) {
          const input = row.querySelector(`[data-name="${name}"]`);
          if (input) input.value = value;
        }
      }
    },
  };

  function add() {
    rows += 1;
    const row = document.createElement('li');
    row.innerHTML = /* html */ `
      ${text('name', t('placeName'), 100)}
      ${text('address', t('placeAddress'), 300)}
      <div class="pair narrow">
        ${number('rooms', t('placeRooms'), 1)}
        ${number('seats', t('placeSeats'), 2)}
      </div>
      <button type="button" class="quiet" data-do="remove">${t('removePlace')}</button>
    `;
    row.querySelector('[data-do="remove"]').addEventListener('click', () => {
      row.remove();
      if (!list.children.length) add();
      list.dispatchEvent(new Event('input', { bubbles: true }));
      el.querySelector('[data-do="add"]').focus();
    });
    list.append(row);
    return row;
  }
}

const text = (name, label, longest) => /* html */ `
  <div>
    <label for="place-${name}-${rows}" class="small">${label}</label>
    <input id="place-${name}-${rows}" data-name="${name}" maxlength="${longest}" autocomplete="off">
  </div>`;

const number = (name, label, least) => /* html */ `
  <div>
    <label for="place-${name}-${rows}" class="small">${label}</label>
    <input id="place-${name}-${rows}" data-name="${name}" type="number" inputmode="numeric" min="${least}" max="1000" placeholder="${t('anyNumber')}">
  </div>`;

function readRow(row) {
  const value = (name) => row.querySelector(`[data-name="${name}"]`).value.trim();
  const place = { name: value('name'), address: value('address') };
  for (const name of ['rooms', 'seats']) if (Number(value(name)) > 0) place[name] = Number(value(name));
  return place;
}

/** Only an address makes a place a real one, so either word stands in for the other. */
function named(place) {
  return { ...place, name: place.name || place.address, address: place.address || place.name };
}
