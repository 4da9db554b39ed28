/** The create page: six questions, sensible answers to the rest, one request however often the button is pressed. */

import words from '../messages/create.js';
import organizer from '../messages/organizer.js';
import shared from '../messages/shared.js';
import { call, root } from './api.js';
import { bird, flock } from './birds.js';
import { Draft } from './draft.js';
import { clearProblems, looksLikeEmail, markFields, showProblem, whileBusy } from './fields.js';
import { reader } from './messages.js';
import { inDaytime, sessionsOf } from './offer.js';
import { Places } from './places.js';
import { Share } from './share.js';
import { hereZone, local, moment, zoneName } from './times.js';
import { daysAfter, instantOf } from './written-times.js';
import { ZoneSelect } from './zones.js';

const t = reader(words, organizer, shared);

const form = document.getElementById('create');
const outcome = document.getElementById('outcome');
const button = form.querySelector('[type="submit"]');
const create = button.textContent;
const placesEl = document.getElementById('places');
const elsewhere = document.getElementById('elsewhere');
const fields = form.elements;
/** How much fairness the one tick box asks for, from 0 to 1. */
const EVEN = 0.5;
/** What `offered` found last. */
let kept = {};
/** The deadline that this page proposed by itself. */
let proposed = '';

const draft = Draft('new');
const places = Places(placesEl);
const today = local(new Date().toISOString(), hereZone()).day;
const soon = new Date(Date.now() + 14 * 86_400_000).toISOString();
ZoneSelect(fields.timezone, { value: hereZone(), instants: [soon] });
ZoneSelect(elsewhere, { value: hereZone(), instants: [soon] });
prefill();
if (draft.answers) restore(draft.answers);
follow();
form.hidden = false;

form.addEventListener('input', () => {
  draft.keep(answers());
  follow();
});
form.addEventListener('change', follow);
fields.first_day.addEventListener('change', () => {
  if (!fields.first_day.value) return;
  if (fields.last_day.value < fields.first_day.value) fields.last_day.value = daysAfter(fields.first_day.value, 4);
  // A deadline that the organizer chose stays as it is.
  if (fields.closes_at.value === proposed) propose();
  follow();
});

form.addEventListener('submit', (submission) => {
  submission.preventDefault();
  clearProblems(form);
  const missing = check();
  if (missing.length) {
    markFields(form, missing);
    return;
  }
  whileBusy(button, async () => {
    const body = request();
    try {
      const answer = await call('api/events', {
        method: 'POST',
        body: { ...body, token: draft.tokenFor(body.organizer_email) },
        again: true,
      });
      draft.clear();
      showOutcome(answer, body.title);
    } catch (problem) {
      showProblem(form, problem, create);
    }
  });
});

/** Three weeks from now, a working week, sign-up until two days before. */
function prefill() {
  const monday = (8 - new Date(`${today}T00:00:00Z`).getUTCDay()) % 7;
  const first = daysAfter(today, 14 + monday);
  fields.first_day.value = first;
  fields.last_day.value = daysAfter(first, 4);
  fields.first_day.min = fields.last_day.min = today;
  propose();
}

function propose() {
  proposed = fields.closes_at.value = `${daysAfter(fields.first_day.value, -2)}T18:00`;
}

/** What depends on other answers: a group's birds, places, the zone beside the deadline, how many sessions there are. */
function follow() {
  showGroup(Number(fields.size_min.value), Number(fields.size_max.value));
  placesEl.hidden = fields.where.value === 'online';
  document.getElementById('closes-zone').textContent = closesZone();
  const { sessions, days, dark } = offered();
  say('makes', days ? inAll(sessions.length, days, dark) : '');
  say('elsewhere', days ? fromElsewhere(sessions, sessions.length / days) : '');
}

/** How many sessions there are to choose from. */
function inAll(count, days, dark) {
  const sessions = t('sessions', { count });
  const makes = t('makes', { sessions, days: t('days', { count: days }), perDay: count / days });
  return dark ? `${makes} ${t('dark')}` : makes;
}

