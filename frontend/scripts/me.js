/** An attendee's private page: what is still to do before the groups, and the group after. */

import words from '../messages/me.js';
import { call } from './api.js';
import { bird } from './birds.js';
import { keep } from './kept.js';
import { reader } from './messages.js';
import { Answers, edit } from './my-answers.js';
import { fold, press } from './press.js';
import { element, open, say, token } from './private.js';
import { company, lead as sentence, next, stageOf } from './standing.js';

const t = reader(words);

const content = document.getElementById('content');

/** What the parts of the page share: the newest answer of the server, and ways to get and show a newer one. */
const my = {
  page: null,

  /** Shows the page as it is now and, after a press, takes the person to the sentence that changed. */
  async show(page, { pressed = false, happy = false } = {}) {
    const stage = stageOf(page, new Date());
    // Parts are there before anything is drawn, so that nothing moves once it can be read.
    const parts = (await Promise.all(partsOf(page, stage))).flat().filter(Boolean);
    my.page = page;
    document.title = t('documentTitle', { title: page.event.title });
    const lead = say(page.event.title, sentence(page, stage));
    content.replaceChildren(...parts);
    if (pressed) announce(lead, happy);
  },

  /** Does something that may be asked for twice. @returns {Promise<object>} MyPage of the API */
  act: (name, body) => call(`api/me/${name}`, { method: 'POST', body, token, again: true }),

  save: (answers) => call('api/me', { method: 'PUT', body: answers, token }),
};

open(async (page) => {
  // So that a link that breaks one day still leads to where a new one can be asked for.
  keep('covey:event', { id: page.event.id, title: page.event.title });
  await my.show(page);
});
document.addEventListener('visibilitychange', lookAgain);

/** In the order of what somebody in a hurry needs first. */
function partsOf(page, stage) {
  const after = next(page, stage);
  const seated = ['seated', 'meeting', 'over'].includes(stage);
  return [
    after && element('p', { textContent: after }),
    ['unconfirmed', 'full'].includes(stage) && import('./warm-up.js').then(({ Confirm }) => Confirm(my, page)),
    ['late', 'tooLate'].includes(stage) && act('confirm', t('confirm'), 'primary', true),
    stage === 'unreachable' && act('confirm', t('reachable'), 'primary', true),
    stage === 'withdrawn' && act('return', t('undoWithdraw'), 'primary', true),
    stage === 'left' && act('return', t('comeAfterAll'), 'primary', true),
    ['making', 'publishing', 'looking'].includes(stage) && press(t('lookAgain'), 'quiet', look),
    stage === 'waiting' && page.meaning && Missing(page),
    seated && import('./seat.js').then(({ Seat }) => Seat(my, page, stage)),
    stage === 'unplaced' && import('./no-seat.js').then(({ NoSeat }) => NoSeat(my, page)),
    Answers(my, page, { folded: stage !== 'waiting', withdraw: act('withdraw', t('withdraw'), 'quiet') }),
    page.editable && fold(company(page.friends), async () => (await import('./friends.js')).Friends(my)),
    fold(t('myData'), async () => (await import('./my-data.js')).MyData(my)),
  ];
}

/** A button that posts and shows the page as it is then. */
function act(name, label, className, happy = false) {
  return press(label, className, async () => my.show(await my.act(name), { pressed: true, happy }));
}

/** What keeps a confirmed person from a seat, and the way to mend it. */
function Missing({ meaning }) {
  const mark = press(t('markTimes'), 'primary', async () => edit(my));
  return element('section', { className: 'notice' }, element('p', { textContent: meaning }), mark);
}

/** Takes the person to the sentence that has just changed; after a success a bird hops beside it. */
function announce(lead, happy) {
  lead.tabIndex = -1;
  lead.focus();
  document.querySelector('main > .hop')?.remove();
  if (!happy) return;
  const hopping = bird(0);
  hopping.classList.add('hop');
  lead.before(hopping);
}

async function look() {
  await my.show(await call('api/me', { token }), { pressed: true });
}

/** Whoever comes back to this page sees how things are by now, unless they are in the middle of something. */
async function lookAgain() {
  const busy = () => document.hidden || !my.page || content.querySelector('form, [open], [aria-disabled="true"]');
  if (busy()) return;
  const page = await call('api/me', { token }).catch(() => my.page);
  if (!busy() && JSON.stringify(page) !== JSON.stringify(my.page)) await my.show(page);
}
