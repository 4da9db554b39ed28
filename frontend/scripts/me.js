/** An attendee's private page: what is still to do before the groups, and the group after. */

import { AnswersFields } from './answers.js';
import { call, send } from './api.js';
import { bird, flock } from './birds.js';
import { clearProblems, markFields, sentenceOf, showProblem, whileBusy } from './fields.js';
import { element, facts, open, token } from './private.js';
import { inWords, span } from './spoken.js';
import { moment, sameZone } from './times.js';
import { words } from './words-me.js';
import { leadingZone, usable } from './zones.js';

const title = document.querySelector('h1');
const lead = document.querySelector('.lead');
const content = document.getElementById('content');

open('api/me', show);

/** @param {object} page MyPage of the API */
function show(page) {
  const { event } = page;
  title.textContent = event.title;
  document.title = `${event.title} – your page – Covey`;
  lead.textContent = standing(page);
  content.replaceChildren(
    ...[toDo(page), page.sub_event && Seat(page), page.unplaced && NoSeat(page), Answers(page)].filter(Boolean),
  );
}

/** The one sentence that says where this person stands. */
function standing({ event, state, sub_event, unplaced, editable }) {
  const until = moment(event.confirm_until, leadingZone(event));
  if (event.state === 'cancelled') return words.cancelled(event.organizer_name);
  if (state === 'withdrawn') return changeable(event) ? words.withdrawnEditable : words.withdrawn;
  if (sub_event) return words.seated;
  if (unplaced) return words.unplaced;
  if (state === 'unconfirmed') return editable ? words.toConfirm(until) : words.lateConfirm;
  return editable ? words.waiting(until) : words.making;
}

/** Whether answers still count: until the groups are made. */
function changeable({ state, confirm_until }) {
  return state === 'open' || (state === 'closed' && new Date() < new Date(confirm_until));
}

function toDo(page) {
  if (page.event.state === 'cancelled') return null;
  if (page.state === 'unconfirmed') return action('confirm', words.confirm, 'primary');
  if (page.state === 'withdrawn') return changeable(page.event) ? action('return', words.undoWithdraw, 'primary') : null;
  return page.editable && page.meaning ? element('p', { className: 'notice', textContent: page.meaning }) : null;
}

/** A button that posts and shows the page as it is then. */
function action(name, label, className) {
  const button = element('button', { type: 'button', className, textContent: label });
  const problemEl = element('p', { className: 'form-problem' });
  problemEl.setAttribute('role', 'alert');
  button.addEventListener('click', () =>
    whileBusy(button, async () => {
      problemEl.textContent = '';
      try {
        const page = await call(`api/me/${name}`, { method: 'POST', token, again: true });
        show(page);
        announce(name === 'confirm');
      } catch (problem) {
        problemEl.textContent = sentenceOf(problem, `“${label}”`);
      }
    }),
  );
  return element('div', { className: 'to-do' }, button, problemEl);
}

/** Takes the person to the sentence that has just changed; after a success a bird hops beside it. */
function announce(happy) {
  lead.tabIndex = -1;
  lead.focus();
  document.querySelector('main > .hop')?.remove();
  if (!happy) return;
  const hopping = bird(0);
  hopping.classList.add('hop');
  lead.before(hopping);
}

function Seat({ event, sub_event: seat, answers }) {
  const { title, subtitle, start, end, place, join_link, why, host, companions, others } = seat;
  const mine = usable(answers.timezone);
  const inPerson = place && !place.online;
  const [first, second] = inPerson ? [usable(event.timezone), mine] : [mine, usable(event.timezone)];
  const when = [element('strong', { textContent: span(start, end, first) })];
  if (!sameZone(first, second, [start, end])) {
    when.push(element('br'), element('span', { className: 'aside', textContent: words.thatIs(span(start, end, second)) }));
  }
  const hidden = others - companions.length;
  const who = companions.map(({ first_name, goal }) =>
    element('li', {}, element('strong', { textContent: first_name }), goal ? ` – ${goal}` : ''),
  );
  if (hidden > 0) who.push(element('li', { textContent: words.othersHidden(hidden, companions.length) }));

  return element(
    'section',
    { className: 'card seat' },
    flock(others + 1, seat.bird),
    element('h2', { textContent: title }),
    subtitle ? element('p', { className: 'subtitle', textContent: subtitle }) : '',
    facts([
      [words.whenFact, when],
      [words.whereFact, whereabouts(place, join_link)],
      [words.who, who.length ? [element('ul', {}, ...who)] : ''],
      [words.whyGroup, why],
      [words.hostFact, host ?? ''],
    ]),
    calendarButton(),
    leaveButton(),
  );
}

