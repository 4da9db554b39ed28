/** The questions an attendee answers, at sign-up and when they change their mind. */

import words from '../messages/sign-up.js';
import { Availability } from './availability.js';
import { reader } from './messages.js';
import { leadingZone, usable } from './zones.js';

const t = reader(words);

/**
 * Builds the questions into an element; `input` bubbles from there with every change.
 *
 * With `email` the address is asked for too; `timezone` is the person's own, where they said so before.
 */
export function AnswersFields(el, { event, email = false, timezone = '' }) {
  const choosable = event.places.length > 1;
  const inPerson = event.places.some((place) => !place.online);

  el.innerHTML = /* html */ `
    <div class="field" data-field="name">
      <label for="name">${t('name')}</label>
      <p class="hint" id="name-hint">${t('nameHint')}</p>
      <input id="name" name="name" autocomplete="name" maxlength="100" aria-describedby="name-hint" required>
    </div>
    ${email ? emailField : ''}
    <fieldset class="field" data-field="level">
      <legend>${t('level')}</legend>
      <div class="choices">
        ${[1, 2, 3].map((level) => `<label class="choice"><input type="radio" name="level" value="${level}" required>${t(`levels.${level}`)}</label>`).join('')}
      </div>
    </fieldset>
    <div class="field" data-field="goal">
      <label for="goal">${t('goal')}</label>
      <p class="hint" id="goal-hint">${t('goalHint')}</p>
      <textarea id="goal" name="goal" rows="3" maxlength="1000" aria-describedby="goal-hint goal-count"></textarea>
      <p class="hint counter" id="goal-count"></p>
    </div>
    <fieldset class="field" data-field="topics">
      <legend>${t('topics')} <span class="optional">${t('optional')}</span></legend>
      <p class="hint">${t('topicsHint')}</p>
      <div class="chips"></div>
      <div class="own-topic">
        <label for="own-topic" class="small">${t('ownTopic')}</label>
        <div class="beside">
          <input id="own-topic" maxlength="60" autocomplete="off" placeholder=" ">
          <button type="button" class="quiet" data-do="add-topic">${t('addTopic')}</button>
        </div>
      </div>
    </fieldset>
    <fieldset class="field wide" data-field="free if_need_be timezone" tabindex="-1">
      <legend>${t('when')}</legend>
      <div data-part="availability"></div>
    </fieldset>
    ${choosable ? placesField : ''}
    <fieldset class="field" data-field="shares">
      <legend>${t('group')}</legend>
      <label class="choice"><input type="checkbox" name="shares" aria-describedby="shown privacy"><span>${t('shares')}</span></label>
      <p class="shown" id="shown" dir="auto"></p>
      <p class="hint" id="privacy"></p>
      ${email ? '' : hostField}
    </fieldset>
  `;

  const input = (name) => el.querySelector(`[name="${name}"]`);
  const chips = el.querySelector('.chips');
  const ownTopic = el.querySelector('#own-topic');
  const places = el.querySelector('[data-part="places"]');
  let own = usable(timezone);

  el.querySelector('#privacy').textContent = t('privacy', { organizer: event.organizer_name });
  event.topics.forEach((topic) => chips.append(chip(topic)));
  if (places) for (const place of event.places) places.append(placeChoice(place));

  const availability = Availability(el.querySelector('[data-part="availability"]'), {
    slots: event.slots,
    eventZone: event.timezone,
    zone: inPerson ? leadingZone(event) : own,
    inPerson,
  });

  el.addEventListener('input', followWords);
  el.querySelector('#zone').addEventListener('change', () => (own = availability.read().zone));
  el.querySelector('[data-do="add-topic"]').addEventListener('click', addOwnTopic);
  ownTopic.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    addOwnTopic();
  });
  places?.addEventListener('change', ({ target }) => {
    for (const box of places.querySelectorAll('input')) {
      if (target.checked && (target.value === '') !== (box.value === '')) box.checked = false;
    }
  });
  followWords();

  return {
    /** The Answers of the API, without the address. */
    read() {
      const { free, if_need_be } = availability.read();
      const typed = ownTopic.value.trim();
      return {
        name: input('name').value.trim(),
        level: Number(el.querySelector('[name="level"]:checked')?.value ?? 0),
        goal: input('goal').value.trim(),
        topics: [...new Set([...checked(chips), ...(typed ? [typed] : [])])],
        free,
        if_need_be,
        places: places ? checked(places).filter(Boolean) : [],
        host: Boolean(input('host')?.checked),
        timezone: own,
        shares: input('shares').checked,
      };
    },

    /** Whether a place, or Anywhere, was chosen: an empty list in the answers means the latter. */
    placed: () => !places || checked(places).length > 0,

    fill(answers, placed = true) {
      input('name').value = answers.name ?? '';
      const level = el.querySelector(`[name="level"][value="${Number(answers.level)}"]`);
      if (level) level.checked = true;
      input('goal').value = answers.goal ?? '';
      for (const topic of answers.topics ?? []) {
        if (!topicBox(topic)) chips.append(chip(topic));
        topicBox(topic).checked = true;
      }
      if (places) {
        const wanted = answers.places?.length ? answers.places : placed ? [''] : [];
        for (const box of places.querySelectorAll('input')) box.checked = wanted.includes(box.value);
      }
      if (!email) input('host').checked = Boolean(answers.host);
      input('shares').checked = Boolean(answers.shares);
      availability.fill(answers);
      followWords();
    },

    /** What is missing, as [field, sentence], in the order of the page. */
    missing() {
      const { name, level } = this.read();
      return [
        [!name, 'name', t('nameMissing')],
        [!level, 'level', t('levelMissing')],
        [!this.placed(), 'places', t('placesMissing')],
      ]
        .filter(([wrong]) => wrong)
        .map(([, field, sentence]) => [field, sentence]);
    },
  };

  /** What depends on the words so far: their number, and what of them the group would read. */
  function followWords() {
    const [[name], goal] = [input('name').value.trim().split(/\s/), input('goal').value.trim()];
    el.querySelector('#goal-count').textContent = t(goal.length > 200 ? 'goalLong' : 'goalCount', { count: goal.length });
    el.querySelector('#shown').textContent = goal ? t('shown', { name: name || '…', goal }) : name;
  }

  function chip(topic) {
    return labelled('chip', { name: 'topic', value: topic }, topic);
  }

  function topicBox(topic) {
    const wanted = topic.toLowerCase();
    return [...chips.querySelectorAll('input')].find((box) => box.value.toLowerCase() === wanted);
  }

  function addOwnTopic() {
    const topic = ownTopic.value.trim();
    ownTopic.value = '';
    ownTopic.focus();
    if (!topic) return;
    if (!topicBox(topic)) chips.append(chip(topic));
    topicBox(topic).checked = true;
    chips.dispatchEvent(new Event('input', { bubbles: true }));
  }

  function placeChoice({ id, name, online }) {
    const text = document.createElement('span');
    text.textContent = online && name.toLowerCase() !== t('online') ? `${name} (${t('online')})` : name;
    return labelled('choice', { name: 'place', value: id }, text);
  }
}

function labelled(className, properties, text) {
  const label = Object.assign(document.createElement('label'), { className });
  label.append(Object.assign(document.createElement('input'), { type: 'checkbox', ...properties }), text);
  return label;
}

const emailField = /* html */ `
  <div class="field" data-field="email">
    <label for="email">${t('email')}</label>
    <p class="hint" id="email-hint">${t('emailHint')}</p>
    <input id="email" name="email" type="email" autocomplete="email" maxlength="254" aria-describedby="email-hint" required>
  </div>`;

const placesField = /* html */ `
  <fieldset class="field" data-field="places">
    <legend>${t('where')}</legend>
    <div class="choices" data-part="places">
      <label class="choice"><input type="checkbox" name="place" value=""><span>${t('anywhere')} <span class="aside">${t('anywhereHint')}</span></span></label>
    </div>
  </fieldset>`;

const hostField = /* html */ `
  <label class="choice"><input type="checkbox" name="host"><span>${t('host')}</span></label>`;

const checked = (el) => [...el.querySelectorAll('input:checked')].map((box) => box.value);
