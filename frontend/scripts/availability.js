/** The availability table: native checkboxes behind one tab stop, painted by mouse, touch or keyboard. */

import words from '../messages/sign-up.js';
import { reader } from './messages.js';
import { clockChanges, NARROW, painted, parts, range, rectangle, toggled, weekdayEvenings, weekends, WIDE } from './sessions.js';
import { local } from './times.js';
import { ZoneSelect } from './zones.js';

const t = reader(words);

const AHEAD = document.documentElement.dir === 'rtl' ? -1 : 1;
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -AHEAD], ArrowRight: [0, AHEAD] };

/**
 * Fires `input` whenever the marks change; `zone` is the one to show first.
 *
 * The arrow keys walk over lines of stops: the shortcuts; then for each part of the day its name, its start times,
 * and its days. In a table the first stop of a line is its edge, which marks the whole line.
 */
export function Availability(el, { slots, eventZone, zone, inPerson }) {
  let marks = new Map();
  let cleared = null;
  let tables = [];
  let lines = [];
  let stops = new Map();
  let tabStop = null;
  let lane = 1;
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
      <p class="hint" data-part="change"></p>
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
    <p class="hint">${t('howToPress')} <span class="availability-keys" id="availability-keys">${t('howToKeys')}</span></p>
    <div class="availability-grid" role="group" aria-label="${t('when')}" aria-describedby="availability-keys">
      <div class="availability-shortcuts">
        ${[...Object.keys(shortcuts), 'clear'].map((name) => `<button type="button" class="quiet" tabindex="-1" data-shortcut="${name}">${t(`shortcut.${name}`)}</button>`).join('')}
      </div>
      <div class="availability-tables"></div>
    </div>
    <p class="availability-count" role="status"></p>
    <p class="hint">${t('noneFits')}</p>
  `;

  const zoneSelect = el.querySelector('#zone');
  const grid = el.querySelector('.availability-grid');
  const tablesEl = el.querySelector('.availability-tables');
  const status = el.querySelector('.availability-count');
  const shortcut = (name) => el.querySelector(`[data-shortcut=${name}]`);
  const brush = () => el.querySelector('[name="brush"]:checked').value;

  ZoneSelect(zoneSelect, { event: eventZone, value: zone, instants: slots.map(({ start }) => start) });
  zoneSelect.addEventListener('change', () => {
    zone = zoneSelect.value;
    draw();
  });
  roomy.addEventListener('change', draw);
  tablesEl.addEventListener('pointerdown', onPress);
  grid.addEventListener('keydown', onKey);
  grid.addEventListener('keyup', ({ key }) => key === 'Shift' && (strokeMark = null));
  grid.addEventListener('focusin', ({ target }) => makeTabStop(target));
  // A folded part takes no focus, so its name stands in for what is inside.
  tablesEl.addEventListener('toggle', ({ target }) => !isThere(tabStop) && makeTabStop(target.firstChild), true);
  tablesEl.addEventListener('change', ({ target }) => {
    const next = marks.get(target.dataset.slot) === brush() ? '' : brush();
    lastErased = next ? '' : target.dataset.slot;
    mark(painted(marks, [target.dataset.slot], next));
  });
  grid.addEventListener('click', (event) => {
    if (swallowClick && event.target.dataset.slot) event.preventDefault();
    const button = event.target.closest('button');
    if (button?.dataset.shortcut) useShortcut(button.dataset.shortcut);
    else if (button) mark(toggled(marks, lineOf(button), brush()));
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
    for (const [name, ids] of Object.entries(shortcuts)) shortcut(name).hidden = !ids().length;

    stops = new Map();
    lines = [[...el.querySelectorAll('[data-shortcut]:not([hidden])')]];
    tablesEl.querySelectorAll('table').forEach((table, index) => {
      const part = tables[index];
      table.style.setProperty('--columns', part.columns.length);
      if (part.name) lines.push([table.previousSibling]);
      [...table.rows].forEach((tr, row) => {
        const line = [...tr.cells].map((cell) => cell.firstChild);
        line.forEach((stop, column) => {
          const slot = part.rows[row - 1]?.cells[column - 1];
          if (slot) stop.dataset.slot = slot.id;
          stops.set(stop, { line: lines.length, column, part, row, slot });
        });
        lines.push(line);
      });
    });
    makeTabStop(tablesEl.querySelector('[data-slot]'));

    const [first, ...others] = clockChanges(slots, zone);
    const offsets = [t('clockFirst', first), ...others.map((other) => t('clockFrom', other))].join(', ');
    el.querySelector('[data-part="change"]').textContent = others.length ? t('clockChange', { offsets }) : '';
    update();
  }

  function partHtml(part) {
    const table = tableHtml(part);
    if (!part.name) return table;
    const summary = `<strong>${part.name}</strong> ${range(part)} <span class="picked"></span>`;
    return `<details open><summary tabindex="-1">${summary}</summary>${table}</details>`;
  }

  function tableHtml({ kind, name, columns, rows }) {
    const edge = (scope, [label, detail], what) =>
      `<th scope="${scope}"><button type="button" tabindex="-1">${label}${detail && ` <small>${detail}</small>`}<span class="hidden"> ${what}</span></button></th>`;
    const cell = (slot) =>
      `<td>${slot ? `<input type="checkbox" tabindex="-1"${slot.offered ? '' : ' data-considered'}>` : ''}</td>`;
    const offsets = new Set(rows.flatMap(({ cells }) => cells.filter(Boolean).map(({ start }) => local(start, zone).offset)));

    return `<table><caption class="hidden">${t(name ? 'caption' : 'captionDay', { part: name, offset: [...offsets].join(' / ') })}</caption>
      <thead><tr><td></td>${columns.map(({ label, detail }) => edge('col', [label, detail], t('wholeColumn'))).join('')}</tr></thead>
      <tbody>${rows.map(({ label, cells }) => `<tr>${edge('row', label, t(`whole.${kind}`))}${cells.map(cell).join('')}</tr>`).join('')}</tbody></table>`;
  }

  function update() {
    for (const [box, { slot }] of stops) {
      if (!slot) continue;
      const marked = marks.get(slot.id) ?? '';
      box.checked = marked !== '';
      box.dataset.mark = marked;
      const name = [slot.label, marked === 'need' && t('brushNeed'), !slot.offered && t('consideredOnly')];
      box.setAttribute('aria-label', name.filter(Boolean).join(', '));
    }
    for (const part of tablesEl.querySelectorAll('details')) {
      const count = part.querySelectorAll(':checked').length;
      part.querySelector('.picked').textContent = count ? t('partPicked', { count }) : '';
    }

    const free = [...marks.values()].filter((mark) => mark === 'free').length;
    const sentence = inWords(free, marks.size - free);
    if (status.textContent !== sentence) status.textContent = sentence;
    shortcut('clear').textContent = cleared ? t('restore') : t('shortcut.clear');
    // Its room stays, or the table would move under the finger that marks.
    shortcut('clear').classList.toggle('idle', !cleared && !marks.size);
    if (!isThere(tabStop)) makeTabStop(lines.flat().find(isThere));
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
    const { part, row, column } = stops.get(button);
    return row
      ? rectangle(part, [row, 1], [row, part.columns.length])
      : rectangle(part, [1, column], [part.rows.length, column]);
  }

  // Keys

  function onKey(event) {
    const stop = event.target;
    const { key, shiftKey } = event;
    if (key === 'Enter' && stop.dataset.slot) {
      // Enter in a checkbox would send the whole form.
      stop.click();
    } else if (key in ARROWS && shiftKey && stop.dataset.slot) {
      paintOn(stop, ARROWS[key]);
    } else if (key in ARROWS) {
      neighbour(stop, ARROWS[key])?.focus();
    } else if (key === 'Home' || key === 'End') {
      const line = lineWith(stop).filter((other) => isThere(other) && (other.dataset.slot || !stop.dataset.slot));
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

  /** The next stop in that direction, over holes and whatever is folded. */
  function neighbour(stop, [down, right]) {
    const own = lineWith(stop);
    if (right) {
      let column = own.indexOf(stop);
      do column += right;
      while (column in own && !isThere(own[column]));
      return own[column];
    }
    for (let line = lines.indexOf(own) + down; line in lines; line += down) {
      const next = lines[line];
      // Only lines of tables stand under each other.
      const found = next.find(Boolean).closest('table') ? next[lane] : next.filter(isThere).slice(0, lane + 1).at(-1);
      if (isThere(found)) return found;
    }
    return undefined;
  }

  function lineWith(stop) {
    return lines.find((line) => line.includes(stop));
  }

  function makeTabStop(stop) {
    if (tabStop) tabStop.tabIndex = -1;
    tabStop = stop;
    tabStop.tabIndex = 0;
    lane = stops.get(stop)?.column ?? lane;
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
    const [one, two] = [stops.get(stroke.from), stops.get(box)];
    if (one.part !== two.part) return;
    stroke.moved = true;
    mark(painted(stroke.base, rectangle(one.part, [one.row, one.column], [two.row, two.column]), stroke.mark));
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

/** Whether a stop can be seen; an idle shortcut and whatever is folded cannot. */
function isThere(stop) {
  return stop && !stop.classList.contains('idle') && (stop.matches('summary') || !stop.closest('details:not([open])'));
}

/** How much is marked: so many times work, so many if need be. */
function inWords(free, need) {
  if (free && need) return t('pickedBoth', { count: free, need });
  if (need) return t('pickedNeed', { count: need });
  return free ? t('pickedFree', { count: free }) : t('pickedNone');
}
