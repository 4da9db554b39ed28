/** What a group does, part by part, with the minutes and the clock. */

import words from '../messages/table.js';
import { reader } from './messages.js';
import { element } from './private.js';
import { length, local } from './times.js';

const t = reader(words);

const MINUTE = 60_000;

/**
 * The run sheet as a list; each part knows from when to when it goes, as milliseconds in `dataset.from` and `.to`.
 *
 * @param {{ minutes: number; parts: object[] }} sheet of the API
 * @param {string} start of the meeting
 * @param {string} zone in which the clock is read
 * @param {'h2' | 'h3'} heading of each part
 */
export function RunSheet({ parts }, start, zone, heading) {
  let from = new Date(start).getTime();
  const list = element('ol', { className: 'run-sheet' });
  for (const { kind, minutes, title, text, items } of parts) {
    const to = from + minutes * MINUTE;
    const clock = (instant) => local(new Date(instant), zone).time;
    const when = minutes
      ? [element('strong', { textContent: t('fromTo', { from: clock(from), to: clock(to) }) }), ` ${length(minutes)}`]
      : [t('spare')];
    const part = element(
      'li',
      {},
      element('p', { className: 'clock' }, ...when),
      element(heading, { textContent: title }),
      text ? element('p', { textContent: text }) : '',
      items.length ? element('ul', {}, ...items.map(Item)) : '',
    );
    Object.assign(part.dataset, { kind, from, to });
    list.append(part);
    from = to;
  }
  return list;
}

function Item({ text, by }) {
  return element('li', {}, text, ...(by ? [' ', element('span', { className: 'by', textContent: t('by', { name: by }) })] : []));
}
