/** Choosing a time zone: a plain select, the likely ones first, all others filled in when the page has time. */

import words from '../messages/shared.js';
import { reader } from './messages.js';
import { allZones, hereZone, knowsZone, local, sameZone, zoneName } from './times.js';

const t = reader(words);

/** `event` is the event's own zone, `instants` what happens: the offset shown is that of the first. */
export function ZoneSelect(select, { event = '', value, instants }) {
  const here = hereZone();
  const one = event && sameZone(here, event, instants);
  const likely = new Map([[here, one ? t('zoneBoth') : t('zoneHere')]]);
  if (event && !one) likely.set(event, t('zoneEvent'));
  if (!likely.has(value)) likely.set(value, '');

  select.replaceChildren();
  for (const [zone, what] of likely) {
    const detail = [local(instants[0], zone).offset, what].filter(Boolean).join(', ');
    select.append(new Option(`${zoneName(zone)} (${detail})`, zone));
  }
  select.value = value;

  (window.requestIdleCallback ?? setTimeout)(() => {
    const others = allZones().filter((zone) => !likely.has(zone));
    select.append(...others.map((zone) => new Option(zoneName(zone), zone)));
  });
}

/** The zone to start with: the one asked for when this browser knows it. */
export function usable(zone) {
  return zone && knowsZone(zone) ? zone : hereZone();
}

/** In a real place its own clock leads; online everybody's own does. */
export function leadingZone({ places, timezone }) {
  return places.some((place) => !place.online) ? usable(timezone) : hereZone();
}
