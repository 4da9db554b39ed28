/** Talking to the server: JSON both ways, one error shape, and a second try that cannot do anything twice. */

const PATIENCE = 20_000;
const PAUSE = 800;

/** Pages live at different depths, so each says where the root is. */
export const root = document.documentElement.dataset.root || '.';

/** An answer that says no, or no answer at all (status 0). */
export class Problem extends Error {
  constructor({ status = 0, title = '', detail = title, field = '' } = {}) {
    super(detail);
    Object.assign(this, { status, field });
  }
}

/** Sends a request and reads the JSON of its answer; one that may come twice is sent again if no answer came. */
export async function call(path, { again, ...options } = {}) {
  const ask = async () => (await send(path, options)).json();
  const unanswered = (error) => !(error instanceof Problem) || [502, 504].includes(error.status);
  try {
    return await ask().catch(async (error) => {
      if (!unanswered(error) || !(again ?? options.method !== 'POST')) throw error;
      await new Promise((done) => setTimeout(done, PAUSE));
      return ask();
    });
  } catch (error) {
    throw error instanceof Problem ? error : new Problem();
  }
}

/** Mails somebody their private link once more; the answer does not say whether the address is known. */
export function askAgain(eventId, email) {
  return call(`api/events/${eventId}/links`, { method: 'POST', body: { email: email.trim() } });
}

/** The bare answer, for what is not JSON; the token of a private link travels in a header only. */
export async function send(path, { method = 'GET', body, token } = {}) {
  const headers = { Accept: 'application/json' };
  if (body) headers['Content-Type'] = 'application/json';
  if (token) headers.Authorization = `Bearer ${token}`;

  const response = await fetch(`${root}/${path}`, {
    method,
    headers,
    body: JSON.stringify(body),
    credentials: 'omit',
    cache: 'no-store',
    signal: AbortSignal.timeout?.(PATIENCE),
  });
  if (response.ok) return response;

  const problem = await response.json().catch(() => ({}));
  throw new Problem({ ...problem, status: response.status });
}
