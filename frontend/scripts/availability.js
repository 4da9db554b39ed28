/** The availability table: native checkboxes, one tab stop a table, painted by mouse, touch or keyboard. */

import words from '../messages/sign-up.js';
import { reader } from './messages.js';
import { NARROW, painted, parts, range, rectangle, toggled, weekdayEvenings, weekends, WIDE } from './sessions.js';
import { local } from './times.js';
import { ZoneSelect } from './zones.js';

const t = reader(words);

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * Fires `input` whenever the marks change.
 *
 * Each table is a grid of stops for the arrow keys: row 0 and column 0 are the edges, the rest are cells. A
 * stop's data-at says where it is: table, row, column. `zone` is the one to show first.
 */
export function Availability(el, { slots, eventZone, zone, inPerson }) {
  let marks = new Map();
  let cleared = null;
  let tables = [];
  let stroke = null;
  let strokeMark = null;
  let lastErased = '';
  let swallowClick = false;

  const roomy = window.matchMedia('(min-width: 56rem)');
  const strokeListeners = [['pointermove', onMove], ['pointerup', onRelease], ['pointercancel', onRelease]];
  const shortcuts = {
    weekdayEvenings: () => weekdayEvenings(slots, zone),
    weekends: () => weekends(slots, zone),
    everyTime: () => slots.map(({ id }) => id),
  };

  el.classList.add('availability');
  el.innerHTML = /* html */ `
    <p class="hint">${t('whichTimes')}</p>
    <div class="availability-zone">
      <label for="zone">${t('zone')}</label>
      <select id="zone"></select>
      ${inPerson ? `<p class="hint">${t('inPerson')}</p>` : ''}
    </div>
    <div class="availability-brush" role="radiogroup" aria-label="${t('brush')}">
      <span aria-hidden="true">${t('brush')}</span>
      <label><input type="radio" name="brush" value="free" checked><span class="swatch" data-mark="free"></span>${t('brushFree')}</label>
      <label><input type="radio" name="brush" value="need"><span class="swatch" data-mark="need"></span>${t('brushNeed')}</label>
    </div>
    ${
      slots.every(({ offered }) => offered)
        ? ''
        : `<p class="availability-key"><span class="swatch" data-considered></span>${t('keyConsidered')}</p>`
    }
    <div class="availability-shortcuts">
      ${[...Object.keys(shortcuts), 'clear'].map((name) => `<button type="button" class="quiet" data-shortcut="${name}">${t(`shortcut.${name}`)}</button>`).join('')}
    </div>
    <p class="hint">${t('howToPress')} <span class="availability-keys" id="availability-keys">${t('howToKeys')}</span></p>
    <div class="availability-tables"></div>
    <p class="availability-count" role="status"></p>
    <p class="hint">${t('noneFits')}</p>
  `;

  const zoneSelect = el.querySelector('#zone');
  const tablesEl = el.querySelector('.availability-tables');
  const status = el.querySelector('.availability-count');
  const shortcut = (name) => el.querySelector(`[data-shortcut=${name}]`);
  const brush = () => el.querySelector('[name="brush"]:checked').value;

  ZoneSelect(zoneSelect, { event: eventZone, value: zone, instant: slots[0].start });
  zoneSelect.addEventListener('change', () => {
    zone = zoneSelect.value;
    draw();
  });
  roomy.addEventListener('change', draw);
  tablesEl.addEventListener('pointerdown', onPress);
  tablesEl.addEventListener('keydown', onKey);
  tablesEl.addEventListener('keyup', ({ key }) => key === 'Shift' && (strokeMark = null));
  tablesEl.addEventListener('focusin', ({ target }) => target.dataset.at && makeTabStop(target));
  tablesEl.addEventListener('change', ({ target }) => {
    const next = marks.get(target.dataset.slot) === brush() ? '' : brush();
    lastErased = next ? '' : target.dataset.slot;
    mark(painted(marks, [target.dataset.slot], next));
  });
  el.addEventListener('click', (event) => {
    if (swallowClick && event.target.dataset.slot) event.preventDefault();
    const button = event.target.closest('button');
    if (button?.dataset.at) mark(toggled(marks, lineOf(button), brush()));
    if (button?.dataset.shortcut) useShortcut(button.dataset.shortcut);
  });

  draw();

  return {
    read() {
      const marked = (mark) => slots.filter(({ id }) => marks.get(id) === mark).map(({ id }) => id);
      return { free: marked('free'), if_need_be: marked('need'), zone };
    },
    /** Marks what was marked before, as far as those slots still exist. */
    fill({ free = [], if_need_be: need = [] }) {
      const known = (ids) => slots.map(({ id }) => id).filter((id) => ids.includes(id));
      marks = painted(painted(new Map(), known(need), 'need'), known(free), 'free');
      update();
    },
  };

  // Drawing: nothing that people wrote goes into this HTML, only times and our own words.

  function draw() {
    tables = parts(slots, zone, roomy.matches ? WIDE : NARROW);
    tablesEl.innerHTML = tables.map(partHtml).join('');
    for (const table of tablesEl.querySelectorAll('table')) table.style.setProperty('--columns', table.dataset.columns);
    for (const stop of tablesEl.querySelectorAll('[data-at]')) {
      const [table, row, column] = at(stop);
      const part = tables[table];
      ((part.stops ??= [])[row] ??= [])[column] = stop;
      if (!row || !column) continue;
      stop.dataset.slot = part.rows[row - 1].cells[column - 1].id;
      if (!part.tabStop) {
        part.tabStop = stop;
        stop.tabIndex = 0;
      }
    }
    update();
  }

  function partHtml(part, index) {
    const table = tableHtml(part, index);
    if (!part.name) return table;
    const summary = `<strong>${part.name}</strong> ${range(part)} <span class="picked"></span>`;
    return `<details open><summary>${summary}</summary>${table}</details>`;
  }

  function tableHtml({ name, columns, rows }, index) {
    const stop = (row, column) => `tabindex="-1" data-at="${index} ${row} ${column}"`;
    const edge = (scope, row, column, [label, detail], what) =>
      `<th scope="${scope}"><button type="button" ${stop(row, column)}>${label}${detail && ` <small>${detail}</small>`}<span class="hidden"> ${what}</span></button></th>`;
    const cell = (slot, row, column) =>
      `<td>${slot ? `<input type="checkbox" ${stop(row, column)}${slot.offered ? '' : ' data-considered'}>` : ''}</td>`;
    const offsets = new Set(rows.flatMap(({ cells }) => cells.map((slot) => slot && local(slot.start, zone).offset)));
    offsets.delete(null);

    return /* html */ `<table data-columns="${columns.length}" aria-describedby="availability-keys">
      <caption class="hidden">${t(name ? 'caption' : 'captionDay', { part: name, offset: [...offsets].join(' / ') })}</caption>
      <thead><tr><td></td>${columns.map(({ label, detail }, column) => edge('col', 0, column + 1, [label, detail], t('wholeColumn'))).join('')}</tr></thead>
      <tbody>${rows.map(({ label, cells }, row) => `<tr>${edge('row', row + 1, 0, label, name ? t('wholePart', { part: name.toLowerCase() }) : t('wholeDay'))}${cells.map((slot, column) => cell(slot, row + 1, column + 1)).join('')}</tr>`).join('')}</tbody>
    </table>`;
  }

  function update() {
    tables.forEach((part, index) => {
      let picked = 0;
      part.rows.forEach(({ cells }, row) =>
        cells.forEach((slot, column) => {
          if (!slot) return;
          const box = part.stops[row + 1][column + 1];
          const marked = marks.get(slot.id) ?? '';
          picked += marked !== '';
          box.checked = marked !== '';
          box.dataset.mark = marked;
          const name = [slot.label, marked === 'need' && t('brushNeed'), !slot.offered && t('consideredOnly')];
          box.setAttribute('aria-label', name.filter(Boolean).join(', '));
        }),
      );
      if (part.name) tablesEl.children[index].querySelector('.picked').textContent = picked ? t('partPicked', { count: picked }) : '';
    });

    const free = [...marks.values()].filter((mark) => mark === 'free').length;
    const sentence = inWords(free, marks.size - free);
    if (status.textContent !== sentence) status.textContent = sentence;
    shortcut('clear').textContent = cleared ? t('restore') : t('shortcut.clear');
    shortcut('clear').hidden = !cleared && !marks.size;
    for (const [name, ids] of Object.entries(shortcuts)) shortcut(name).hidden = !ids().length;
  }

  // Marking

  function mark(next, before = null) {
    marks = next;
    cleared = before;
    update();
    el.dispatchEvent(new Event('input', { bubbles: true }));
  }

  function useShortcut(name) {
    if (name !== 'clear') mark(painted(marks, shortcuts[name](), brush()));
    else if (cleared) mark(cleared);
    else mark(new Map(), marks);
  }

  /** All slots of the row or column at whose edge a button is. */
  function lineOf(button) {
    const [table, row, column] = at(button);
    const part = tables[table];
    return row
      ? rectangle(part, [row, 1], [row, part.columns.length])
      : rectangle(part, [1, column], [part.rows.length, column]);
  }

  // Keys

  function onKey(event) {
    const stop = event.target;
    if (!stop.dataset.at) return;
    const { key, shiftKey } = event;
    if (key === 'Enter' && stop.dataset.slot) {
      // Enter in a checkbox would send the whole form.
      stop.click();
    } else if (key in ARROWS && shiftKey && stop.dataset.slot) {
      paintOn(stop, ARROWS[key]);
    } else if (key in ARROWS) {
      neighbour(stop, ARROWS[key])?.focus();
    } else if (key === 'Home' || key === 'End') {
      const [table, row] = at(stop);
      const line = tables[table].stops[row].slice(1).filter(Boolean);
      line.at(key === 'Home' ? 0 : -1).focus();
    } else return;
    event.preventDefault();
  }

  function paintOn(stop, move) {
    const next = neighbour(stop, move);
    const from = stop.dataset.slot;
    const to = next?.dataset.slot;
    if (!to) return;
    // A stroke goes on with what the cell it starts from has: a mark, nothing where that was just erased.
    strokeMark ??= marks.get(from) ?? (lastErased === from ? '' : brush());
    mark(painted(marks, [from, to], strokeMark));
    next.focus();
  }

  /** The next stop in that direction inside the same table, over holes. */
  function neighbour(stop, [down, right]) {
    let [table, row, column] = at(stop);
    const { stops } = tables[table];
    do {
      row += down;
      column += right;
    } while (row >= 0 && column >= 0 && row < stops.length && column < stops[0].length && !stops[row][column]);
    return stops[row]?.[column];
  }

  function makeTabStop(stop) {
    const part = tables[at(stop)[0]];
    part.tabStop.tabIndex = -1;
    part.tabStop = stop;
    stop.tabIndex = 0;
  }

  // Painting with a pointer

  function onPress({ target, isPrimary, button }) {
    swallowClick = false;
    const id = target.dataset.slot;
    if (!id || !isPrimary || button) return;
    stroke = { from: target, base: marks, mark: marks.get(id) === brush() ? '' : brush(), moved: false };
    for (const [type, listener] of strokeListeners) window.addEventListener(type, listener);
  }

  function onMove({ clientX, clientY }) {
    const box = document.elementFromPoint(clientX, clientY);
    if (!box?.dataset.slot || (box === stroke.from && !stroke.moved)) return;
    const [[table, ...one], [other, ...two]] = [at(stroke.from), at(box)];
    if (table !== other) return;
    stroke.moved = true;
    mark(painted(stroke.base, rectangle(tables[table], one, two), stroke.mark));
  }

  function onRelease({ type }) {
    // Cancelled: the browser took the gesture for scrolling, so it was never meant as a mark.
    if (stroke.moved && type === 'pointercancel') mark(stroke.base);
    // The click that follows on the cell a stroke began in is part of the stroke.
    swallowClick = stroke.moved;
    setTimeout(() => (swallowClick = false));
    stroke = null;
    for (const [type, listener] of strokeListeners) window.removeEventListener(type, listener);
  }
}

/** Table, row and column of a stop. */
const at = ({ dataset }) => dataset.at.split(' ').map(Number);

/** How much is marked: so many times work, so many if need be. */
function inWords(free, need) {
  if (free && need) return t('pickedBoth', { count: free, need });
  if (need) return t('pickedNeed', { count: need });
  return free ? t('pickedFree', { count: free }) : t('pickedNone');
}
