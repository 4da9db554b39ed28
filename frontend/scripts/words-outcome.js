/** What scripts say after a sign-up, and to people who lost their link, in English. */

export const words = {
  lookInMail: 'Look into your mail',
  groupsAfter: (when) =>
    `Groups are made after ${when}; then you get your invite. Until then you can change your answers with the link in the mail.`,
  fix: 'Wrong address? Fix it',
  again: 'No mail yet? Send it again',

  already: 'You have signed up here',
  alreadyHow: (when, address) => `${when}, with ${address}. The link in our mail to you opens your answers.`,
  mailMine: 'Mail me my link again',
  other: 'Sign up somebody else',

  whichEmail: 'The e-mail you signed up with',
  emailMissing: 'Write an e-mail address such as ana@example.org.',
  mailAgain: 'Mail me the link',
};
