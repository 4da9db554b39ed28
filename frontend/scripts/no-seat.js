/** Why somebody has no group, and what could change that. */

import words from '../messages/me.js';
import { Clock } from './meeting.js';
import { reader } from './messages.js';
import { OtherGroups } from './other-groups.js';
import { element } from './private.js';

const t = reader(words);

/**
 * @param {object} my the page's own state and acts
 * @param {object} page MyPage of the API
 */
export async function NoSeat(my, page) {
  const { unplaced, event } = page;
  // The reason stands by itself, so that no group can be listed just now is no reason to keep it back.
  const groups = await OtherGroups(my, page).catch(() => '');
  return element(
    'section',
    { className: 'card' },
    element('h2', { textContent: t('unplaced') }),
    element('p', { textContent: unplaced }),
    Clock([unplaced], page),
    groups,
    element('p', { textContent: t('unplacedNext', { organizer: event.organizer_name }) }),
  );
}
