/** What scripts say where nobody can sign up, in English. */

export const words = {
  notOpenYet: (organizer) => `Sign-up is not open yet: ${organizer} still has to press the button in a mail from Covey. Come back a little later.`,
  closedAt: (when) => `Sign-up closed ${when}.`,
  confirmUntil: (when) => `Signed up, but not pressed the button in the mail yet? You can until ${when}.`,
  making: 'The groups are being made. Everybody hears by mail.',
  goneOut: 'The groups have gone out by mail.',
  nextOne: (organizer) => `To hear about the next one, ask ${organizer}.`,
  full: 'Every place is taken.',
  fullHelp: (organizer, until) =>
    `Now and then somebody steps back: look in again, sign-up ends ${until}. Or ask ${organizer} for a place.`,
  cancelled: (organizer) => `This event is off. Write to ${organizer} if you wonder why.`,
  notNow: 'Not just now',
  lookAgain: 'Try again',
  noSuchEvent: 'No such event',
  noSuchEventWhy: 'The link leads to no event.',
  noSuchEventHelp: 'Check it for missing letters at its end, or ask the person who sent it to you.',
};
