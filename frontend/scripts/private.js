/** Pages behind a private link: the first look, a broken link, a lost connection, and moving the focus. */

import words from '../messages/private.js';
import shared from '../messages/shared.js';
import { Problem, root } from './api.js';
import { sentenceOf } from './fields.js';
import { ask, first, token } from './first.js';
import { recall } from './kept.js';
import { reader } from './messages.js';

const t = reader(words, shared);

const content = document.getElementById('content');

export { token };

/**
 * Shows what the link opens, or says why it does not.
 *
 * @param {(answer: any) => void | Promise<void>} show
 * @param {Promise<any>} asked the answer that is on its way
 */
export async function open(show, asked = first) {
  // A second link pasted into the same tab only changes the fragment.
  window.addEventListener('hashchange', () => location.reload());
  if (!token) {
    showBroken(t('linkIncomplete'));
    return;
  }
  try {
    await show(await asked);
  } catch (error) {
    const problem = problemOf(error);
    // A script that did not arrive is only asked for again by a page that starts anew.
    const again = problem === error ? () => open(show, ask()) : () => location.reload();
    if ([400, 401, 403, 404].includes(problem.status)) showBroken(problem.message);
    else showTrouble(problem, again);
  }
}

/** A module that did not arrive is a lost connection like any other; a mistake of ours is told to the console, too. */
export function problemOf(error) {
  if (error instanceof Problem) return error;
  if (!/module/i.test(error.message)) reportError(error);
  return new Problem();
}

/**
 * Says above everything else what this is and how it stands.
 *
 * @returns {HTMLElement} the sentence, a new element: one that a longer title pushes down would be seen to jump
 */
export function say(title, sentence) {
  const lead = element('p', { className: 'lead', textContent: sentence });
  document.querySelector('h1').textContent = title;
  document.querySelector('.lead').replaceWith(lead);
  return lead;
}

function showBroken(sentence) {
  say(t('brokenLink'), sentence);
  document.title = `${t('brokenLink')} – Covey`;
  const help = document.createElement('p');
  const organizes = document.documentElement.dataset.about === 'api/organizer';
  help.textContent = t(organizes ? 'brokenHelpOrganizer' : 'brokenHelp');
  content.replaceChildren(help);
  const event = recall('covey:event');
  if (event && !organizes) {
    const link = Object.assign(document.createElement('a'), {
      href: `${root}/e/${encodeURIComponent(event.id)}#resend`,
      textContent: event.title,
    });
    const line = document.createElement('p');
    line.append(t('lastEvent'), ' ', link);
    content.append(line);
  }
}

function showTrouble(problem, again) {
  const lead = say(document.querySelector('h1').textContent, sentenceOf(problem, t('tryAgain')));
  const button = Object.assign(document.createElement('button'), {
    type: 'button',
    className: 'primary',
    textContent: t('tryAgain'),
  });
  button.addEventListener('click', () => {
    lead.textContent = t('working');
    content.replaceChildren();
    again();
  });
  content.replaceChildren(button);
}

/** A definition list of [term, text or elements] pairs; pairs without a text are left out. */
export function facts(pairs) {
  const list = document.createElement('dl');
  list.className = 'facts';
  for (const [term, fact] of pairs) {
    if (!fact || fact.length === 0) continue;
    const dd = document.createElement('dd');
    dd.append(...[fact].flat());
    list.append(Object.assign(document.createElement('dt'), { textContent: term }), dd);
  }
  return list;
}

/** An element with properties and children, for text that comes from people. */
export function element(name, properties = {}, ...children) {
  const el = Object.assign(document.createElement(name), properties);
  el.append(...children);
  return el;
}
