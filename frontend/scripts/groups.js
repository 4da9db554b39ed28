/** The groups of a plan as cards, and the people without one with the reason. */

import words from '../messages/watch.js';
import { flock } from './birds.js';
import { reader } from './messages.js';
import { element } from './private.js';
import { span } from './spoken.js';

const t = reader(words);

/** @param {object} plan of the API */
export function Groups(plan, zone) {
  const section = element(
    'section',
    { className: 'groups' },
    element('h2', { textContent: t('groups') }),
    element('p', { textContent: t('placedOf', { placed: plan.placed, count: plan.placed + plan.unplaced.length }) }),
    ...plan.groups.map((group) => Card(group, zone)),
  );
  if (plan.unplaced.length) {
    section.append(
      element('h3', { textContent: t('without') }),
      element('ul', {}, ...plan.unplaced.map(({ name, reason }) => person(name, t('told', { why: reason })))),
    );
  }
  return section;
}

function Card({ title, subtitle, start, end, place, host, weak, bird, members }, zone) {
  const facts = [place?.name, t('members', { count: members.length }), host && t('host', { name: host }), weak && t('weak')];
  return element(
    'article',
    { className: 'card' },
    flock(members.length, bird),
    element('h3', { textContent: title }),
    subtitle ? element('p', { className: 'subtitle', textContent: subtitle }) : '',
    element('p', {}, element('strong', { textContent: span(start, end, zone) })),
    element('p', { className: 'hint', textContent: facts.filter(Boolean).join(' · ') }),
    element('ul', {}, ...members.map(({ name, why }) => person(name, why && t('told', { why })))),
  );
}

function person(name, what) {
  return element('li', {}, element('strong', { textContent: name }), what ? ` – ${what}` : '');
}
