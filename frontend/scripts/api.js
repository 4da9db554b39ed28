/** Talking to the server: JSON both ways, one error shape, and a second try that cannot do anything twice. */

const PATIENCE = 20_000;
const PAUSE = 800;

/** Pages live at different depths, so each says where the root is. */
export const root = document.documentElement.dataset.root || '.';

/** An answer that says no, or no answer at all (status 0). */
export class Problem extends Error {
  /** @param {{ status?: number; title?: string; detail?: string; field?: string }} problem */
  constructor({ status = 0, title = '', detail = '', field = '' }, retryAfter = 0) {
    super(detail || title);
    this.status = status;
    this.title = title;
    this.field = field;
    this.retryAfter = retryAfter;
  }
}

/** What the server put into the page. */
export function island() {
  return JSON.parse(document.getElementById('data')?.textContent || 'null');
}

/** The private token in the page's address; it never leaves in a path or a query. */
export function privateToken() {
  return decodeURIComponent(location.hash.slice(1));
}

/** A random token that makes a request recognisable when it is sent again. */
export function newToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

/**
 * @param {string} path relative to the root, such as "api/me"
 * @param {{ method?: string; body?: object; token?: string; again?: boolean }} options
 *   again: sending it twice does no more than sending it once, so a lost answer is asked for once more
 * @returns {Promise<any>} the JSON of the answer
 * @throws {Problem}
 */
export async function call(path, { method = 'GET', body, token, again = method !== 'POST' } = {}) {
  try {
    return await (await send(path, { method, body, token })).json();
  } catch (error) {
    const unanswered = !(error instanceof Problem) || [0, 502, 504].includes(error.status);
    if (!unanswered || !again) throw asProblem(error);
  }
  await new Promise((done) => setTimeout(done, PAUSE));
  try {
    return await (await send(path, { method, body, token })).json();
  } catch (error) {
    throw asProblem(error);
  }
}

/** The bare answer, for what is not JSON. */
export async function send(path, { method = 'GET', body, token } = {}) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (token) headers.Authorization = `Bearer ${token}`;

  const response = await fetch(`${root}/${path}`, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: 'omit',
    cache: 'no-store',
    signal: AbortSignal.timeout?.(PATIENCE),
  });
  if (response.ok) return response;

  const problem = await response.json().catch(() => ({}));
  throw new Problem({ ...problem, status: response.status }, Number(response.headers.get('Retry-After')) || 0);
}

const asProblem = (error) => (error instanceof Problem ? error : new Problem({}));
