/** Letters that need the organizer, each with what can be done and what comes of it; and one person's, looked up. */

import words from '../messages/delivery.js';
import { call } from './api.js';
import { clearProblems, looksLikeEmail, markField, showProblem, whileBusy } from './fields.js';
import { reader } from './messages.js';
import { press } from './press.js';
import { element, token } from './private.js';
import { moment } from './times.js';

const t = reader(words);

const PATH = 'api/organizer/letters';

/**
 * What needs somebody; null where nothing does.
 *
 * @param {object | null} delivery DeliveryView of the API
 * @param {string} zone in which times are told
 * @param {(refused?: string) => Promise<void>} after shows the page as it is once something was decided, or refused
 * @param {string} refused why the last decision was not taken; it stands above what there is to decide now
 */
export function Delivery(delivery, zone, after, refused = '') {
  const { counts, letters, next, unreachable, unreachable_count: lost } = delivery ?? { counts: {}, letters: [], unreachable: [] };
  const decide = (act, rest) => async () => {
    try {
      await call(PATH, { method: 'POST', body: { act, ...rest }, token, again: true });
    } catch (problem) {
      // It is not as it was shown, so the same press would be refused for ever.
      if (![404, 409].includes(problem.status)) throw problem;
      return after(problem.message);
    }
    return after();
  };
  const rows = (state, doing) =>
    letters.filter((one) => one.state === state).map((one) => Row(nameOf(one), about(one, zone), doing(one)));
  // Whatever is not among the first letters is there all the same, and can be looked at.
  const has = (state, shown) => shown.length || (next && counts[state]);
  const rest = (state, shown) => next && counts[state] > shown.length && t('shown', { count: shown.length });

  const unknown = rows('unknown', (one) => [
    press(t('arrived'), 'quiet', decide('arrived', { letter: keyOf(one) })),
    press(t('again'), 'quiet', decide('again', { letter: keyOf(one) })),
  ]);
  const failed = rows('failed', (one) => [press(t('tryOne'), 'quiet', decide('again', { letter: keyOf(one) }))]);
  const reasons = new Set(letters.filter(({ state }) => state === 'failed').map(({ reason }) => reason));
  const people = unreachable.map(({ id, first_name: name, email, why }) =>
    Row(name, [email, why], [press(t('works'), 'quiet', decide('reachable', { person: id }))]),
  );
  const parts = [
    has('unknown', unknown) && Part(t('unknown', { count: counts.unknown }), [t('unknownWhy', { count: counts.unknown })], unknown, rest('unknown', unknown)),
    has('failed', failed) &&
      Part(
        t('failed', { count: counts.failed }),
        [...[...reasons].slice(0, 3).map((reason) => t('said', { reason })), t('failedWhy')],
        failed,
        rest('failed', failed),
        counts.failed > 1 ? press(t('tryAll', { count: counts.failed }), 'primary', decide('failed')) : null,
      ),
    next && press(t('showMore'), 'quiet', showMore),
    people.length && Part(t('unreachable', { count: lost }), [t('unreachableWhy')], people, lost > people.length && t('more', { count: people.length })),
  ].filter(Boolean);
  if (!parts.length && !refused) return null;
  const heading = element('h2', { textContent: t('title'), tabIndex: -1 });
  const why = refused ? [element('p', { className: 'form-problem', role: 'alert', textContent: refused })] : [];
  const section = element('section', { className: 'card delivery' }, heading, ...why, ...parts);
  return section;

  async function showMore() {
    const page = await call(`${PATH}?after=${encodeURIComponent(next)}`, { token });
    const longer = Delivery({ ...page, letters: [...letters, ...page.letters] }, zone, after);
    section.replaceWith(longer);
    longer.querySelector('h2').focus();
  }
}

/** One kind of trouble: how much, why, what comes of deciding, and of whom. */
function Part(title, sentences, rows, more, all) {
  return element(
    'section',
    {},
    element('h3', { textContent: title }),
    ...sentences.map((textContent) => element('p', { className: 'hint', textContent })),
    ...(all ? [all] : []),
    element('ul', { className: 'people' }, ...rows),
    ...(more ? [element('p', { className: 'hint', textContent: more })] : []),
  );
}

function Row(name, facts, doing) {
  return element(
    'li',
    {},
    element(
      'div',
      {},
      element('p', {}, element('strong', { textContent: name })),
      ...facts.map((textContent) => element('p', { className: 'hint', textContent })),
    ),
    element('div', { className: 'ways', role: 'group', ariaLabel: name }, ...doing),
  );
}

/** Looks up what became of one person's letters. */
export function LookUp(zone) {
  const button = element('button', { type: 'submit', className: 'quiet', textContent: t('look') });
  const input = element('input', { type: 'email', id: 'letters-of', name: 'email', autocomplete: 'off', spellcheck: false });
  const trouble = element('p', { className: 'form-problem' });
  const found = element('div', { className: 'found' });
  trouble.setAttribute('role', 'alert');
  found.setAttribute('role', 'status');
  const field = element(
    'div',
    { className: 'field' },
    element('label', { htmlFor: 'letters-of', textContent: t('address') }),
    input,
  );
  field.dataset.field = 'email';
  const form = element('form', { noValidate: true, className: 'control' }, field, element('div', { className: 'actions' }, button), trouble);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    clearProblems(form);
    found.replaceChildren();
    if (!looksLikeEmail(input.value)) {
      markField(form, 'email', t('addressMissing'));
      input.focus();
      return;
    }
    whileBusy(button, async () => {
      try {
        const body = { email: input.value.trim() };
        found.replaceChildren(...Letters(await call(`${PATH}/person`, { method: 'POST', body, token, again: true }), zone));
      } catch (problem) {
        showProblem(form, problem, t('look'));
      }
    });
  });
  return element('section', {}, element('h2', { textContent: t('lookUp') }), form, found);
}

function Letters({ first_name: name, unreachable, letters }, zone) {
  const rows = letters.map((one) =>
    element(
      'li',
      {},
      element('p', {}, t(`kind.${one.kind}`), ' ', element('span', { className: 'standing', textContent: t(`state.${one.state}`) })),
      ...[moment(one.decided_at, zone), one.reason]
        .filter(Boolean)
        .map((textContent) => element('p', { className: 'hint', textContent })),
    ),
  );
  return [
    element('h3', { textContent: t('of', { name }) }),
    element('p', { className: 'hint', textContent: unreachable || t('reached') }),
    rows.length ? element('ul', { className: 'people' }, ...rows) : element('p', { textContent: t('none') }),
  ];
}

function nameOf({ person, first_name: name, email }) {
  return person === 'organizer' ? t('you') : name || email;
}

function about({ person, email, kind, state, reason, kept, decided_at: when }, zone) {
  const whom = person === 'organizer' ? t('organizer') : email;
  const doubt = state === 'unknown' ? [reason, !kept && t('anew')] : [];
  return [whom, t('about', { what: t(`kind.${kind}`), when: moment(when, zone) }), ...doubt].filter(Boolean);
}

const keyOf = ({ person, kind, sequence, version }) => ({ person, kind, sequence, version });
