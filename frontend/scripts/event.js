/** The sign-up page: says what the event is, asks the questions, and where nobody can sign up says why. */

import shared from '../messages/shared.js';
import words from '../messages/sign-up.js';
import { AnswersFields } from './answers.js';
import { Draft } from './draft.js';
import { keep, recall } from './kept.js';
import { reader } from './messages.js';
import { dayName, fromNow, length, local, minutesBetween, moment } from './times.js';
import { leadingZone } from './zones.js';

const t = reader(shared, words);

const DAY = 24 * 60;

const title = document.querySelector('h1');
const lead = document.querySelector('.lead');
const about = document.getElementById('about');
const form = document.getElementById('sign-up');
const outcome = document.getElementById('outcome');
const resend = document.getElementById('resend');

const event = JSON.parse(document.getElementById('data').textContent);
const open = event?.accepts_sign_ups && !event.full;

const known = event?.id && !['unconfirmed', 'cancelled'].includes(event.state);
/** Who signed up in this browser before, if anybody did. */
const before = known && recall(`covey:in:${event.id}`);

// The page is painted while it waits for more, so what stands on top is right from the first.
if (event?.title) title.textContent = event.title;
if (open) {
  About(event);
  await SignUp(event);
} else {
  lead.hidden = true;
  (await import('./closed.js')).Closed({ title, lead, about }, event);
  about.after(outcome);
  await showBefore();
}
document.title = `${title.textContent} – Covey`;
if (event?.id) {
  // So that a private page whose link broke can say where to ask for a new one.
  keep('covey:event', { id: event.id, title: event.title });
}
if (known) offerLink(location.hash === '#resend' || !(open || before));

/** The event in a few facts, before the questions. */
function About({ description, organizer_name, places, slots, group_size, closes_at, ...event }) {
  const zone = leadingZone({ places, ...event });
  const starts = slots.map((slot) => slot.start).sort();
  const lengths = [...new Set(slots.map((slot) => minutesBetween(slot.start, slot.end)))];
  const [first, last] = [starts[0], starts.at(-1)].map((start) => dayName(local(start, zone)));
  const days = first === last ? first : t('days', { first, last });
  const { min, max } = group_size;
  const facts = [
    [t('organizer'), organizer_name],
    [t('sessions'), lengths.length === 1 ? t('sessionsEach', { days, length: length(lengths[0]) }) : days],
    places.length < 2 && [t('whereFact'), places.every((place) => place.online) ? t('onlineFact') : places[0].name],
    [t('groups'), min === max ? t('groupSize', { count: max }) : t('groupSizes', { min, count: max })],
    [t('signUpBy'), moment(closes_at, zone)],
  ].filter(Boolean);

  const list = element('dl', { className: 'facts' });
  for (const [term, fact] of facts) {
    list.append(element('dt', { textContent: term }), element('dd', { textContent: fact, dir: 'auto' }));
  }
  about.append(element('p', { className: 'description', textContent: description, dir: 'auto' }), list);

  const left = minutesBetween(new Date(), closes_at);
  if (left > 0 && left < DAY) Closing(list.lastChild, closes_at);

  const company = element('div', { className: 'company' });
  about.append(company);
  import('./company.js').then(({ Company }) => Company(company, event.id)).catch(() => {});
}

/** On the last day the time that is left stands before the exact time, and stays true while the page is open. */
function Closing(el, closesAt) {
  const left = element('strong');
  const tell = () => {
    const now = new Date();
    left.textContent = t(now < new Date(closesAt) ? 'closes' : 'closedAgo', { how: fromNow(closesAt, now) });
  };
  tell();
  setInterval(tell, 30_000);
  el.prepend(left, element('br'));
}

async function SignUp(event) {
  const draft = Draft(event.id);
  const { answers } = draft;
  const questions = AnswersFields(document.getElementById('questions'), { event, email: true, timezone: answers?.timezone });
  const { email } = form.elements;
  if (answers) {
    questions.fill(answers, answers.placed);
    email.value = answers.email ?? '';
  }

  /** Shows either the form and all around it, or something in its place. */
  function turn(away) {
    for (const part of [lead, about, form, resend]) part.hidden = away;
    outcome.hidden = !away;
  }

  const save = () => draft.keep({ ...questions.read(), email: email.value, placed: questions.placed() });
  // What sending takes comes along while the form is being filled in, so that it is there even if the line drops.
  let sending = null;
  const fetchSending = () => (sending ??= import('./sending.js').catch(() => (sending = null)));
  form.addEventListener('input', () => {
    save();
    fetchSending();
  });
  form.addEventListener('change', save);
  form.addEventListener('submit', async (submission) => {
    submission.preventDefault();
    const part = await fetchSending();
    if (part) part.send({ event, form, questions, draft, outcome, turn, save });
    else form.querySelector('.form-problem').textContent = t('networkError', { button: submission.submitter.textContent });
  });

  form.hidden = lead.hidden = await showBefore(() => {
    turn(false);
    form.querySelector('input').focus();
  });
}

/** Shows who signed up here before and says whether there was anybody; `onOther` lets somebody else do so. */
async function showBefore(onOther) {
  if (!before) return false;
  about.hidden = lead.hidden = open;
  try {
    (await import('./already.js')).Already(outcome, { event, before, onOther });
    return true;
  } catch {
    return false;
  } finally {
    about.hidden = false;
  }
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

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}
