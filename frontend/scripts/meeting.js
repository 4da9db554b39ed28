/** When and where a group meets, as each of its members reads it. */

import words from '../messages/meeting.js';
import { reader } from './messages.js';
import { element } from './private.js';
import { span } from './spoken.js';
import { sameZone, zoneName } from './times.js';
import { usable } from './zones.js';

const t = reader(words);

/** The zone whose clock counts, and the other one: at a place it is the event's, online everybody's own. */
export function zonesOf({ place }, { event, answers }) {
  const zones = [usable(event.timezone), usable(answers.timezone)];
  return place && !place.online ? zones : zones.reverse();
}

/** From when to when, and below it in the other zone where that is not the same. */
export function When(meeting, page) {
  const { start, end } = meeting;
  const [first, second] = zonesOf(meeting, page);
  const when = [element('strong', { textContent: span(start, end, first) })];
  if (!sameZone(first, second, [start, end])) {
    when.push(element('br'), element('span', { className: 'aside', textContent: t('thatIs', { zone: zoneName(second), time: span(start, end, second) }) }));
  }
  return when;
}

/** In which zone the server's sentences tell the time, where they do and it is not the reader's own; else empty. */
export function Clock(sentences, { event, answers }) {
  const zone = usable(event.timezone);
  const tells = sentences.some((sentence) => /\d\d:\d\d/.test(sentence));
  if (!tells || sameZone(zone, usable(answers.timezone), [event.first_start])) return '';
  return element('p', { className: 'hint', textContent: t('clock', { zone: zoneName(zone) }) });
}

/** The way into an online meeting; none where it is no web address, since nothing else can be pressed. */
export function JoinLink(link, className = '') {
  if (!/^https?:/.test(link)) return null;
  return element('a', { className, href: link, textContent: t('join'), rel: 'noopener noreferrer' });
}

/** Where it is and, online, how to get in. */
export function Where({ place, join_link: link = '' }) {
  const where = [];
  if (place && !place.online) {
    where.push(element('strong', { textContent: place.name }));
    if (place.address && place.address !== place.name) where.push(element('br'), place.address);
  }
  const join = JoinLink(link);
  if (join) {
    if (where.length) where.push(element('br'));
    where.push(join, element('br'), element('span', { className: 'aside', textContent: link }));
  }
  return where.length ? where : t('online');
}
