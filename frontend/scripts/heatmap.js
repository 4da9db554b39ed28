/** Who is free when, as a table: numbers first, a wash of colour second. */

import words from '../messages/watch.js';
import { reader } from './messages.js';
import { element } from './private.js';
import { parts, WIDE } from './sessions.js';
import { local } from './times.js';

const t = reader(words);

const STEPS = 5;

/**
 * @param {{ slot: string; free: number; if_need_be: number }[]} counts
 * @param {import('./sessions.js').Slot[]} slots
 * @returns {HTMLElement[]} what it shows, and a box that scrolls sideways where the table is wider than the page
 */
export function Heatmap(counts, slots, zone) {
  const found = new Map(counts.map((count) => [count.slot, count]));
  const most = Math.max(1, ...counts.map(({ free }) => free));
  const offsets = [...new Set(slots.map((slot) => local(slot.start, zone).offset))].join(' / ');
  const box = element('div', { className: 'heatmap', tabIndex: 0, role: 'region', ariaLabel: t('whoIsFree') });
  const caption = element('p', { className: 'hint', id: 'heatmap-caption', textContent: t('heatmapCaption', { offset: offsets }) });

  for (const part of parts(slots, zone, Math.max(WIDE, 24))) {
    const table = element('table');
    table.setAttribute('aria-labelledby', caption.id);
    const head = table.createTHead().insertRow();
    head.append(element('td'));
    for (const { label, detail } of part.columns) {
      head.append(element('th', { scope: 'col', textContent: detail ? `${label} ${detail}` : label }));
    }
    const body = table.createTBody();
    for (const row of part.rows) {
      const tr = body.insertRow();
      tr.append(element('th', { scope: 'row', textContent: row.label.join(' ') }));
      for (const cell of row.cells) tr.append(cell ? number(cell, found.get(cell.id), most) : element('td'));
    }
    box.append(table);
  }
  return [caption, box];
}

function number(cell, { free = 0, if_need_be: need = 0 } = {}, most) {
  const td = element('td', { textContent: free });
  if (need) {
    td.append(
      ' ',
      element('small', {}, `+${need}`, element('span', { className: 'hidden', textContent: ` ${t('needBe')}` })),
    );
  }
  if (!cell.offered) {
    td.dataset.considered = '';
    td.append(element('span', { className: 'hidden', textContent: `, ${t('considered')}` }));
  }
  td.dataset.heat = Math.ceil((free / most) * STEPS);
  return td;
}
