/** The organizer's private page: looks again every few seconds while something is going on, redraws only what changed. */

import words from '../messages/watch.js';
import { call } from './api.js';
import { flock } from './birds.js';
import { Delivery, LookUp } from './delivery.js';
import { Groups } from './groups.js';
import { Heatmap } from './heatmap.js';
import { Decision, Upkeep } from './mending.js';
import { reader } from './messages.js';
import { element, open, say, token } from './private.js';
import { Share } from './share.js';
import { NextStep, standing, Steering } from './steering.js';
import { local } from './times.js';
import { details, forget } from './watching.js';
import { usable } from './zones.js';

const t = reader(words);

const QUICK = 4_000;
const CALM = 15_000;
const HIGHEST_PAUSE = 60_000;
const LETTERS = ['sent', 'sending', 'pending', 'failed', 'bounced', 'suppressed', 'unknown'];

const updated = document.querySelector('.updated');
const content = document.getElementById('content');

let watch = null;
let lead = null;
let complete = true;
let timer = 0;
let failures = 0;
let refusal = '';

open(async (first) => {
  await show(first);
  schedule();
});
document.addEventListener('visibilitychange', () => {
  if (watch && !document.hidden && pause(watch)) look();
});

/** How long until another look makes sense; 0 when nothing more will happen by itself. */
function pause({ event, letters, asked }) {
  if (!complete) return CALM;
  if (['closed', 'matching', 'publishing'].includes(event.state) || letters.pending + letters.sending > 0) return QUICK;
  return asked || ['open', 'held', 'draft'].includes(event.state) ? CALM : 0;
}

function schedule() {
  clearTimeout(timer);
  const wait = pause(watch);
  if (wait && !document.hidden) timer = setTimeout(look, Math.min(HIGHEST_PAUSE, wait * 2 ** failures));
}

async function look() {
  try {
    await show(await call('api/organizer', { token }));
    failures = 0;
  } catch {
    failures += 1;
    updated.textContent = t('stale');
  }
  schedule();
}

/** Posts what the organizer decided and shows what came of it. */
async function act(path, body = {}, { stay = false } = {}) {
  const next = await call(`api/organizer/${path}`, { method: 'POST', body, token });
  await show(next);
  schedule();
  if (stay) return;
  lead.tabIndex = -1;
  lead.focus();
}

/** Shows what came of a decision about letters, or why it was refused, and takes the person to those that are left. */
async function decided(refused = '') {
  forget();
  refusal = refused;
  await show(await call('api/organizer', { token }));
  schedule();
  const left = content.querySelector('.delivery h2') ?? lead;
  left.tabIndex = -1;
  left.focus();
}

async function show(next) {
  const { people, plan, delivery, fresh } = await details(next);
  complete = fresh;
  watch = next;
  const { event } = watch;
  const now = new Date().toISOString();
  const here = local(now, usable(''));

  document.title = t('tab', { title: event.title });
  if (lead) {
    setText(lead, standing(watch, now));
  } else {
    lead = say(event.title, standing(watch, now));
    lead.setAttribute('role', 'status');
  }
  updated.textContent = complete ? t(pause(watch) ? 'updated' : 'asOf', { time: `${here.time} ${here.offset}` }) : t('stale');

  part('act', [event.state, watch.held], () => NextStep(watch, act));
  part('decision', watch.asked, () => Decision(watch, act));
  part('delivery', [delivery, refusal], () => Delivery(delivery, usable(event.timezone), decided, refusal));
  part('share', [event.accepts_sign_ups, watch.sign_up_link], () => event.accepts_sign_ups && ShareLink());
  part('groups', plan, () => plan && Groups(plan, usable(event.timezone)));
  part('numbers', [event.state, event.accepts_sign_ups, watch.counts], Numbers);
  part('heatmap', [watch.heatmap, event.slots], FreeWhen);
  part('steering', [event.state, event.accepts_sign_ups, event.closes_at, watch.review, watch.confirm_minutes], () => Steering(watch, act));
  part('upkeep', [event.state, watch.repairs, watch.release], () => Upkeep(watch, act));
  part('people', [event.state, people], () => event.state !== 'unconfirmed' && people && People(people));
  part('letters', [watch.letters, watch.trouble], Letters);
  part('look-up', [event.state === 'unconfirmed'], () => event.state !== 'unconfirmed' && LookUp(usable(event.timezone)));
}

