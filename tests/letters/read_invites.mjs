// Reads a JSON list of iCalendar texts from each line of standard input and prints, on a line, what ical.js and
// node-ical make of each.

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

// Unlike import, require also looks in NODE_PATH.
const require = createRequire(import.meta.url);
const library = require('ical.js');
const ICAL = library.default ?? library;
const nodeIcal = require('node-ical');

const address = (value) => String(value).replace(/^mailto:/i, '');

function byIcalJs(source) {
  const calendar = new ICAL.Component(ICAL.parse(source));
  const events = calendar.getAllSubcomponents('vevent');
  const [event] = events;
  const at = (name) => event.getFirstPropertyValue(name)?.toJSDate().toISOString() ?? null;
  return {
    method: calendar.getFirstPropertyValue('method'),
    events: events.length,
    uid: event.getFirstPropertyValue('uid'),
    sequence: event.getFirstPropertyValue('sequence'),
    start: at('dtstart'),
    end: at('dtend'),
    stamp: at('dtstamp'),
    status: event.getFirstPropertyValue('status'),
    attendees: event.getAllProperties('attendee').map((one) => address(one.getFirstValue())),
    organizer: address(event.getFirstPropertyValue('organizer')),
    summary: event.getFirstPropertyValue('summary'),
    description: event.getFirstPropertyValue('description') ?? '',
  };
}

function byNodeIcal(source) {
  const events = Object.values(nodeIcal.sync.parseICS(source)).filter((one) => one.type === 'VEVENT');
  const [event] = events;
  const plain = (value) => value?.val ?? value ?? '';
  return {
    method: event.method,
    events: events.length,
    uid: event.uid,
    sequence: Number(event.sequence),
    start: event.start?.toISOString() ?? null,
    end: event.end?.toISOString() ?? null,
    stamp: event.dtstamp?.toISOString() ?? null,
    status: event.status,
    attendees: [event.attendee ?? []].flat().map((one) => address(plain(one))),
    organizer: address(plain(event.organizer)),
    summary: plain(event.summary),
    description: plain(event.description),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(JSON.parse(line).map((one) => ({ 'ical.js': byIcalJs(one), 'node-ical': byNodeIcal(one) }))));
}
