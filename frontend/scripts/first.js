/** What a private link opens, asked for at once, while the page's other scripts are still on their way. */

import { call } from './api.js';

/** The private token in the page's address; it never leaves in a path or a query. */
export const token = location.hash.slice(1);

/** Asks for what the page is about; its html says where that is. */
export const ask = () => call(document.documentElement.dataset.about, { token });

/** The first answer; null without a token. Who shows the page hears it when there is none. */
export const first = token ? ask() : null;
first?.catch(() => {});
