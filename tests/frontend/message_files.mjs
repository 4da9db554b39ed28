/** Lets Node import the message files as the pages do: `node --import ./tests/frontend/message_files.mjs`. */

import { register } from 'node:module';

register(`data:text/javascript,${encodeURIComponent(`
  import { readFileSync } from 'node:fs';

  export async function load(url, context, next) {
    const part = /\\/frontend\\/messages\\/([a-z-]+)\\.js$/.exec(url)?.[1];
    if (!part) return next(url, context);
    const file = new URL('../../chalicelib/messages/en/' + part + '.json', ${JSON.stringify(import.meta.url)});
    return { format: 'module', shortCircuit: true, source: 'export default ' + readFileSync(file, 'utf8') };
  }

  export async function resolve(specifier, context, next) {
    if (!/^\\.\\.\\/messages\\/[a-z-]+\\.js$/.test(specifier)) return next(specifier, context);
    return { url: new URL(specifier, context.parentURL).href, format: 'module', shortCircuit: true };
  }
`)}`);