/** Redraws a part of the page when what it shows has changed, so that nobody loses their place in the others. */
function part(name, data, draw) {
  let el = content.querySelector(`[data-part="${name}"]`);
  if (!el) {
    el = element('div');
    el.dataset.part = name;
    content.append(el);
  }
  const seen = JSON.stringify(data);
  if (el.seen === seen) return;
  el.seen = seen;
  el.replaceChildren(...[draw() || []].flat());
}

function setText(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

function ShareLink() {
  const el = element('section', { className: 'card' });
  Share(el, { link: watch.sign_up_link, eventId: watch.event.id, title: watch.event.title });
  el.append(element('p', {}, element('a', { href: watch.sign_up_link, textContent: t('seePage') })));
  return el;
}

function Numbers() {
  const { confirmed } = watch.counts;
  const shown = ['confirmed', 'unconfirmed', 'withdrawn', 'placed', 'unplaced', 'unreachable', 'coming'].filter(
    (name) => name === 'confirmed' || watch.counts[name] > 0,
  );
  const said = (name) => (name === 'confirmed' && watch.most ? t('confirmedOf', { most: watch.most }) : t(`counts.${name}`));
  if (watch.event.state === 'unconfirmed') return null;
  if (!watch.counts.confirmed && shown.length === 1) return Nobody();
  return element(
    'section',
    {},
    element('h2', { textContent: t('numbers') }),
    confirmed ? flock(confirmed, 0, { most: 60 }) : '',
    numbers(shown.map((name) => [watch.counts[name], said(name)])),
  );
}

/** A place for birds to land. */
function Nobody() {
  const sharing = watch.event.accepts_sign_ups;
  return element(
    'section',
    { className: 'empty' },
    flock(1),
    element('p', {}, element('strong', { textContent: t(sharing ? 'nobody' : 'nobodyCame') })),
    sharing ? element('p', { className: 'hint', textContent: t('nobodyHint') }) : '',
  );
}

function numbers(pairs) {
  return element(
    'ul',
    { className: 'numbers' },
    ...pairs.map(([number, what]) => element('li', {}, element('strong', { textContent: number }), ` ${what}`)),
  );
}

function FreeWhen() {
  const { heatmap, event, counts } = watch;
  if (!counts.confirmed && !counts.unconfirmed) return null;
  return element(
    'section',
    {},
    element('h2', { textContent: t('whoIsFree') }),
    ...Heatmap(heatmap, event.slots, usable(event.timezone)),
    element('p', { className: 'hint', textContent: t('heatmapKey') }),
  );
}

function People(people) {
  if (!people.length) return null;
  const order = ['unconfirmed', 'confirmed', 'withdrawn'];
  const sorted = [...people].sort(
    (one, other) => order.indexOf(one.state) - order.indexOf(other.state) || one.name.localeCompare(other.name),
  );
  const list = element('ul', { className: 'people' });
  for (const { name, email, state, level, free, goal, warm_up, coming, unreachable } of sorted) {
    const item = element(
      'li',
      {},
      element('p', {}, element('strong', { textContent: name }), ' ', element('span', { className: 'standing', textContent: coming ? t('coming') : t(`state.${state}`) })),
      element('p', { className: 'hint facts-line' }, ...[email, t(`levels.${level}`), free ? t('freeTimes', { count: free }) : t('freeNone')].map((fact) => element('span', { textContent: fact }))),
      goal ? element('p', { className: 'goal', textContent: goal }) : '',
      warm_up ? element('p', { className: 'hint', textContent: t('warmUp', { words: warm_up }) }) : '',
      unreachable ? element('p', { className: 'hint', textContent: unreachable }) : '',
    );
    item.dataset.state = state;
    list.append(item);
  }
  return element('section', {}, element('h2', { textContent: t('people') }), list);
}

function Letters() {
  const some = LETTERS.filter((name) => watch.letters[name] > 0);
  return element(
    'section',
    {},
    element('h2', { textContent: t('letters') }),
    some.length ? numbers(some.map((name) => [watch.letters[name], t(`letter.${name}`)])) : element('p', { textContent: t('noLetters') }),
    ...(watch.trouble ? [element('p', { textContent: t('trouble', { said: watch.trouble }) })] : []),
  );
}
