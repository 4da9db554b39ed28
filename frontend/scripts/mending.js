/** Groups that went out: the repair that waits for its organizer, and the rules by which Covey looks after them. */

import words from '../messages/mending.js';
import { reader } from './messages.js';
import { element } from './private.js';
import { control } from './steering.js';

const t = reader(words);

const HOURS = [0, 12, 24, 48, 72, 168];

/**
 * What happened to the groups, and the ways on, each with what it leads to.
 *
 * @param {object} watch Watch of the API
 * @param {(path: string, body?: object) => Promise<void>} act posts and shows the page as it is then
 */
export function Decision({ asked }, act) {
  if (!asked) return null;
  const el = element('section', { className: 'card held' }, element('h2', { textContent: t('asked') }));
  if (asked.state !== 'asked') {
    el.append(element('p', { textContent: [asked.sentence, t(`state.${asked.state}`)].join(' ').trim() }));
    return el;
  }
  const dissolves = asked.choices.some((choice) => choice.act === 'dissolve');
  const list = element('ul', { className: 'choices' });
  for (const { act: way, sentence, value } of asked.choices) {
    const leaves = way === 'leave';
    const form = control({
      button: leaves ? t(dissolves ? 'act.keep' : 'act.leave') : t(`act.${way}`),
      className: leaves ? 'quiet' : 'primary',
      work: () => act('mend', { plan: value, act: leaves ? 'leave' : 'mend' }),
    });
    form.prepend(element('p', { textContent: sentence }));
    list.append(element('li', {}, form));
  }
  el.append(element('p', { textContent: asked.sentence }), list, element('p', { className: 'hint', textContent: asked.otherwise }));
  return el;
}

/**
 * Whether repairs wait for the organizer, and when unanswered seats are freed.
 *
 * @param {object} watch Watch of the API
 * @param {(path: string, body: object, options: { stay: boolean }) => Promise<void>} act as above, and the focus stays
 */
export function Upkeep({ event, repairs, release }, act) {
  if (event.state === 'cancelled') return null;
  const form = control({
    button: t('save'),
    className: 'quiet',
    async work() {
      const chosen = new FormData(form);
      await act('upkeep', { repairs: chosen.get('repairs'), release: Number(chosen.get('release')) }, { stay: true });
      // The form may be another one by now.
      document.querySelector('.upkeep [type="submit"]').focus();
      document.querySelector('.upkeep .saved').textContent = t('saved');
    },
  });
  const group = element('fieldset', { className: 'field' }, element('legend', { textContent: t('repairs') }));
  for (const way of ['auto', 'ask']) {
    const radio = element('input', { type: 'radio', name: 'repairs', value: way, checked: way === repairs });
    group.append(element('label', { className: 'choice' }, radio, element('span', { textContent: t(`repairs.${way}`) })));
  }
  const select = element('select', { id: 'release', name: 'release' });
  for (const hours of [...new Set([...HOURS, release])].sort((one, other) => one - other)) {
    select.append(element('option', { value: hours, selected: hours === release, textContent: hours ? before(hours) : t('never') }));
  }
  const field = element(
    'div',
    { className: 'field' },
    element('label', { htmlFor: 'release', textContent: t('release') }),
    element('p', { className: 'hint', id: 'release-hint', textContent: t('releaseHint') }),
    select,
  );
  select.setAttribute('aria-describedby', 'release-hint');
  group.dataset.field = 'repairs';
  field.dataset.field = 'release';
  form.prepend(group, field);
  const saved = element('p', { className: 'hint saved' });
  saved.setAttribute('role', 'status');
  form.append(saved);
  return element('section', { className: 'upkeep' }, element('h2', { textContent: t('upkeep') }), form);
}

function before(hours) {
  return hours % 24 ? t('hours', { count: hours }) : t('days', { count: hours / 24 });
}
