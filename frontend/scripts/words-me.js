/** What scripts say on an attendee's private page and when a private link fails, in English. */

import { words as closed } from './words-closed.js';
import { count, words as shared } from './words.js';

export const words = {
  ...shared,
  ...closed,

  tryAgain: 'Try again',
  brokenLink: 'This link does not open',
  linkIncomplete: 'The end of the link is missing.',
  brokenHelp:
    'Mail programs sometimes cut long links: copy the whole link out of the newest mail. Or open the sign-up page of your event and choose “Already signed up?”: your link is mailed to you again.',
  lastEvent: 'In this browser you last looked at',

  toConfirm: (until) => `One step left: press the button, and your place counts. You can until ${until}.`,
  lateConfirm: 'It is too late for these groups. Confirm all the same, and the organizer sees that you would have come.',
  waiting: (until) => `You are in. Groups are made after ${until}; then a mail tells you when, where and with whom.`,
  seated: 'Here is your group.',
  unplaced: 'There is no group for you yet.',
  withdrawnEditable: 'You have withdrawn. If that was a slip, take it back.',
  withdrawn: 'You have withdrawn from this event.',
  confirm: 'Confirm my place',
  withdraw: 'Withdraw',
  leaveGroup: 'I can’t make it',
  leaveSure: 'Give your seat back?',
  leaveEffect: 'Your group sees one person fewer, and the entry leaves your calendar. This cannot be undone.',
  stay: 'Keep my seat',
  undoWithdraw: 'Take it back: I want to come',
  thatIs: (text) => `that is ${text}`,
  whenFact: 'When',
  who: 'With you',
  othersHidden: (number, known) =>
    known ? `and ${count(number, 'other', 'others')}` : `${count(number, 'other person', 'other people')}`,
  whyGroup: 'Why this group',
  hostFact: 'Host',
  hostYes: 'You would gladly host',
  join: 'Join the meeting',
  calendar: 'Add to my calendar',
  noGroup: 'No group yet',

  yourAnswers: 'Your answers',
  nameFact: 'Name',
  emailFact: 'E-mail',
  levelFact: 'Experience',
  goalFact: 'Hope',
  topicsFact: 'Topics',
  freeFact: 'Free',
  needFact: 'If need be',
  noTimes: 'No time marked',
  zoneFact: 'Times in',
  timesIn: (offset, zone) => `${zone.replaceAll('_', ' ')} (${offset})`,
  groupSees: 'Your group sees',
  groupSeesName: 'Your first name and your hope',
  groupSeesNothing: 'Nothing about you',
  edit: 'Change my answers',
  editTitle: 'Change your answers',
  saveAnswers: 'Save my answers',
  leaveAnswers: 'Leave them as they were',
};
