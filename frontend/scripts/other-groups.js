/** Groups that have a seat for somebody, at a time and place that they marked; a press takes it. */

import words from '../messages/other-groups.js';
import { call } from './api.js';
import { flock } from './birds.js';
import { When, Where } from './meeting.js';
import { reader } from './messages.js';
import { press } from './press.js';
import { element, token } from './private.js';

const t = reader(words);

/**
 * @param {object} my the page's own state and acts
 * @param {object} page MyPage of the API
 * @returns {Promise<HTMLElement | string>} empty where no group has a seat
 */
export async function OtherGroups(my, page) {
  const { groups } = await call('api/me/groups', { token });
  if (!groups.length) return '';
  return element(
    'div',
    { className: 'other-groups' },
    element('h3', { textContent: t(page.sub_event ? 'instead' : 'room') }),
    element('ul', { className: 'plain' }, ...groups.map((group) => Group(my, page, group))),
  );
}

function Group(my, page, group) {
  const { id, title, members, bird } = group;
  const take = press(t('take'), 'quiet', async () =>
    my.show(await my.act('group', { group: id }), { pressed: true, happy: true }),
  );
  take.querySelector('button').setAttribute('aria-label', t('takeIn', { title }));
  return element(
    'li',
    {},
    flock(members, bird),
    element('p', {}, element('strong', { textContent: title })),
    element('p', {}, ...When(group, page)),
    element('p', { className: 'hint' }, ...[Where(group)].flat(), ` · ${t('members', { count: members })}`),
    take,
  );
}
