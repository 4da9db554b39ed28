/** The part that a person's page shows next is fetched as soon as it is known which, while the rest is on its way. */

import { first } from './first.js';

first
  ?.then(({ state, sub_event: seat }) => {
    if (seat) return import('./seat.js');
    return state === 'unconfirmed' ? import('./warm-up.js') : null;
  })
  .catch(() => {});
