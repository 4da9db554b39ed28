/** The run sheet on the table: large, with the part that is on now marked, and a sign to print. */

import words from '../messages/table.js';
import { bird } from './birds.js';
import { zonesOf } from './meeting.js';
import { reader } from './messages.js';
import { press } from './press.js';
import { element, open, say, token } from './private.js';
import { RunSheet } from './run-sheet.js';
import { span } from './spoken.js';

const t = reader(words);

const LOOK = 10_000;
const EARLY = 15 * 60_000;

const content = document.getElementById('content');
let awake = null;

open((page) => {
  const { event, sub_event: seat } = page;
  const back = element('p', { className: 'back' }, element('a', { href: `me#${token}`, textContent: t('back') }));
  if (!seat) {
    say(event.title, t('noGroupYet'));
    content.replaceChildren(back);
    return;
  }
  const [zone] = zonesOf(seat, page);
  const when = span(seat.start, seat.end, zone);
  const where = seat.place && !seat.place.online ? seat.place.name : t('online');
  document.title = t('documentTitle', { title: seat.title });
  say(seat.title, t('whenWhere', { when, place: where }));
  const sheet = RunSheet(seat.run_sheet, seat.start, zone, 'h2');
  content.replaceChildren(
    element('p', { className: 'shown' }, bird(seat.bird), element('span', { textContent: seat.sign })),
    seat.host ? element('p', { className: 'host', textContent: t('host', { name: seat.host }) }) : '',
    sheet,
    element(
      'div',
      { className: 'tools' },
      press(t('print'), 'quiet', async () => window.print()),
      element('p', { className: 'hint', textContent: t('printHint', { sign: seat.sign }) }),
      back,
    ),
  );
  document.body.append(Sign(seat, when, where));
  const tick = () => {
    mark(sheet);
    stayAwake(seat);
  };
  tick();
  setInterval(tick, LOOK);
});

/** A tent of paper: folded along the middle it shows both sides the group's bird, its words, when and where. */
function Sign({ title: name, sign, bird: kind }, when, where) {
  const side = () =>
    element(
      'div',
      { className: 'side' },
      bird(kind),
      element('p', { className: 'sign-words', textContent: sign }),
      element('p', { className: 'sign-title', textContent: name }),
      element('p', {}, when),
      element('p', {}, where),
    );
  const sheet = element('div', { className: 'sign' }, side(), side());
  sheet.setAttribute('aria-hidden', 'true');
  return sheet;
}

/** Marks the part that is on now, by a word and a colour. */
function mark(sheet) {
  const now = Date.now();
  for (const part of sheet.children) {
    const on = part.dataset.from <= now && now < part.dataset.to;
    if (on === part.hasAttribute('aria-current')) continue;
    if (on) {
      part.setAttribute('aria-current', 'time');
      part.querySelector('.clock').append(' ', element('strong', { className: 'now', textContent: t('now') }));
    } else {
      part.removeAttribute('aria-current');
      part.querySelector('.now').remove();
    }
  }
}

/** While the group meets, the phone on the table does not fall asleep, where the browser can see to that. */
async function stayAwake({ start, end }) {
  const now = Date.now();
  const wanted = !document.hidden && now > new Date(start).getTime() - EARLY && now < new Date(end).getTime();
  if (wanted && (!awake || awake.released)) awake = await navigator.wakeLock?.request('screen').catch(() => null);
  if (now >= new Date(end).getTime()) await awake?.release();
}
