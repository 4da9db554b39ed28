/** A person's group: when, where, with whom, whether they come, and what will be done there. */

import words from '../messages/seat.js';
import { send } from './api.js';
import { flock } from './birds.js';
import { keep, recall } from './kept.js';
import { Clock, JoinLink, When, Where, zonesOf } from './meeting.js';
import { reader } from './messages.js';
import { fold, handOver, press } from './press.js';
import { element, facts, token } from './private.js';
import { RunSheet } from './run-sheet.js';
import { length, moment } from './times.js';

const t = reader(words);

/**
 * @param {object} my the page's own state and acts
 * @param {object} page MyPage of the API
 * @param {'seated' | 'meeting' | 'over'} stage
 */
export function Seat(my, page, stage) {
  const { sub_event: seat } = page;
  const { title, subtitle, start, place, why, host, hosting, companions, others, sign, run_sheet: sheet, hello } = seat;
  const [zone] = zonesOf(seat, page);
  const card = element(
    'section',
    { className: 'card seat' },
    Birds(seat),
    element('h2', { textContent: title }),
    subtitle ? element('p', { className: 'subtitle', textContent: subtitle }) : '',
    facts([
      [t('when'), When(seat, page)],
      [t('where'), Where(seat)],
      [t(place && !place.online ? 'lookFor' : 'sign'), sign],
    ]),
    ...(stage === 'over' ? [] : [stage === 'meeting' ? Now(seat) : Reply(my, page)]),
    facts([
      [t('who'), Who(companions, others)],
      [t('why'), why],
      [t('guest'), seat.wildcard ? t('guestNote') : ''],
      [t('host'), hosting ? t('hostYou') : (host ?? '')],
    ]),
    Clock([title, why], page),
  );
  const what = fold(t('runSheet', { length: length(sheet.minutes) }), () => [
    element('p', {}, element('a', { href: `table#${token}`, textContent: t('forTheTable') })),
    RunSheet(sheet, start, zone, 'h3'),
  ]);
  return [card, what, hello && Hello(hello, zone)];
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

/** What helps while the group meets: the way in, and what to do there. */
function Now({ join_link: link }) {
  const sheet = element('a', { className: 'quiet', href: `table#${token}`, textContent: t('forTheTable') });
  return element('div', { className: 'actions' }, JoinLink(link, 'primary') ?? '', sheet);
}

/** Whether they come, and the invite itself, so that later changes reach the same entry. */
function Reply(my, page) {
  const { coming, coming_count: count, others, answer_by: by } = page.sub_event;
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
    by ? element('p', { className: 'hint', textContent: t('answerBy', { when: moment(by, zonesOf(page.sub_event, page)[0]) }) }) : '',
    element('div', { className: 'actions' }, coming ? '' : come, LeaveButton(my, page), calendar),
  );
}

function said(count, total, mine) {
  if (!count) return t('nobodyYet');
  return mine && count === 1 ? t('firstToSay') : t('comingCount', { count, total });
}

/** Giving a seat back cannot be undone, so it is asked twice, and another group is offered where one has room. */
function LeaveButton(my, page) {
  const button = element('button', { type: 'button', className: 'quiet', textContent: t('leave') });
  const keep = element('button', { type: 'button', className: 'primary', textContent: t('stay') });
  const leave = press(t('leave'), 'danger', async () => my.show(await my.act('withdraw'), { pressed: true }));
  const instead = element('div');
  const dialog = element(
    'dialog',
    { className: 'leave', ariaLabel: t('leaveSure') },
    element('h2', { textContent: t('leaveSure') }),
    element('p', { textContent: t('leaveEffect') }),
    element('div', { className: 'actions' }, keep, leave),
    instead,
  );
  button.addEventListener('click', async () => {
    dialog.showModal();
    // Where nothing else can be offered, or not just now, the question stands as it is.
    const { OtherGroups } = await import('./other-groups.js').catch(() => ({}));
    instead.replaceChildren((await OtherGroups?.(my, page).catch(() => '')) ?? '');
  });
  keep.addEventListener('click', () => dialog.close());
  return element('div', {}, button, dialog);
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
