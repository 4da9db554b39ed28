/** What a person answered, and the way to change it. */

import words from '../messages/me.js';
import questions from '../messages/sign-up.js';
import { reader } from './messages.js';
import { fold, press } from './press.js';
import { element, facts } from './private.js';
import { inWords } from './spoken.js';
import { local, zoneName } from './times.js';
import { usable } from './zones.js';

const t = reader(questions, words);

/**
 * @param {object} my the page's own state and acts
 * @param {object} page MyPage of the API
 * @param {{ folded: boolean; withdraw: Element }} options
 */
export function Answers(my, page, { folded, withdraw }) {
  const inside = () => {
    const list = Facts(page);
    if (!page.editable) return [list];
    const change = press(t('edit'), 'quiet', async () => edit(my));
    return [list, element('div', { className: 'actions' }, change, withdraw)];
  };
  const el = folded
    ? fold(t('yourAnswers'), inside)
    : element('section', {}, element('h2', { textContent: t('yourAnswers') }), ...inside());
  el.classList.add('answers');
  return el;
}

/** Puts the form with the questions where the answers stand. */
export async function edit(my) {
  const { EditForm } = await import('./edit.js');
  const form = EditForm(my);
  document.querySelector('.answers').replaceWith(form);
  form.querySelector('h2').focus();
}

function Facts({ event, email, answers }) {
  const { shares, warm_up: warmUp } = answers;
  const zone = event.places.some((place) => !place.online) ? usable(event.timezone) : usable(answers.timezone);
  const list = (ids) => {
    const days = inWords(event.slots, ids, zone).map((one) => element('li', { textContent: t('onDay', one) }));
    return days.length ? [element('ul', { className: 'plain' }, ...days)] : '';
  };
  const placeNames = event.places.filter((place) => answers.places.includes(place.id)).map((place) => place.name);
  return facts([
    [t('nameFact'), answers.name],
    [t('emailFact'), email],
    [t('levelFact'), t(`levels.${answers.level}`)],
    [t('goalFact'), answers.goal],
    [t('warmUpFact'), warmUp],
    [t('topicsFact'), answers.topics.join(', ')],
    [t('whereFact'), event.places.length > 1 ? placeNames.join(', ') || t('anywhere') : ''],
    [t('freeFact'), list(answers.free) || t('noTimes')],
    [t('needFact'), list(answers.if_need_be)],
    [t('zoneFact'), t('timesIn', { zone: zoneName(zone), offset: local(event.first_start, zone).offset })],
    [t('groupSees'), t(shares ? (warmUp ? 'groupSeesAll' : 'groupSeesName') : 'groupSeesNothing')],
    [t('hostFact'), answers.host ? t('hostYes') : ''],
  ]);
}
