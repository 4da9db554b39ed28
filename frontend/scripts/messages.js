/** The words of a page, in its language: parts of the message files, with plurals chosen and placeholders filled in. */

/** As the page says, with its region: "en-GB". */
export const language = globalThis.document?.documentElement.lang || 'en-GB';

const plurals = new Intl.PluralRules(language);

/**
 * Reads some parts, each the default export of "../messages/PART.js".
 *
 * No message holds markup, so it may stand in HTML; what its values hold is up to whoever gives them.
 *
 * @returns {(key: string, values?: Record<string, string | number>) => string} `count` among the values picks the plural
 */
export function reader(...parts) {
  const messages = Object.assign({}, ...parts);
  return (key, values = {}) => {
    const message = messages[key] ?? unsaid(key);
    const text = message.other ? (message[plurals.select(values.count)] ?? message.other) : message;
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? unsaid(`${key}: ${name}`));
  };
}

/** Better a clumsy word on the page than none; a test that sees the console fails. */
function unsaid(what) {
  console.error(`There are no words for ${what}`);
  return what;
}
