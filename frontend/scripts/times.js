/** Instants and zones as a person reads them. Pure: instants are ISO 8601 strings in UTC, zones are IANA names. */

import words from '../messages/times.js';
import { language, reader } from './messages.js';

const t = reader(words);

const formats = new Map();

/** Building a format costs far more than using it, and a page needs a handful of zones. */
function format(zone) {
  if (!formats.has(zone)) {
    // For reckoning, so its numbers are the same in every language.
    formats.set(
      zone,
      new Intl.DateTimeFormat('en-GB', {
        timeZone: zone,
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
        timeZoneName: 'shortOffset',
      }),
    );
  }
  return formats.get(zone);
}

/** Names a day, "2027-01-11", in the page's language. */
const named = (options) => {
  const names = new Intl.DateTimeFormat(language, { timeZone: 'UTC', ...options });
  return ({ day }) => names.format(new Date(`${day}T00:00:00Z`));
};

/** "Monday 11 January" */
export const dayName = named({ weekday: 'long', day: 'numeric', month: 'long' });

/** "Mon" */
export const weekdayName = named({ weekday: 'short' });

/** "11 Jan" */
export const dateName = named({ day: 'numeric', month: 'short' });

/** The zone this browser lives in; UTC where it does not say. */
export function hereZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

export function knowsZone(zone) {
  try {
    format(zone);
    return true;
  } catch {
    return false;
  }
}

/** Whether two names mean the same clock: aliases such as Asia/Katmandu and Asia/Kathmandu do. */
export function sameZone(one, other, instants) {
  return one === other || instants.every((instant) => local(instant, one).offset === local(instant, other).offset);
}

export function allZones() {
  const zones = Intl.supportedValuesOf ? Intl.supportedValuesOf('timeZone') : [];
  return ['UTC', ...zones.filter((zone) => zone !== 'UTC')];
}

/** "America/Argentina/Buenos_Aires" as "America / Argentina / Buenos Aires". */
export function zoneName(zone) {
  return zone.replaceAll('_', ' ').replaceAll('/', ' / ');
}

/** An instant in a zone: day is "2027-01-11", minutes count from midnight, offset is "GMT+5:45". */
export function local(instant, zone) {
  const found = {};
  for (const { type, value } of format(zone).formatToParts(new Date(instant))) found[type] = value;
  return {
    day: `${found.year}-${found.month}-${found.day}`,
    minutes: Number(found.hour) * 60 + Number(found.minute),
    time: `${found.hour}:${found.minute}`,
    offset: found.timeZoneName.replace(/^(GMT|UTC)$/, 'GMT+0'),
  };
}

/** "Monday 11 January, 14:45 GMT+5:45" */
export function moment(instant, zone) {
  const at = local(instant, zone);
  return t('moment', { day: dayName(at), time: at.time, offset: at.offset });
}

/** Sixty minutes as "1 hour", ninety as "1 h 30 min". */
export function length(minutes) {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours && rest) return t('hoursMinutes', { hours, minutes: rest });
  const whole = { style: 'unit', unit: rest ? 'minute' : 'hour', unitDisplay: 'long' };
  return new Intl.NumberFormat(language, whole).format(rest || hours);
}

export function minutesBetween(start, end) {
  return Math.round((new Date(end) - new Date(start)) / 60_000);
}

/** "in 3 days", "in 5 hours", "2 minutes ago": close enough to plan by. */
export function fromNow(instant, now) {
  const minutes = minutesBetween(now, instant);
  const size = Math.abs(minutes);
  const [count, unit] =
    size < 90 ? [minutes, 'minute'] : size < 36 * 60 ? [minutes / 60, 'hour'] : [minutes / 1440, 'day'];
  return new Intl.RelativeTimeFormat(language, { numeric: 'always' }).format(Math.round(count), unit);
}
