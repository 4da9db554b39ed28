/** A person's group: when, where, with whom, whether they come, and what will be done there. */

import words from '../messages/seat.js';
import { send } from './api.js';
import { flock } from './birds.js';
import { keep, recall } from './kept.js';
import { reader } from './messages.js';
import { fold, handOver, press } from './press.js';
import { element, facts, token } from './private.js';
import { RunSheet } from './run-sheet.js';
import { span } from './spoken.js';
import { length, moment, sameZone } from './times.js';
import { usable } from './zones.js';

const t = reader(words);

/**
 * @param {object} my the page's own state and acts
 * @param {object} page MyPage of the API
 * @param {'seated' | 'meeting' | 'over'} stage
 */
export function Seat(my, { event, sub_event: seat, answers }, stage) {
  const { title, subtitle, start, end, place, join_link, why, host, companions, others, sign } = seat;
  const mine = usable(answers.timezone);
  const inPerson = place && !place.online;
  const [first, second] = inPerson ? [usable(event.timezone), mine] : [mine, usable(event.timezone)];
  const when = [element('strong', { textContent: span(start, end, first) })];
  if (!sameZone(first, second, [start, end])) {
    when.push(element('br'), element('span', { className: 'aside', textContent: t('thatIs', { time: span(start, end, second) }) }));
  }
  const card = element(
    'section',
    { className: 'card seat' },
    Birds(seat),
    element('h2', { textContent: title }),
    subtitle ? element('p', { className: 'subtitle', textContent: subtitle }) : '',
    facts([
      [t('when'), when],
      [t('where'), whereabouts(place, join_link)],
      [t(inPerson ? 'lookFor' : 'sign'), sign],
    ]),
    ...(stage === 'over' ? [] : [Reply(my, seat)]),
    facts([
      [t('who'), Who(companions, others)],
      [t('why'), why],
      [t('guest'), seat.wildcard ? t('guestNote') : ''],
      [t('host'), host ?? ''],
    ]),
  );
  const { run_sheet: sheet, hello } = seat;
  return [
    card,
    fold(t('runSheet', { length: length(sheet.minutes) }), () => [
        element('p', {}, element('a', { href: `table#${token}`, textContent: t('forTheTable') })),
        RunSheet(sheet, start, first, 'h3'),
      ]),
    hello && Hello(hello, first),
  ];
}

/** The group's birds; the first time in this browser they gather from all around. */
function Birds({ id, bird, others, wildcard }) {
  const el = flock(others + 1, bird, { guest: wildcard });
  if (recall('covey:group') !== id) el.classList.add('gathering');
  keep('covey:group', id);
  return el;
}

function Who(companions, others) {
  const hidden = others - companions.length;
  const who = companions.map(({ first_name, goal }) =>
    element('li', {}, element('strong', { textContent: first_name }), goal ? ` ${t('hopes', { goal })}` : ''),
  );
  if (hidden > 0) who.push(element('li', { textContent: t(companions.length ? 'othersToo' : 'othersOnly', { count: hidden }) }));
  return who.length ? [element('ul', {}, ...who)] : '';
}

/** Whether they come, and the invite itself, so that later changes reach the same entry. */
function Reply(my, { coming, coming_count: count, others }) {
  const come = press(t('coming'), 'primary', async () =>
    my.show(await my.act('reply', { coming: true }), { pressed: true, happy: true }),
  );
  const calendar = press(t('calendar'), 'quiet', async () =>
    handOver(await send('api/me/invite.ics', { token }), 'invite.ics'),
  );
  return element(
    'div',
    { className: 'reply' },
    element('p', { className: 'hint', textContent: said(count, others + 1, coming) }),
    element('div', { className: 'actions' }, coming ? '' : come, LeaveButton(my), calendar),
  );
}

function said(count, total, mine) {
  if (!count) return t('nobodyYet');
  return mine && count === 1 ? t('firstToSay') : t('comingCount', { count, total });
}

/** Giving a seat back cannot be undone, so it is asked twice. */
function LeaveButton(my) {
  const button = element('button', { type: 'button', className: 'quiet', textContent: t('leave') });
  const keep = element('button', { type: 'button', className: 'primary', textContent: t('stay') });
  const leave = press(t('leave'), 'danger', async () => my.show(await my.act('withdraw'), { pressed: true }));
  const dialog = element(
    'dialog',
    { ariaLabel: t('leaveSure') },
    element('h2', { textContent: t('leaveSure') }),
    element('p', { textContent: t('leaveEffect') }),
    element('div', { className: 'actions' }, keep, leave),
  );
  button.addEventListener('click', () => dialog.showModal());
  keep.addEventListener('click', () => dialog.close());
  return element('div', {}, button, dialog);
}

function whereabouts(place, joinLink) {
  const where = [];
  if (place && !place.online) {
    where.push(element('strong', { textContent: place.name }));
    if (place.address && place.address !== place.name) where.push(element('br'), place.address);
  }
  if (joinLink && /^https?:/.test(joinLink)) {
    if (where.length) where.push(element('br'));
    where.push(element('a', { href: joinLink, textContent: t('join'), rel: 'noopener noreferrer' }));
    where.push(element('br'), element('span', { className: 'aside', textContent: joinLink }));
  }
  return where;
}

/** Somebody of another group who wrote the same words; no address changes hands. */
function Hello({ first_name: name, title, start, words: shared }, zone) {
  return element(
    'section',
    { className: 'hello' },
    element('h2', { textContent: t('hello', { name }) }),
    element('p', { textContent: t('helloShared', { words: shared }) }),
    element('p', { textContent: t('helloWhere', { name, title, when: moment(start, zone) }) }),
  );
}
