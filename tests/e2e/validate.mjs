// What html-validate says of pages: one page a line, as a JSON string, comes in; one line of findings goes out.

import { createInterface } from 'node:readline';
import { HtmlValidate } from 'html-validate';

const validator = new HtmlValidate({ extends: ['html-validate:standard'] });

for await (const line of createInterface({ input: process.stdin })) {
  const { results } = await validator.validateString(JSON.parse(line));
  const found = results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, selector }) => `${ruleId}: ${message} (${selector})`),
  );
  process.stdout.write(`${JSON.stringify(found)}\n`);
}
