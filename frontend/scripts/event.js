/** The sign-up page: says what the event is, asks the questions, sends them once. */

import words from '../messages/sign-up.js';
import { AnswersFields } from './answers.js';
import { call, island } from './api.js';
import { Draft } from './draft.js';
import { clearProblems, markFields, showProblem, whileBusy } from './fields.js';
import { reader } from './messages.js';
import { dayName, length, local, minutesBetween, moment } from './times.js';
import { leadingZone } from './zones.js';

const t = reader(words);

const title = document.querySelector('h1');
const lead = document.querySelector('.lead');
const about = document.getElementById('about');
const form = document.getElementById('sign-up');
const outcome = document.getElementById('outcome');
const resend = document.getElementById('resend');

const event = island();

if (event?.accepts_sign_ups) {
  title.textContent = event.title;
  About(about, event);
  SignUp(event);
} else {
  const { closed } = await import('./closed.js');
  const now = closed(event);
  title.textContent = now.title;
  lead.textContent = now.lead;
  about.append(element('p', { textContent: now.more }));
}
document.title = `${title.textContent} – Covey`;
if (event?.id) {
  remember(event);
  if (!['unconfirmed', 'cancelled'].includes(event.state)) offerLink(!event.accepts_sign_ups || location.hash === '#resend');
}

/** The event in a few facts, before the questions. */
function About(el, event) {
  const { description, organizer_name, places, slots, group_size, closes_at } = event;
  const { min, max } = group_size;
  const zone = leadingZone(event);
  const starts = slots.map((slot) => slot.start).sort();
  const lengths = [...new Set(slots.map((slot) => minutesBetween(slot.start, slot.end)))];
  const [first, last] = [starts[0], starts.at(-1)].map((start) => dayName(local(start, zone)));
  const days = first === last ? first : t('days', { first, last });
  const facts = [
    [t('organizer'), organizer_name],
    [t('sessions'), lengths.length === 1 ? t('sessionsEach', { days, length: length(lengths[0]) }) : days],
    places.length < 2 && [t('whereFact'), places.every((place) => place.online) ? t('onlineFact') : places[0].name],
    [t('groups'), min === max ? t('groupSize', { count: max }) : t('groupSizes', { min, count: max })],
    [t('signUpBy'), moment(closes_at, zone)],
  ].filter(Boolean);

  const list = element('dl', { className: 'facts' });
  for (const [term, fact] of facts) {
    list.append(element('dt', { textContent: term }), element('dd', { textContent: fact }));
  }
  el.append(element('p', { className: 'description', textContent: description }), list);
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
  const save = button.textContent;

  if (draft.answers) {
    questions.fill(draft.answers, draft.answers.placed);
    email.value = draft.answers.email ?? '';
  }
  form.hidden = false;

  /** Shows either the form and all around it, or what came of it. */
  function turn(done) {
    for (const part of [lead, about, form, resend]) part.hidden = done;
    outcome.hidden = !done;
  }

  /** Back to the form with everything in it, to correct the address. */
  function onFix() {
    turn(false);
    keep();
    email.focus();
    email.select();
  }

  const keep = () => draft.keep({ ...questions.read(), email: email.value, placed: questions.placed() });
  form.addEventListener('input', keep);
  form.addEventListener('change', keep);
  // What follows a sign-up comes along while the form is being filled in, so that it is there even if the line drops.
  let next = null;
  form.addEventListener('input', () => (next ??= import('./outcome.js').catch(() => (next = null))));

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
        const part = (await next) ?? (await import('./outcome.js').catch(() => null));
        turn(true);
        if (part) part.Outcome(outcome, { answer, address, event, onFix });
        else outcome.textContent = answer.message;
      } catch (problem) {
        showProblem(form, problem, save);
      }
    });
  });
}

/** Asking for the private link again is rare on this page, so what it takes is fetched when it is wanted. */
function offerLink(open) {
  let there = null;
  const load = async () => (await import('./resend.js')).Resend(resend, event.id);
  resend.addEventListener('toggle', () => {
    if (resend.open) there ??= load().catch(() => (there = null));
  });
  resend.hidden = false;
  resend.open = open;
}

/** So that a private page whose link broke can say where to ask for a new one. */
function remember({ id, title }) {
  try {
    localStorage.setItem('covey:event', JSON.stringify({ id, title }));
  } catch {
    // Only a convenience.
  }
}

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}