/** As many birds as a group may have; those beyond the fewest that it needs are faint. */
function showGroup(least, most) {
  const el = form.querySelector('[data-part="group"]');
  if (!(least >= 2 && least <= most && most <= 30)) return;
  el.replaceChildren(flock(most, 3));
  [...el.querySelectorAll('.bird')].slice(least).forEach((one) => one.classList.add('maybe'));
}

function say(part, sentence) {
  const el = form.querySelector(`[data-part="${part}"]`);
  if (el.textContent !== sentence) el.textContent = sentence;
}

function closesZone() {
  const zone = fields.timezone.value;
  const written = fields.closes_at.value;
  return written ? t('closesIn', { moment: moment(instantOf(written, zone), zone), zone: zoneName(zone) }) : zoneName(zone);
}

function fromElsewhere(sessions, perDay) {
  const zone = elsewhere.value;
  const [first, last] = [sessions[0], sessions[perDay - 1]].map(({ start }) => local(start, zone).time);
  const fitting = inDaytime(sessions, zone);
  if (!fitting) return t('elsewhereNone', { zone: zoneName(zone), first, last });
  return t('elsewhere', { zone: zoneName(zone), fitting, total: sessions.length });
}

/** The sessions that the form offers as it stands; the last ones are kept, since most typing does not change them. */
function offered() {
  const wanted = {
    firstDay: fields.first_day.value,
    lastDay: fields.last_day.value,
    dayStart: fields.day_start.value,
    dayEnd: fields.day_end.value,
    minutes: Number(fields.session_minutes.value),
    weekdays: weekdays(),
    zone: fields.timezone.value,
  };
  const key = JSON.stringify(wanted);
  if (kept.key !== key) {
    const sessions = Object.values(wanted).every(Boolean) ? sessionsOf(wanted) : [];
    const days = new Set(sessions.map(({ start }) => local(start, wanted.zone).day)).size;
    kept = { key, sessions, days, dark: inDaytime(sessions, wanted.zone) === 0 };
  }
  return kept;
}

function weekdays() {
  return [...form.querySelectorAll('[name="weekdays"]:checked')].map((box) => Number(box.value));
}

/** Everything as it stands in the form, to come back to after a reload. */
function answers() {
  const all = { weekdays: weekdays(), places: places.read(), more: form.querySelector('.more').open };
  for (const field of fields) {
    if (!field.name || field.name === 'weekdays') continue;
    if (field.type === 'radio') {
      if (field.checked) all[field.name] = field.value;
    } else all[field.name] = field.type === 'checkbox' ? field.checked : field.value;
  }
  return all;
}

function restore(all) {
  for (const [name, value] of Object.entries(all)) {
    if (name === 'weekdays') for (const box of form.querySelectorAll('[name="weekdays"]')) box.checked = value.includes(Number(box.value));
    else if (name === 'places') places.fill(value);
    else if (name === 'more') form.querySelector('.more').open = value;
    else if (fields[name]?.type === 'checkbox') fields[name].checked = value;
    else if (name === 'timezone') ZoneSelect(fields.timezone, { value, instants: [soon] });
    else if (fields[name]) fields[name].value = value;
  }
}

