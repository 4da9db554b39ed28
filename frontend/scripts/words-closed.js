/** What scripts say where nobody can sign up, in English. */

export const words = {
  notOpenYet: (organizer) => `Sign-up is not open yet: ${organizer} still has to press the button in a mail from Covey. Come back a little later.`,
  closedAt: (when) => `Sign-up closed ${when}.`,
  confirmUntil: (when) => `Signed up, but not pressed the button in the mail yet? You can until ${when}.`,
  making: 'The groups are being made. Everybody hears by mail.',
  goneOut: 'The groups have gone out by mail.',
  cancelled: (organizer) => `This event is off. Write to ${organizer} if you wonder why.`,
  notNow: 'Not just now',
  noSuchEvent: 'No such event',
  noSuchEventHelp: 'Check the link for missing letters at its end, or ask the person who sent it to you.',
};
