/** Instants and zones as a person reads them. Pure: instants are ISO 8601 strings in UTC, zones are IANA names. */

/**
 * @typedef {{
 *  day: string;
 *  date: number;
 *  weekday: string;
 *  month: string;
 *  minutes: number;
 *  time: string;
 *  offset: string;
 * }} Local day is "2027-01-11", minutes count from midnight, time is "14:45", offset is "GMT+5:45"
 */

const HOUR = 3600_000;
const formats = new Map();

/** Building a format costs far more than using it, and a page needs a handful of zones. */
function format(zone) {
  if (!formats.has(zone)) {
    formats.set(
      zone,
      new Intl.DateTimeFormat('en-GB', {
        timeZone: zone,
        weekday: 'long',
        year: 'numeric',
        month: 'long',
        day: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
        timeZoneName: 'shortOffset',
      }),
    );
  }
  return formats.get(zone);
}

const MONTHS = [
  'January', 'February', 'March', 'April', 'May', 'June',
  'July', 'August', 'September', 'October', 'November', 'December',
];

const two = (number) => String(number).padStart(2, '0');

/** The zone this browser lives in; UTC where it does not say. */
export function hereZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** Whether this browser can show times in that zone. */
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

/** All zones this browser knows, UTC first. */
export function allZones() {
  const zones = Intl.supportedValuesOf ? Intl.supportedValuesOf('timeZone') : [];
  return ['UTC', ...zones.filter((zone) => zone !== 'UTC')];
}

/** "America/Argentina/Buenos_Aires" as "America / Argentina / Buenos Aires". */
export function zoneName(zone) {
  return zone.replaceAll('_', ' ').replaceAll('/', ' / ');
}

/**
 * @param {string} instant
 * @param {string} zone
 * @returns {Local}
 */
export function local(instant, zone) {
  const found = {};
  for (const { type, value } of format(zone).formatToParts(new Date(instant))) found[type] = value;
  return {
    day: `${found.year}-${two(MONTHS.indexOf(found.month) + 1)}-${two(found.day)}`,
    date: Number(found.day),
    weekday: found.weekday,
    month: found.month,
    minutes: Number(found.hour) * 60 + Number(found.minute),
    time: `${found.hour}:${found.minute}`,
    offset: found.timeZoneName,
  };
}

/** "Monday 11 January" */
export function dayName({ weekday, date, month }) {
  return `${weekday} ${date} ${month}`;
}

/** "Monday 11 January, 14:45 GMT+5:45" */
export function moment(instant, zone) {
  const at = local(instant, zone);
  return `${dayName(at)}, ${at.time} ${at.offset}`;
}

/** "Monday 11 January, 14:45–16:45 GMT+5:45"; the day stands again where the end is on another. */
export function span(start, end, zone) {
  const from = local(start, zone);
  const to = local(end, zone);
  const until = from.day === to.day ? to.time : `${dayName(to)}, ${to.time}`;
  const offset = from.offset === to.offset ? from.offset : `${from.offset} to ${to.offset}`;
  return `${dayName(from)}, ${from.time}–${until} ${offset}`;
}

/** Sixty minutes as "1 hour", ninety as "1 h 30 min". */
export function length(minutes) {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (!hours) return `${rest} minutes`;
  if (!rest) return hours === 1 ? '1 hour' : `${hours} hours`;
  return `${hours} h ${rest} min`;
}

/** Minutes between two instants. */
export function minutesBetween(start, end) {
  return Math.round((new Date(end) - new Date(start)) / 60_000);
}

/** "in 3 days", "in 5 hours", "2 minutes ago": close enough to plan by. */
export function fromNow(instant, now) {
  const minutes = minutesBetween(now, instant);
  const size = Math.abs(minutes);
  const [count, unit] =
    size < 90 ? [minutes, 'minute'] : size < 36 * 60 ? [minutes / 60, 'hour'] : [minutes / 1440, 'day'];
  return new Intl.RelativeTimeFormat('en', { numeric: 'always' }).format(Math.round(count), unit);
}

/**
 * What a form's local date and time mean in a zone, as an instant in UTC.
 *
 * A time that a clock change skips is read as that much later, one that comes twice as the first.
 *
 * @param {string} written "2027-01-11T18:00"
 */
export function instantOf(written, zone) {
  const wall = Date.parse(`${written}:00Z`);
  const ahead = (utc) => {
    const at = local(new Date(utc).toISOString(), zone);
    return Date.parse(`${at.day}T${at.time}:00Z`) - utc;
  };
  // The offsets a day around are the only two that can apply.
  const candidates = [ahead(wall - 24 * HOUR), ahead(wall + 24 * HOUR)].map((offset) => wall - offset);
  const fitting = candidates.filter((utc) => utc + ahead(utc) === wall);
  const utc = fitting.length ? Math.min(...fitting) : Math.max(...candidates);
  return new Date(utc).toISOString().replace('.000Z', 'Z');
}

/** An instant as a form's local date and time: "2027-01-11T18:00". */
export function written(instant, zone) {
  const at = local(instant, zone);
  return `${at.day}T${at.time}`;
}

/** A day some days after another: "2027-01-11" and 2 give "2027-01-13". */
export function daysAfter(day, count) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, 10);
}