/** Giving a seat back cannot be undone, so it is asked twice. */
function leaveButton() {
  const button = element('button', { type: 'button', className: 'quiet', textContent: words.leaveGroup });
  const keep = element('button', { type: 'button', className: 'primary', textContent: words.stay });
  const dialog = element(
    'dialog',
    { ariaLabel: words.leaveSure },
    element('h2', { textContent: words.leaveSure }),
    element('p', { textContent: words.leaveEffect }),
    element('div', { className: 'actions' }, keep, action('withdraw', words.leaveGroup, 'danger')),
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
    where.push(element('a', { href: joinLink, textContent: words.join, rel: 'noopener noreferrer' }));
    where.push(element('br'), element('span', { className: 'aside', textContent: joinLink }));
  }
  return where;
}

/** The invite itself, so that later changes reach the same entry; it needs the token, so it is fetched first. */
function calendarButton() {
  const button = element('button', { type: 'button', className: 'quiet', textContent: words.calendar });
  const answer = element('p', { className: 'form-problem' });
  answer.setAttribute('role', 'alert');
  button.addEventListener('click', () =>
    whileBusy(button, async () => {
      answer.textContent = '';
      try {
        const file = await (await send('api/me/invite.ics', { token })).blob();
        const url = URL.createObjectURL(file);
        element('a', { href: url, download: 'invite.ics' }).click();
        setTimeout(() => URL.revokeObjectURL(url), 60_000);
      } catch (problem) {
        answer.textContent = problem.status ? problem.message : words.networkError(`“${words.calendar}”`);
      }
    }),
  );
  return element('div', { className: 'actions' }, button, answer);
}

function NoSeat({ unplaced }) {
  return element('section', { className: 'card' }, element('h2', { textContent: words.noGroup }), element('p', { textContent: unplaced }));
}

function Answers(page) {
  const { event, email, answers, editable, state } = page;
  const zone = event.places.some((place) => !place.online) ? usable(event.timezone) : usable(answers.timezone);
  const list = (ids) => {
    const days = inWords(event.slots, ids, zone).map(({ day, times }) => element('li', { textContent: `${day}: ${times}` }));
    return days.length ? [element('ul', { className: 'plain' }, ...days)] : '';
  };
  const placeNames = event.places.filter((place) => answers.places.includes(place.id)).map((place) => place.name);
  const section = element(
    'section',
    { className: 'answers' },
    element('h2', { textContent: words.yourAnswers }),
    facts([
      [words.nameFact, answers.name],
      [words.emailFact, email],
      [words.levelFact, words.levels[answers.level - 1]],
      [words.goalFact, answers.goal],
      [words.topicsFact, answers.topics.join(', ')],
      [words.whereFact, event.places.length > 1 ? placeNames.join(', ') || words.anywhere : ''],
      [words.freeFact, list(answers.free) || words.noTimes],
      [words.needFact, list(answers.if_need_be)],
      [words.zoneFact, words.timesIn(moment(event.first_start, zone).split(' ').pop(), zone)],
      [words.groupSees, answers.shares ? words.groupSeesName : words.groupSeesNothing],
      [words.hostFact, answers.host ? words.hostYes : ''],
    ]),
  );
  if (editable) {
    const edit = element('button', { type: 'button', className: 'quiet', textContent: words.edit });
    edit.addEventListener('click', () => section.replaceWith(EditForm(page)));
    const actions = element('div', { className: 'actions' }, edit);
    if (state !== 'withdrawn') actions.append(action('withdraw', words.withdraw, 'quiet'));
    section.append(actions);
  }
  return section;
}

function EditForm(page) {
  const { event, answers } = page;
  const form = element('form', { noValidate: true, className: 'edit' });
  form.innerHTML = /* html */ `
    <h2 tabindex="-1">${words.editTitle}</h2>
    <div data-part="questions"></div>
    <div class="send">
      <p class="form-problem" role="alert"></p>
      <div class="actions">
        <button type="submit">${words.saveAnswers}</button>
        <button type="button" class="quiet" data-do="leave">${words.leaveAnswers}</button>
      </div>
    </div>
  `;
  const questions = AnswersFields(form.querySelector('[data-part="questions"]'), { event, timezone: answers.timezone });
  questions.fill(answers);

  form.querySelector('[data-do="leave"]').addEventListener('click', () => {
    show(page);
    announce(false);
  });
  form.addEventListener('submit', (submission) => {
    submission.preventDefault();
    clearProblems(form);
    const missing = questions.missing();
    if (missing.length) {
      markFields(form, missing);
      return;
    }
    whileBusy(form.querySelector('[type="submit"]'), async () => {
      try {
        show(await call('api/me', { method: 'PUT', body: { ...answers, ...questions.read() }, token }));
        announce(true);
      } catch (problem) {
        showProblem(form, problem, words.saveAnswers);
      }
    });
  });
  setTimeout(() => form.querySelector('h2').focus());
  return form;
}
