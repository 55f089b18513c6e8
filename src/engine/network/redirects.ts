// Whether an answer leads elsewhere and may be followed there. Never from https to http; what is posted stays where it was posted; nothing that
// belongs to a connection's own origin goes to another one (reliability.md §7.3).
import { BackendError } from '../backends/backend.ts';
import type { HttpAnswer, HttpRequest } from './httpClient.ts';

export const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** What says nothing about who asks. */
const HARMLESS: ReadonlySet<string> = new Set(['accept', 'accept-encoding', 'accept-language', 'content-type']);

/** undefined: it is to be read as it is. Throws BackendError unsupported where following would be wrong. */
export function redirectTarget({ status, headers }: HttpAnswer, from: URL, { method, readOnly }: HttpRequest): URL | undefined {
  const location = headers['location'];
  if (!REDIRECTS.has(status) || location === undefined || !URL.canParse(location, from.href)) return undefined;
  const to = new URL(location, from);
  if (to.protocol !== 'http:' && to.protocol !== 'https:') throw new BackendError('unsupported', `${placeOf(from)} leads to an address that is not of the web (${to.protocol.slice(0, 20)}); use another one.`);
  if (from.protocol === 'https:' && to.protocol === 'http:') throw new BackendError('unsupported', `${placeOf(from)} leads from https to http, which is not followed; use the address it should end at.`);
  const repeatable = readOnly === true && (status === 307 || status === 308) && to.origin === from.origin;
  if (method === 'POST' && !repeatable) return undefined;
  to.username = '';
  to.password = '';
  return to;
}

export const tooManyRedirects = (from: URL): BackendError => new BackendError('unsupported', `${placeOf(from)} leads from one address to the next, more than ${MAX_REDIRECTS} times; use the address it should end at.`);

/** It was refused there for want of them. */
export const notSentThere = (from: URL, to: URL): BackendError => new BackendError('auth', `${placeOf(from)} leads to ${placeOf(to)}, where the credentials of this connection are not sent: make that the connection's address.`);

/** For an origin that is not the connection's. */
export function harmlessHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS.has(name.toLowerCase())));
}

/** Without query: it may hold a key. */
export const placeOf = ({ origin, pathname }: URL): string => `${origin}${pathname}`;