/** @returns {[field: string, sentence: string][]} what is missing or cannot be, in the order of the page */
function check() {
  const zone = fields.timezone.value;
  const [first, last] = [fields.first_day.value, fields.last_day.value];
  const [least, most] = [Number(fields.size_min.value), Number(fields.size_max.value)];
  const closes = fields.closes_at.value && instantOf(fields.closes_at.value, zone);
  const { sessions } = offered();
  const grace = fields.confirm_minutes.selectedOptions[0].text;
  const ready = new Date(closes).getTime() + Number(fields.confirm_minutes.value) * 60_000;
  return [
    [!fields.title.value.trim(), 'title', t('titleMissing')],
    [!first || !last, 'first_day', t('daysMissing')],
    [first && last && last < first, 'first_day', t('daysBackwards')],
    [!(least >= 2 && least <= most && most <= 30), 'group_size', t('sizeWrong')],
    [fields.where.value !== 'online' && !places.read().length, 'places', t('placeMissing')],
    [!closes, 'closes_at', t('closesMissing')],
    [closes && new Date(closes) <= new Date(), 'closes_at', t('closesPast')],
    [closes && sessions.length && ready >= new Date(sessions[0].start), 'closes_at', t('closesLate', { grace })],
    [!fields.organizer_name.value.trim(), 'organizer_name', t('nameMissing')],
    [!looksLikeEmail(fields.organizer_email.value), 'organizer_email', t('emailMissing')],
    [!weekdays().length, 'weekdays', t('weekdaysMissing')],
    [weekdays().length && first && last >= first && !sessions.length, 'day_start', t('hoursWrong')],
    [!enough(fields.most, least), 'most', t('peopleWrong', { least })],
  ]
    .filter(([wrong]) => wrong)
    .map(([, field, sentence]) => [field, sentence]);
}

/** Whether a field is empty, or says a whole number of people who make at least one group. */
const enough = ({ value, validity }, least) =>
  !validity.badInput && (!value || (Number.isInteger(Number(value)) && Number(value) >= least));

/** @returns the CreateRequest of the API, without its token */
function request() {
  const where = { online: [], places: places.read(), both: [...places.read(), { name: t('onlinePlace') }] }[fields.where.value];
  const body = {
    title: fields.title.value.trim(),
    organizer_name: fields.organizer_name.value.trim(),
    organizer_email: fields.organizer_email.value.trim(),
    timezone: fields.timezone.value,
    group_size: { min: Number(fields.size_min.value), max: Number(fields.size_max.value) },
    closes_at: instantOf(fields.closes_at.value, fields.timezone.value),
    first_day: fields.first_day.value,
    last_day: fields.last_day.value,
    session_minutes: Number(fields.session_minutes.value),
    day_start: fields.day_start.value,
    day_end: fields.day_end.value,
    weekdays: weekdays(),
    places: where,
    topics: [...new Set(fields.topics.value.split('\n').map((topic) => topic.trim()).filter(Boolean))],
    wishes: {
      levels: fields.levels.value || null,
      topics: Number(fields.weight.value),
      fairness: fields.fair.checked ? EVEN : 0,
      wildcard: fields.wildcard.checked,
    },
    description: fields.description.value.trim(),
    question: fields.question.value.trim(),
    most: Number(fields.most.value) || null,
    review: fields.review.checked,
    confirm_minutes: Number(fields.confirm_minutes.value),
    least_share: Number(fields.least_share.value),
    repairs: fields.repairs.checked ? 'ask' : 'auto',
    release: Number(fields.release.value),
  };
  if (fields.considered_start.value) body.considered_start = fields.considered_start.value;
  if (fields.considered_end.value) body.considered_end = fields.considered_end.value;
  return body;
}

function showOutcome({ id, message }, title) {
  form.hidden = true;
  for (const part of document.querySelectorAll('.lead, .flocks')) part.remove();
  outcome.innerHTML = /* html */ `
    <h2>${t('created')}</h2>
    <p class="message"></p>
    <div class="card">
      <div data-part="share"></div>
      <p class="hint">${t('createdLink')}</p>
    </div>
  `;
  const hopping = bird(0);
  hopping.classList.add('hop');
  outcome.prepend(hopping);
  outcome.querySelector('.message').textContent = message;
  const link = new URL(`${root}/e/${encodeURIComponent(id)}`, location.href).href;
  Share(outcome.querySelector('[data-part="share"]'), { link, eventId: id, title });
  outcome.hidden = false;
  outcome.focus();
  window.scrollTo(0, 0);
  document.title = t('tab', { title: t('created') });
}
