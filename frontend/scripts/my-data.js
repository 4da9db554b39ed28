/** Taking everything along that is kept about a person, and having it deleted. */

import words from '../messages/my-data.js';
import { call, send } from './api.js';
import { keep } from './kept.js';
import { reader } from './messages.js';
import { handOver, press } from './press.js';
import { element, say, token } from './private.js';

const t = reader(words);

/** @param {object} my the page's own state and acts */
export function MyData(my) {
  const take = press(t('take'), 'quiet', async () => handOver(await send('api/me/export', { token }), 'covey.json'));
  return element(
    'div',
    { className: 'my-data' },
    element('p', { textContent: t('kept', { organizer: my.page.event.organizer_name }) }),
    take,
    Delete(my),
  );
}

/** Asked twice, because nothing brings it back. */
function Delete(my) {
  const button = element('button', { type: 'button', className: 'danger', textContent: t('delete') });
  const heading = element('h2', { textContent: t('deleteSure'), tabIndex: -1 });
  const keep = element('button', { type: 'button', className: 'primary', textContent: t('keep') });
  const goOn = element('button', { type: 'button', className: 'danger', textContent: t('goOn') });
  const effects = element('ul', {}, ...effectsOn(my.page).map((textContent) => element('li', { textContent })));
  const last = press(t('forGood'), 'danger', async () => {
    await erase();
    dialog.close();
    const { event } = my.page;
    my.page = null;
    forget(event);
    showGone(event);
  });
  const actions = element('div', { className: 'actions' }, keep, goOn);
  const dialog = element('dialog', { ariaLabel: t('delete') }, heading, effects, actions);

  button.addEventListener('click', () => {
    heading.textContent = t('deleteSure');
    effects.hidden = false;
    actions.replaceChildren(keep, goOn);
    dialog.showModal();
  });
  goOn.addEventListener('click', () => {
    heading.textContent = t('deleteLast');
    effects.hidden = true;
    actions.replaceChildren(keep, last);
    heading.focus();
  });
  keep.addEventListener('click', () => dialog.close());
  return element('div', {}, button, dialog);
}

/** Once only, as the link dies with it: where an answer got lost, a dead link is the answer. */
async function erase() {
  const once = () => call('api/me/erase', { method: 'POST', token, again: false });
  await once().catch(async (problem) => {
    if (problem.status !== 0) throw problem;
    await once().catch((second) => {
      if (![401, 403].includes(second.status)) throw second;
    });
  });
}

/** What goes and what stays. */
function effectsOn({ sub_event: seat }) {
  return [t('goesAnswers'), t(seat ? 'goesSeat' : 'goesPlace'), t('goesLink'), t('stays')];
}

/** What this browser remembers of the event goes, too. */
function forget(event) {
  for (const name of ['event', 'group', `draft:${event.id}`, `in:${event.id}`]) keep(`covey:${name}`);
}

function showGone(event) {
  const lead = say(t('gone'), t('goneLead', { title: event.title }));
  document.title = `${t('gone')} – Covey`;
  document.getElementById('content').replaceChildren(element('p', { textContent: t('goneCalendar') }));
  document.querySelector('footer.site').hidden = true;
  document.querySelector('main > .hop')?.remove();
  history.replaceState(null, '', location.pathname);
  lead.tabIndex = -1;
  lead.focus();
}
