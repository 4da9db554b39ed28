/** The availability table: native checkboxes, one tab stop a table, painted by mouse, touch or keyboard. */

import { NARROW, painted, parts, range, rectangle, toggled, weekdayEvenings, weekends, WIDE } from './sessions.js';
import { length, local, minutesBetween } from './times.js';
import { words } from './words.js';
import { ZoneSelect } from './zones.js';

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * Fires `input` whenever the marks or the zone change.
 *
 * @param {HTMLElement} el
 * @param {{ slots: import('./sessions.js').Slot[]; eventZone: string; zone: string; inPerson: boolean }} options
 *   zone: the one to show first
 */
export function Availability(el, { slots, eventZone, zone, inPerson }) {
  let marks = new Map();
  let cleared = null;
  let tables = [];
  let stroke = null;
  let strokeMark = null;
  let lastErased = '';
  let swallowClick = false;

  const known = new Set(slots.map((slot) => slot.id));
  const roomy = window.matchMedia('(min-width: 56rem)');
  const considered = slots.some((slot) => !slot.offered);

  el.classList.add('availability');
  el.innerHTML = /* html */ `
    <p class="hint" data-part="length"></p>
    <div class="availability-zone">
      <label for="zone">${words.zone}</label>
      <select id="zone" data-part="zone"></select>
      <p class="hint" data-part="in-person" hidden>${words.inPerson}</p>
    </div>
    <div class="availability-brush" role="radiogroup" aria-label="${words.brush}">
      <span aria-hidden="true">${words.brush}</span>
      <label><input type="radio" name="brush" value="free" checked><span class="swatch" data-mark="free"></span>${words.brushFree}</label>
      <label><input type="radio" name="brush" value="need"><span class="swatch" data-mark="need"></span>${words.brushNeed}</label>
    </div>
    <p class="availability-key" data-part="key" hidden><span class="swatch" data-considered></span>${words.keyConsidered}</p>
    <div class="availability-shortcuts">
      <button type="button" class="quiet" data-shortcut="weekdayEvenings">${words.weekdayEvenings}</button>
      <button type="button" class="quiet" data-shortcut="weekends">${words.weekends}</button>
      <button type="button" class="quiet" data-shortcut="everyTime">${words.everyTime}</button>
      <button type="button" class="quiet" data-shortcut="clear">${words.clear}</button>
    </div>
    <p class="hint">${words.howToPress} <span class="availability-keys" id="availability-keys">${words.howToKeys}</span></p>
    <div class="availability-tables"></div>
    <p class="availability-count" role="status"></p>
    <p class="hint">${words.noneFits}</p>
  `;

  const zoneSelect = el.querySelector('[data-part="zone"]');
  const tablesEl = el.querySelector('.availability-tables');
  const statusEl = el.querySelector('.availability-count');
  const clearButton = el.querySelector('[data-shortcut="clear"]');

  el.querySelector('[data-part="length"]').textContent = lengthSentence(slots);
  el.querySelector('[data-part="in-person"]').hidden = !inPerson;
  el.querySelector('[data-part="key"]').hidden = !considered;
  ZoneSelect(zoneSelect, { event: eventZone, value: zone, instant: slots[0].start });

  zoneSelect.addEventListener('change', () => {
    zone = zoneSelect.value;
    draw();
  });

  el.addEventListener('click', (event) => {
    if (swallowClick && event.target.matches('[data-slot]')) {
      event.preventDefault();
      return;
    }
    const shortcut = event.target.closest('[data-shortcut]');
    if (shortcut) applyShortcut(shortcut.dataset.shortcut);
    const edge = event.target.closest('[data-edge]');
    if (edge) mark(toggled(marks, edgeIds(edge), brush()));
  });

  el.addEventListener('change', (event) => {
    const id = event.target.dataset.slot;
    if (!id) return;
    const next = marks.get(id) === brush() ? '' : brush();
    lastErased = next ? '' : id;
    mark(painted(marks, [id], next));
  });

  el.addEventListener('focusin', (event) => {
    const stop = event.target.closest('[data-row]');
    if (stop) makeTabStop(stop);
  });

  el.addEventListener('keydown', onKey);
  el.addEventListener('keyup', (event) => {
    if (event.key === 'Shift') strokeMark = null;
  });
  tablesEl.addEventListener('pointerdown', onPress);
  roomy.addEventListener('change', draw);

  draw();

  return {
    /** @returns {{ free: string[]; if_need_be: string[]; zone: string }} */
    read() {
      const chosen = (mark) => slots.filter((slot) => marks.get(slot.id) === mark).map((slot) => slot.id);
      return { free: chosen('free'), if_need_be: chosen('need'), zone };
    },
    fill({ free = [], if_need_be: need = [] }) {
      const fresh = painted(painted(new Map(), need.filter((id) => known.has(id)), 'need'), free.filter((id) => known.has(id)), 'free');
      marks = fresh;
      update();
    },
  };

  // Drawing

  function draw() {
    tables = parts(slots, zone, roomy.matches ? WIDE : NARROW).map((part) => ({ ...part, stops: [] }));
    tablesEl.replaceChildren(...tables.map(drawPart));
    update();
  }

  function drawPart(part, index) {
    const table = document.createElement('table');
    table.setAttribute('aria-describedby', 'availability-keys');
    table.innerHTML = /* html */ `<caption class="hidden"></caption><thead><tr><td></td></tr></thead><tbody></tbody>`;
    table.style.setProperty('--columns', part.columns.length);
    table.caption.textContent = words.caption(part.name, offsetOf(part));

    part.stops.push([null]);
    part.columns.forEach((column, columnIndex) => {
      const button = edgeButton(index, 0, columnIndex + 1, [column.label, column.detail], words.wholeColumn);
      table.tHead.rows[0].append(heading('col', button));
      part.stops[0].push(button);
    });

    part.rows.forEach((row, rowIndex) => {
      const tr = table.tBodies[0].insertRow();
      const button = edgeButton(index, rowIndex + 1, 0, row.label, words.wholeRow(part.name));
      tr.append(heading('row', button));
      part.stops.push([button]);
      row.cells.forEach((cell, columnIndex) => {
        const td = tr.insertCell();
        const box = cell && checkbox(cell, index, rowIndex + 1, columnIndex + 1);
        if (box) td.append(box);
        part.stops[rowIndex + 1].push(box);
      });
    });

    const first = part.stops.slice(1).flatMap((row) => row.slice(1)).find(Boolean);
    if (first) first.tabIndex = 0;
    if (!part.name) return table;

    const details = document.createElement('details');
    details.open = true;
    details.innerHTML = '<summary><strong></strong> <span></span> <span class="picked"></span></summary>';
    details.querySelector('strong').textContent = part.name;
    details.querySelector('span').textContent = range(part);
    details.append(table);
    return details;
  }

  function offsetOf(part) {
    const offsets = new Set();
    for (const row of part.rows) for (const cell of row.cells) if (cell) offsets.add(local(cell.start, zone).offset);
    return [...offsets].join(' / ');
  }

  function heading(scope, button) {
    const th = document.createElement('th');
    th.scope = scope;
    th.append(button);
    return th;
  }

  function edgeButton(part, row, column, [label, detail], what) {
    const button = document.createElement('button');
    button.type = 'button';
    button.tabIndex = -1;
    Object.assign(button.dataset, { edge: '', table: part, row, column });
    button.textContent = label;
    if (detail) button.append(' ', Object.assign(document.createElement('small'), { textContent: detail }));
    button.append(Object.assign(document.createElement('span'), { className: 'hidden', textContent: ` ${what}` }));
    return button;
  }

  function checkbox(cell, part, row, column) {
    const box = document.createElement('input');
    box.type = 'checkbox';
    box.tabIndex = -1;
    Object.assign(box.dataset, { slot: cell.id, table: part, row, column, label: cell.label });
    if (!cell.offered) box.dataset.considered = '';
    return box;
  }

  function update() {
    tables.forEach((part, index) => {
      let picked = 0;
      for (const box of boxesOf(part)) {
        const marked = marks.get(box.dataset.slot) ?? '';
        if (marked) picked += 1;
        box.checked = marked !== '';
        box.dataset.mark = marked;
        const name = [
          box.dataset.label,
          marked === 'need' ? words.keyNeed : '',
          'considered' in box.dataset ? words.consideredOnly : '',
        ];
        box.setAttribute('aria-label', name.filter(Boolean).join(', '));
      }
      const badge = tablesEl.children[index].querySelector('.picked');
      if (badge) badge.textContent = words.partPicked(picked);
    });

    const values = [...marks.values()];
    const free = values.filter((value) => value === 'free').length;
    const sentence = values.length ? words.picked(free, values.length - free) : words.nonePicked;
    if (statusEl.textContent !== sentence) statusEl.textContent = sentence;
    clearButton.textContent = cleared ? words.restore : words.clear;
    clearButton.hidden = !cleared && values.length === 0;
    el.querySelector('[data-shortcut="weekdayEvenings"]').hidden = weekdayEvenings(slots, zone).length === 0;
    el.querySelector('[data-shortcut="weekends"]').hidden = weekends(slots, zone).length === 0;
  }

  function boxesOf(part) {
    return part.stops.flat().filter((stop) => stop?.dataset.slot);
  }

  // Marking

  function brush() {
    return el.querySelector('[name="brush"]:checked').value;
  }

  function mark(next) {
    cleared = null;
    marks = next;
    update();
    el.dispatchEvent(new Event('input', { bubbles: true }));
  }

  function applyShortcut(name) {
    if (name === 'clear') {
      const before = marks;
      const restored = cleared;
      mark(restored ?? new Map());
      if (!restored) cleared = before;
      update();
      return;
    }
    const ids = {
      weekdayEvenings: () => weekdayEvenings(slots, zone),
      weekends: () => weekends(slots, zone),
      everyTime: () => slots.map((slot) => slot.id),
    }[name]();
    mark(painted(marks, ids, brush()));
  }

  function edgeIds({ dataset }) {
    const part = tables[dataset.table];
    const [row, column] = [Number(dataset.row), Number(dataset.column)];
    const last = [part.rows.length - 1, part.columns.length - 1];
    return row === 0 ? rectangle(part, [0, column - 1], [last[0], column - 1]) : rectangle(part, [row - 1, 0], [row - 1, last[1]]);
  }

  // Keys

  function onKey(event) {
    const stop = event.target.closest('[data-row]');
    if (!stop) return;
    const move = ARROWS[event.key];
    if (event.key === 'Enter' && stop.dataset.slot) {
      // Enter in a checkbox would send the whole form.
      event.preventDefault();
      stop.click();
    } else if (move && event.shiftKey && stop.dataset.slot) {
      event.preventDefault();
      paintOn(stop, move);
    } else if (move) {
      event.preventDefault();
      focusStop(neighbour(stop, move) ?? acrossTables(stop, move[0]));
    } else if (event.key === 'Home' || event.key === 'End') {
      event.preventDefault();
      focusStop(lineEnd(stop, event.key === 'Home', event.ctrlKey));
    }
  }

  function paintOn(stop, move) {
    const next = neighbour(stop, move);
    if (!next?.dataset.slot) return;
    const id = stop.dataset.slot;
    // A stroke goes on with what the cell it starts from has: a mark, nothing where that was just erased.
    strokeMark ??= marks.get(id) ?? (lastErased === id ? '' : brush());
    mark(painted(marks, [id, next.dataset.slot], strokeMark));
    focusStop(next);
  }

  /** The next stop in that direction inside the same table, over holes. */
  function neighbour({ dataset }, [down, right]) {
    const { stops } = tables[dataset.table];
    let row = Number(dataset.row) + down;
    let column = Number(dataset.column) + right;
    while (stops[row] && column >= 0 && column < stops[row].length) {
      if (stops[row][column]) return stops[row][column];
      row += down;
      column += right;
    }
    return null;
  }

  function acrossTables({ dataset }, down) {
    const index = Number(dataset.table) + down;
    if (!down || !tables[index] || tablesEl.children[index].open === false) return null;
    const { stops } = tables[index];
    const row = stops[down > 0 ? 0 : stops.length - 1];
    return row[Math.min(Number(dataset.column), row.length - 1)] ?? row.find(Boolean);
  }

  function lineEnd({ dataset }, home, wholeTable) {
    const { stops } = tables[dataset.table];
    if (wholeTable) {
      const boxes = boxesOf(tables[dataset.table]);
      return home ? boxes[0] : boxes[boxes.length - 1];
    }
    const line = stops[dataset.row].slice(1).filter(Boolean);
    return home ? line[0] : line[line.length - 1];
  }

  function focusStop(stop) {
    stop?.focus();
  }

  function makeTabStop(stop) {
    for (const other of tables[stop.dataset.table].stops.flat()) if (other) other.tabIndex = other === stop ? 0 : -1;
  }

  // Painting with a pointer

  function onPress(event) {
    swallowClick = false;
    const box = event.target.closest('[data-slot]');
    if (!box || !event.isPrimary || event.button !== 0) return;
    stroke = {
      from: box,
      base: marks,
      mark: marks.get(box.dataset.slot) === brush() ? '' : brush(),
      moved: false,
    };
    window.addEventListener('pointermove', onMove);
    window.addEventListener('pointerup', onRelease);
    window.addEventListener('pointercancel', onCancel);
  }

  function onMove(event) {
    const box = document.elementFromPoint(event.clientX, event.clientY)?.closest('[data-slot]');
    if (!box || box.dataset.table !== stroke.from.dataset.table || (box === stroke.from && !stroke.moved)) return;
    stroke.moved = true;
    const corner = ({ dataset }) => [dataset.row - 1, dataset.column - 1];
    mark(painted(stroke.base, rectangle(tables[box.dataset.table], corner(stroke.from), corner(box)), stroke.mark));
  }

  function onRelease() {
    // The click that follows on the cell a stroke began in is part of the stroke.
    swallowClick = stroke.moved;
    if (swallowClick) setTimeout(() => (swallowClick = false));
    endStroke();
  }

  function onCancel() {
    // The browser took the gesture for scrolling, so it was never meant as a mark.
    if (stroke.moved) mark(stroke.base);
    endStroke();
  }

  function endStroke() {
    stroke = null;
    window.removeEventListener('pointermove', onMove);
    window.removeEventListener('pointerup', onRelease);
    window.removeEventListener('pointercancel', onCancel);
  }
}

function lengthSentence(slots) {
  const lengths = new Set(slots.map((slot) => minutesBetween(slot.start, slot.end)));
  if (lengths.size > 1) return words.sessionLengths;
  const sorted = [...slots].sort((one, other) => new Date(one.start) - new Date(other.start));
  const overlapping = sorted.some((slot, index) => index > 0 && new Date(slot.start) < new Date(sorted[index - 1].end));
  return words.sessionLength(length([...lengths][0]), overlapping);
}
