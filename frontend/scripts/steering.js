/** What an organizer can do: open, move the deadline, close, hold, publish, decide, cancel. Nothing happens by itself. */

import words from '../messages/watch.js';
import organizer from '../messages/organizer.js';
import { clearProblems, markField, showProblem, whileBusy } from './fields.js';
import { reader } from './messages.js';
import { element } from './private.js';
import { fromNow, length, local, moment, zoneName } from './times.js';
import { instantOf, written } from './written-times.js';
import { usable } from './zones.js';

const t = reader(words, organizer);

const SHORT_GRACE = 15;
const DAY = 24 * 60 * 60_000;

/**
 * @param {object} watch Watch of the API
 * @param {(path: string, body?: object) => Promise<void>} act posts and shows the page as it is then
 */
export function Steering(watch, act) {
  const { state } = watch.event;
  const can = (...states) => states.includes(state);
  const controls = [
    can('open', 'closed', 'draft', 'held', 'unconfirmed') && Deadline(watch, act),
    can('open') && watch.event.accepts_sign_ups && Close(watch, act),
    can('open', 'closed', 'matching') && Hold(watch, act),
    can('unconfirmed', 'open', 'closed', 'matching', 'draft', 'held', 'published') && Cancel(watch, act),
  ].filter(Boolean);
  if (!controls.length) return null;
  return element('section', { className: 'steering' }, element('h2', { textContent: t('steer') }), ...controls);
}

/** The one thing that waits for the organizer, where there is one. */
export function NextStep(watch, act) {
  if (watch.held) return Choices(watch, act);
  if (watch.event.state === 'unconfirmed') {
    return control({ button: t('open'), className: 'primary', work: () => act('open') });
  }
  return watch.event.state === 'draft' ? PublishNow(act) : null;
}

/** Why the plan waits, and the ways on, each with what it leads to. */
function Choices(watch, act) {
  const { held, event } = watch;
  const ways = {
    extend: () => document.getElementById('closes-at')?.focus(),
    smaller: (value) => act('change', { group_size: { min: Number(value), max: event.group_size.max } }),
    slot: (value) => act('change', { offer: [value] }),
    publish: () => act('publish'),
    cancel: () => document.querySelector('.cancel [data-do]')?.click(),
  };
  const list = element('ul', { className: 'choices' });
  for (const choice of held.choices) {
    const way = control({
      button: t(`act.${choice.act}`),
      className: choice.act === 'publish' ? 'primary' : 'quiet',
      work: async () => ways[choice.act]?.(choice.value),
    });
    way.prepend(element('p', { textContent: choice.sentence }));
    list.append(element('li', {}, way));
  }
  return element(
    'section',
    { className: 'card held' },
    element('h2', { textContent: t('choices') }),
    element('p', { textContent: `${held.sentence} ${held.otherwise}`.trim() }),
    list,
  );
}

function PublishNow(act) {
  return control({ hint: t('publishHint'), button: t('publish'), className: 'primary', work: () => act('publish') });
}

function Deadline(watch, act) {
  const { event } = watch;
  const zone = usable(event.timezone);
  const reopens = event.state !== 'unconfirmed' && !event.accepts_sign_ups;
  const form = control({
    button: reopens ? t('reopen') : t('moveDeadline'),
    className: 'quiet',
    async work() {
      if (!input.value) {
        markField(form, 'closes_at', t('closesMissing'));
        input.focus();
        return;
      }
      await act('deadline', { closes_at: instantOf(input.value, zone) });
    },
  });
  // A deadline that is over says nothing of the next one, but the hour may be the same tomorrow.
  const proposed = reopens ? new Date(Math.max(new Date(event.closes_at), Date.now()) + DAY).toISOString() : event.closes_at;
  const input = element('input', { type: 'datetime-local', id: 'closes-at', value: written(proposed, zone) });
  const offset = local(event.closes_at, zone).offset;
  const field = element(
    'div',
    { className: 'field' },
    element('label', { htmlFor: 'closes-at', textContent: t('deadline') }),
    input,
    element('p', { className: 'hint', textContent: `${zoneName(zone)} (${offset})` }),
  );
  field.dataset.field = 'closes_at';
  form.prepend(field);
  return form;
}

function Close(watch, act) {
  const form = control({
    button: t('closeNow'),
    className: 'quiet',
    work: () => act('close', { confirm_minutes: Number(new FormData(form).get('grace')) }),
  });
  const usual = watch.confirm_minutes;
  const options = [
    [usual, t('graceUsual', { length: length(usual) })],
    [SHORT_GRACE, t('graceShort', { length: length(SHORT_GRACE) })],
    [0, t('graceNone')],
  ].filter(([minutes], index) => index === 0 || minutes !== usual);
  const group = element('fieldset', { className: 'field' }, element('legend', { textContent: t('closeNow') }));
  group.append(element('p', { className: 'hint', textContent: t('closeHint') }));
  options.forEach(([minutes, text], index) => {
    const radio = element('input', { type: 'radio', name: 'grace', value: minutes, checked: index === 0 });
    group.append(element('label', { className: 'choice' }, radio, element('span', { textContent: text })));
  });
  form.prepend(group);
  return form;
}

function Hold(watch, act) {
  if (watch.review) return element('p', { textContent: t('holding') });
  return control({ hint: t('holdHint'), button: t('hold'), className: 'quiet', work: () => act('hold') });
}

function Cancel(watch, act) {
  const { confirmed } = watch.counts;
  const box = element('div', { className: 'cancel' });
  const button = element('button', { type: 'button', className: 'danger', textContent: t('cancel') });
  button.dataset.do = 'ask';
  const dialog = element('dialog', { ariaLabel: t('cancelSure') });
  const form = control({
    hint: confirmed ? t('cancelEffect', { count: confirmed }) : t('cancelQuietly'),
    button: t('cancel'),
    className: 'danger',
    async work() {
      await act('cancel');
      dialog.close();
    },
  });
  const keep = element('button', { type: 'button', className: 'primary', textContent: t('keep') });
  keep.addEventListener('click', () => dialog.close());
  button.addEventListener('click', () => dialog.showModal());
  form.querySelector('[type="submit"]').before(keep);
  dialog.append(element('h2', { textContent: t('cancelSure') }), form);
  box.append(button, dialog);
  return box;
}

/** A small form of one button that says when something went wrong. */
export function control({ hint = '', button: label, className, work }) {
  const form = element('form', { noValidate: true, className: 'control' });
  const button = element('button', { type: 'submit', className, textContent: label });
  const problemEl = element('p', { className: 'form-problem' });
  problemEl.setAttribute('role', 'alert');
  form.append(hint ? element('p', { className: 'hint', textContent: hint }) : '', element('div', { className: 'actions' }, button), problemEl);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    clearProblems(form);
    whileBusy(button, async () => {
      try {
        await work();
      } catch (problem) {
        showProblem(form, problem, label);
      }
    });
  });
  return form;
}

/** Where the event stands, in one sentence. */
export function standing({ event, match_at, asked }, now) {
  const zone = usable(event.timezone);
  const closes = moment(event.closes_at, zone);
  if (event.state === 'open' && !event.accepts_sign_ups) return t('stand.overdue', { closes });
  if (asked?.state === 'asked') return t('stand.asked');
  const match = match_at ? fromNow(match_at, now) : '';
  return t(`stand.${event.state}`, { closes, left: fromNow(event.closes_at, now), match });
}
