// How a source talks to its server: requests below the connection's base address, with its credentials, retries and limits. Owns what is
// the same for all sources; must not know any of them, nor how bytes reach the wire (http.ts, or the editor's fetch).
import { BackendError } from '../backends/backend.ts';

export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  /** Below the connection's base address ("/api/services"), or a whole https address (clouds). */
  readonly path: string;
  readonly query?: readonly (readonly [name: string, value: string])[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** A POST that only reads: it may be sent again, as every GET may. */
  readonly readOnly?: boolean;
  /** Ends what is being paid for: the user's own pace does not hold it back, though it counts. */
  readonly atOnce?: boolean;
  /** For what is known to take long: it is waited for so long, also for its first byte. */
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface HttpUsage {
  readonly requests: number;
  /** Received, as they came over the wire. */
  readonly bytes: number;
}

export interface HttpClient {
  /** Any status that is an answer: retries are behind it. Throws BackendError where there is none. */
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** The parsed body of a 2xx; every other status is a BackendError of its kind. */
  json(request: HttpRequest, signal: AbortSignal): Promise<unknown>;
  readonly usage: HttpUsage;
}

/** Searches answer when they are done, and busy servers take their time for one. */
export const SEARCH_TIMEOUT_MS = 60_000;
const EXCERPT = 200;

/** A BackendError for a status that is no success. `says`: what the server itself gave as its reason, where the source knows where to look. */
export function answerProblem({ status, headers, body }: HttpAnswer, what: string, says?: string): BackendError {
  const reason = says ?? excerpt(body, headers['content-type'] ?? '');
  const because = reason === '' ? '' : `: ${reason}`;
  if (status === 401) return new BackendError('auth', `${what} was refused (401): the credentials are missing, wrong or expired. Edit the connection${because}.`);
  if (status === 403) return new BackendError('auth', `${what} is forbidden (403) for these credentials; ask for the right to read traces${because}.`);
  if (status === 404) return new BackendError('notFound', `${what} was not found (404)${because}.`);
  if (status === 413 || status === 422) return new BackendError('tooLarge', `${what} was refused as too large (${status})${because}.`);
  if (status === 429) return new BackendError('rateLimit', `${what} was refused: too many requests (429). It is asked again later${because}.`, retryAfterMs(headers['retry-after'], Date.now()));
  if (status >= 500) return new BackendError(status === 504 ? 'timeout' : 'server', `${what} failed on the server (${status})${because}.`, retryAfterMs(headers['retry-after'], Date.now()));
  if (status >= 300 && status < 400) return new BackendError('unsupported', `${what} was redirected (${status}), which is not followed here; use the address it leads to.`);
  return new BackendError('badData', `${what} was not accepted (${status})${because}.`);
}

/** Parsed JSON of an answer; a page of HTML where JSON was expected says so. */
export function parsedJson({ body, headers, status }: HttpAnswer, what: string): unknown {
  const text = new TextDecoder().decode(body);
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const html = /^\s*</.test(text) || (headers['content-type'] ?? '').includes('html');
    throw new BackendError('badData', html ? `${what} answered a web page (${status}) where JSON was expected: the address may be a login page or another program.` : `${what} answered something that is not JSON (${status}).`);
  }
}

/** Seconds or a date (RFC 9110 §10.2.3) → ms from now. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/** What an error body says, for a sentence: a JSON message field or the beginning of plain text; never a page of HTML. */
function excerpt(body: Uint8Array, contentType: string): string {
  const text = new TextDecoder().decode(body.subarray(0, 4096)).trim();
  if (text === '' || contentType.includes('html') || text.startsWith('<')) return '';
  const message = /"(?:message|Message|msg|error_description|reason)"\s*:\s*"((?:[^"\\]|\\.){1,400})"/.exec(text)?.[1];
  return (message ?? (text.startsWith('{') || text.startsWith('[') ? '' : text)).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, EXCERPT).replace(/[.\s]+$/, '');
}
