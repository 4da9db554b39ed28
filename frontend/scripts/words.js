/** What scripts say on the sign-up page and around its questions, in English. The pages' own words stand in the pages. */

export const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

export const words = {
  networkError: (button) => `Nothing was lost. Check your connection, then press ${button}.`,
  working: 'One moment…',
  missing: (number) => `${count(number, 'answer needs', 'answers need')} another look. The rest is kept.`,
  optional: 'optional',

  name: 'Your name',
  nameHint: 'As your group should call you.',
  email: 'Your e-mail',
  emailHint: 'The invite goes here. Your group never sees it.',
  level: 'How much have you done of this?',
  levels: ['New to it', 'Some experience', 'Experienced'],
  goal: 'What do you hope for?',
  goalHint: 'One sentence. It decides who you meet.',
  goalCount: (length) =>
    length <= 200 ? `${length} of 200 characters` : `${length} characters. Short reads best; up to 1,000 are fine.`,
  topics: 'Which topics?',
  topicsHint: 'As many as you like.',
  ownTopic: 'A topic of your own',
  addTopic: 'Add',
  where: 'Where?',
  whereFact: 'Where',
  anywhere: 'Anywhere',
  anywhereHint: 'any of these is fine',
  online: 'online',
  when: 'When are you free?',
  group: 'Your group',
  shares: 'My group may see my first name and what I hope for',
  host: 'I would gladly host: welcome everybody and keep an eye on the time',
  privacy: (organizer) =>
    `${organizer} sees your answers and your e-mail. Other people see nothing of you but what you tick here.`,

  nameMissing: 'Write the name your group should call you.',
  emailMissing: 'Write an e-mail address such as ana@example.org.',
  levelMissing: 'Choose the one that comes closest.',
  placesMissing: 'Choose where, or Anywhere.',

  zone: 'Times shown in',
  zoneHere: 'yours',
  zoneEvent: "the event's",
  zoneBoth: "yours and the event's",
  inPerson: 'Some of this happens in a real place, so times start out in its zone.',
  whichTimes: 'Mark every start that would work, also where sessions overlap: you get one.',
  brush: 'A press means',
  brushFree: 'works for me',
  brushNeed: 'if need be',
  weekdayEvenings: 'Weekday evenings',
  weekends: 'Weekends',
  everyTime: 'Every time',
  clear: 'Clear all',
  restore: 'Put them back',
  keyConsidered: 'not on offer yet, may become so if enough people mark it',
  consideredOnly: 'considered only',
  howToPress: 'Press a time, or slide sideways over several. A day or an hour at the edge marks its whole line.',
  howToKeys: 'Keys: arrows move, Space marks, Shift with an arrow paints on.',
  wholeRow: (part) => (part ? `whole ${part.toLowerCase()}` : 'whole day'),
  wholeColumn: 'on every day',
  caption: (part, offset) => `${part || 'Sessions'}: days down, start times across, ${offset}`,
  noneFits: 'No time fits? Leave the table empty and save all the same: you will hear what can happen.',
  picked: (free, need) => {
    const both = [free && count(free, 'time works', 'times work'), need && `${need} if need be`].filter(Boolean);
    return both.length ? `${both.join(', ')}.` : 'Nothing marked yet.';
  },
  partPicked: (number) => (number ? `${number} marked` : ''),

  save: 'Save my place',
  organizer: 'Organizer',
  sessions: 'Sessions',
  groups: 'Groups',
  groupSize: ({ min, max }) => (min === max ? `${min} people` : `${min} to ${max} people`),
  signUpBy: 'Sign up by',
  days: (first, last) => (first === last ? first : `${first} to ${last}`),
};
