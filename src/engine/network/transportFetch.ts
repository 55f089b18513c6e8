// `fetch` over a connection's transport, for libraries that take one: they open no socket of their own, and proxy, certificates and limits
// are the connection's. Knows as much of fetch as requests for tokens need: GET, POST and PUT, bodies of text or bytes.
import type { Transport } from './connectionClient.ts';

const TIMEOUT_MS = 20_000;
const MAX_BYTES = 1024 * 1024;
/** Statuses that a Response must have no body with. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

export function transportFetch(transport: Transport): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const method = (init?.method ?? 'GET').toUpperCase();
    if (method !== 'GET' && method !== 'POST' && method !== 'PUT') throw new TypeError(`${method} is not used for credentials.`);
    const headers = new Headers(init?.headers);
    const body = init?.body;
    // As fetch itself names the type of a form.
    if (body instanceof URLSearchParams && !headers.has('content-type')) headers.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8');
    const given = body === undefined || body === null ? undefined : typeof body === 'string' || body instanceof Uint8Array ? body : body instanceof URLSearchParams ? body.toString() : undefined;
    if (given === undefined && body !== undefined && body !== null) throw new TypeError('Only text and bytes are sent for credentials.');
    const answer = await transport.send({ method, url, headers: Object.fromEntries(headers), ...(given === undefined ? {} : { body: given }), timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }, init?.signal ?? AbortSignal.timeout(TIMEOUT_MS));
    const { 'content-encoding': _encoding, 'content-length': _length, ...rest } = answer.headers;
    return new Response(BODILESS.has(answer.status) ? undefined : new Uint8Array(answer.body), { status: answer.status, headers: rest });
  };
}
