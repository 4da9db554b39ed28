/** The sign-up page: says what the event is, asks the questions, sends them once. */

import { AnswersFields } from './answers.js';
import { call, island } from './api.js';
import { bird } from './birds.js';
import { Draft } from './draft.js';
import { clearProblems, markFields, showProblem, whileBusy } from './fields.js';
import { askAgain, Resend } from './resend.js';
import { dayName, hereZone, length, local, minutesBetween, moment } from './times.js';
import { words } from './words.js';
import { leadingZone } from './zones.js';

const title = document.querySelector('h1');
const lead = document.querySelector('.lead');
const about = document.getElementById('about');
const form = document.getElementById('sign-up');
const outcome = document.getElementById('outcome');
const resend = document.getElementById('resend');

const event = island();

if (!event || event.problem) {
  const missing = !event || event.problem.status === 404;
  title.textContent = missing ? words.noSuchEvent : words.notNow;
  document.title = `${title.textContent} – Covey`;
  lead.textContent = missing ? words.noSuchEventHelp : event.problem.detail;
} else {
  title.textContent = event.title;
  document.title = `${event.title} – Covey`;
  remember(event);
  if (event.accepts_sign_ups) {
    About(about, event);
    SignUp(event);
  } else {
    const sentences = standing(event);
    lead.textContent = sentences[0];
    about.append(...sentences.slice(1).map(paragraph));
  }
  const known = event.state !== 'unconfirmed' && event.state !== 'cancelled';
  if (known) Resend(resend, { eventId: event.id, open: !event.accepts_sign_ups || location.hash === '#resend' });
}

/** Why nobody can sign up now, and what can be done instead. */
function standing(event) {
  const { state, organizer_name, closes_at, confirm_until } = event;
  const zone = leadingZone(event);
  if (state === 'unconfirmed') return [words.notOpenYet(organizer_name)];
  if (state === 'cancelled') return [words.cancelled(organizer_name)];
  const closed = words.closedAt(moment(closes_at, zone));
  if (state === 'published') return [closed, words.goneOut];
  const late = new Date() < new Date(confirm_until) && ['open', 'closed'].includes(state);
  return [closed, late ? words.confirmUntil(moment(confirm_until, zone)) : words.making];
}

/** The event in a few facts, before the questions. */
function About(el, event) {
  const { description, organizer_name, places, slots, group_size, closes_at } = event;
  const zone = leadingZone(event);
  const starts = slots.map((slot) => slot.start).sort();
  const lengths = [...new Set(slots.map((slot) => minutesBetween(slot.start, slot.end)))];
  const days = words.days(dayName(local(starts[0], zone)), dayName(local(starts[starts.length - 1], zone)));
  const facts = [
    [words.organizer, organizer_name],
    [words.sessions, `${days}${lengths.length === 1 ? `, ${length(lengths[0])} each` : ''}`],
    places.length < 2 && [words.whereFact, places.every((place) => place.online) ? 'Online' : places[0].name],
    [words.groups, words.groupSize(group_size)],
    [words.signUpBy, moment(closes_at, zone)],
  ].filter(Boolean);

  if (description) el.append(Object.assign(paragraph(description), { className: 'description' }));
  const list = document.createElement('dl');
  list.className = 'facts';
  for (const [term, fact] of facts) {
    list.append(Object.assign(document.createElement('dt'), { textContent: term }));
    list.append(Object.assign(document.createElement('dd'), { textContent: fact }));
  }
  el.append(list);
}

function SignUp(event) {
  const draft = Draft(event.id);
  const questions = AnswersFields(document.getElementById('questions'), {
    event,
    email: true,
    timezone: draft.answers?.timezone,
  });
  const email = form.querySelector('[name="email"]');
  const button = form.querySelector('[type="submit"]');

  if (draft.answers) {
    questions.fill(draft.answers, draft.answers.placed);
    email.value = draft.answers.email ?? '';
  }
  form.hidden = false;

  const keep = () => draft.keep({ ...questions.read(), email: email.value, placed: questions.placed() });
  form.addEventListener('input', keep);
  form.addEventListener('change', keep);

  form.addEventListener('submit', (submission) => {
    submission.preventDefault();
    clearProblems(form);
    const missing = questions.missing();
    if (missing.length) {
      markFields(form, missing);
      return;
    }
    whileBusy(button, async () => {
      const address = email.value.trim();
      const body = { ...questions.read(), email: address, token: draft.tokenFor(address) };
      try {
        const answer = await call(`api/events/${event.id}/attendees`, { method: 'POST', body, again: true });
        draft.clear();
        showOutcome(answer, address);
      } catch (problem) {
        showProblem(form, problem, words.save);
      }
    });
  });

  function showOutcome({ message, meaning }, address) {
    form.hidden = true;
    resend.hidden = true;
    outcome.innerHTML = /* html */ `
      <h2>${words.lookInMail}</h2>
      <p class="message"></p>
      <p class="meaning" hidden></p>
      <p class="after"></p>
      <div class="actions">
        <button type="button" class="quiet" data-do="fix">Wrong address? Fix it</button>
        <button type="button" class="quiet" data-do="again">No mail yet? Send it again</button>
      </div>
      <p class="answer" role="status"></p>
    `;
    const hopping = bird(0);
    hopping.classList.add('hop');
    outcome.prepend(hopping);
    outcome.querySelector('.message').textContent = message;
    const meaningEl = outcome.querySelector('.meaning');
    meaningEl.textContent = meaning ?? '';
    meaningEl.hidden = !meaning;
    outcome.querySelector('.after').textContent = words.groupsAfter(moment(event.confirm_until, leadingZone(event)));

    outcome.querySelector('[data-do="fix"]').addEventListener('click', () => {
      outcome.hidden = true;
      form.hidden = false;
      resend.hidden = false;
      keep();
      email.focus();
      email.select();
    });
    const again = outcome.querySelector('[data-do="again"]');
    const answer = outcome.querySelector('.answer');
    again.addEventListener('click', () =>
      whileBusy(again, async () => {
        try {
          answer.textContent = (await askAgain(event.id, address)).message;
        } catch (problem) {
          answer.textContent = problem.message || words.networkError('“Send it again”');
        }
      }),
    );
    outcome.hidden = false;
    outcome.focus();
    outcome.scrollIntoView({ block: 'start' });
    document.title = `${words.lookInMail} – ${event.title}`;
  }
}

/** So that a private page whose link broke can say where to ask for a new one. */
function remember({ id, title }) {
  try {
    localStorage.setItem('covey:event', JSON.stringify({ id, title }));
  } catch {
    // Only a convenience.
  }
}

function paragraph(text) {
  return Object.assign(document.createElement('p'), { textContent: text });
}
