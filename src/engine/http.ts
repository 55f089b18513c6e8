// The only importer of undici (it replaces fetch's dispatcher process-wide when loaded: in this worker that harms nobody), loaded on first use.
// Owns the sockets of a transport: one dispatcher for each way there (direct, through a proxy), with its timeouts, trust and refused addresses.
// Must not know whose requests they are, nor follow or repeat any (network/connectionClient.ts).
import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import type { NetworkConfig } from '../protocol/connections.ts';
import { BackendError } from './backends/backend.ts';
import { orAborted } from './network/abortable.ts';
import { guardedLookup, isForbidden, refuseForbidden } from './network/addressGuard.ts';
import { readBounded } from './network/boundedAnswer.ts';
import type { Transport, WireAnswer, WireRequest } from './network/connectionClient.ts';
import type { HttpAnswer } from './network/httpClient.ts';
import { cancelledAt, cannotUnpack, codeOf, networkFault, proxyRefusal, tookTooLong } from './network/networkFaults.ts';
import { proxyFor, type Environment, type ProxyChoice } from './network/proxyChoice.ts';

export interface TransportOptions {
  readonly network?: NetworkConfig;
  /** Proxy variables; default: this process's. */
  readonly env?: Environment;
  /** The only origin that a client certificate is shown to. */
  readonly ownOrigin?: string;
  /** Whom to trust; `own`: with the client certificate. undefined: Node's default. */
  readonly secureContext?: (own: boolean, signal: AbortSignal) => Promise<SecureContext | undefined>;
  readonly timeouts?: Timeouts;
  readonly lookup?: LookupFunction;
}

export interface Timeouts {
  readonly connectMs: number;
  readonly headersMs: number;
  /** Between two pieces of a body. */
  readonly idleMs: number;
}

/** reliability.md §7.3 */
const TIMEOUTS: Timeouts = { connectMs: 5_000, headersMs: 15_000, idleMs: 15_000 };
const DIRECT: NetworkConfig = { noProxy: [], proxyStrictSSL: true, systemCertificates: true };
const KEEP_ALIVE_MS = 10_000;
const SOCKETS_PER_ORIGIN = 8;
const SMALL_ANSWER = 1024 * 1024;
const SMALL_TIMEOUT_MS = 10_000;

/** One way to a server; each has a dispatcher of its own. */
interface Route {
  readonly proxy: ProxyChoice | undefined;
  readonly own: boolean;
  readonly secure: boolean;
  readonly credentialStep: boolean;
}

/** Our own sockets. Made on first use, closed by its owner. */
export function undiciTransport(options: TransportOptions = {}): Transport {
  const { network = DIRECT, env = process.env, timeouts = TIMEOUTS } = options;
  const dispatchers = new Map<string, Promise<Dispatcher>>();
  const closed = new AbortController();
  // Shared by all who ask meanwhile: only the transport's end cancels it.
  const dispatcherOf = (route: Route): Promise<Dispatcher> => {
    const key = JSON.stringify(route);
    const known = dispatchers.get(key);
    if (known !== undefined) return known;
    const made = makeDispatcher(route, options, closed.signal);
    dispatchers.set(key, made);
    // A file that could not be read may be there next time.
    made.catch(() => dispatchers.delete(key));
    return made;
  };
  return {
    send: async (request, signal) => {
      const { url, credentialStep = false } = request;
      const where = `${url.origin}${url.pathname}`;
      if (signal.aborted || closed.signal.aborted) throw cancelledAt(where);
      if (!credentialStep) refuseForbidden(url);
      // What only this machine can reach is no proxy's.
      const proxy = isForbidden(url) ? undefined : proxyFor(url, network, env);
      const timeout = AbortSignal.timeout(request.timeoutMs);
      try {
        const dispatcher = await orAborted(dispatcherOf({ proxy, own: url.origin === options.ownOrigin, secure: url.protocol === 'https:', credentialStep }), signal, where);
        return await exchange(request, dispatcher, timeouts, AbortSignal.any([signal, timeout]), where);
      } catch (error) {
        throw asBackendError(error, where, proxy?.uri, signal, timeout.aborted);
      }
    },
    close: async () => {
      closed.abort();
      const closing = [...dispatchers.values()];
      dispatchers.clear();
      await Promise.all(closing.map((made) => made.then((dispatcher) => dispatcher.destroy(), () => undefined)));
    },
  };
}

/** One small request outside of any connection: to our own collector. */
export async function postBytes(url: string, bytes: Uint8Array, contentType: string, signal: AbortSignal): Promise<HttpAnswer> {
  const transport = undiciTransport();
  try {
    return await transport.send({ method: 'POST', url: new URL(url), headers: { 'content-type': contentType }, body: bytes, timeoutMs: SMALL_TIMEOUT_MS, maxBytes: SMALL_ANSWER }, signal);
  } finally {
    await transport.close();
  }
}

async function makeDispatcher({ proxy, own, secure, credentialStep }: Route, { network = DIRECT, timeouts = TIMEOUTS, secureContext, lookup }: TransportOptions, signal: AbortSignal): Promise<Dispatcher> {
  // Bundled, a CommonJS package has only a default export.
  const undici = (await import('undici')).default;
  const context = secure || proxy?.uri.startsWith('https:') === true ? await secureContext?.(own, signal) : undefined;
  const trusted = { ...(context === undefined ? {} : { secureContext: context }), timeout: timeouts.connectMs, allowH2: false };
  const pool = { connections: SOCKETS_PER_ORIGIN, keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: timeouts.headersMs, bodyTimeout: timeouts.idleMs };
  if (proxy === undefined) {
    const resolve = credentialStep ? lookup : guardedLookup(lookup);
    return new undici.Agent({ ...pool, connect: { ...trusted, ...(resolve === undefined ? {} : { lookup: resolve }) } });
  }
  // Off is for proxies that open TLS, so it counts for what comes through one, and never for a server that is asked directly.
  const tls = { ...trusted, rejectUnauthorized: network.proxyStrictSSL };
  if (proxy.uri.startsWith('socks5:')) {
    const { user, password } = proxy.login ?? {};
    return new undici.Socks5ProxyAgent(proxy.uri, { ...pool, connectTimeout: timeouts.connectMs, requestTls: tls, ...(user === undefined || password === undefined ? {} : { username: user, password }) });
  }
  return new undici.ProxyAgent({
    ...pool,
    uri: proxy.uri,
    ...(proxy.authorization === undefined ? {} : { token: proxy.authorization }),
    requestTls: tls,
    // The proxy is not whom a client certificate is for.
    proxyTls: { ...tls, ...(own && context !== undefined ? await proxyTrust(secureContext, signal) : {}) },
    connectTimeout: timeouts.connectMs,
    // http goes to the proxy as a whole address, as proxies that only tunnel to 443 expect.
    proxyTunnel: false,
  });
}

async function proxyTrust(secureContext: TransportOptions['secureContext'], signal: AbortSignal): Promise<{ secureContext?: SecureContext }> {
  const context = await secureContext?.(false, signal);
  return context === undefined ? {} : { secureContext: context };
}

async function exchange({ url, method, headers, body, maxBytes, firstByteMs }: WireRequest, dispatcher: Dispatcher, { headersMs, idleMs }: Timeouts, signal: AbortSignal, where: string): Promise<WireAnswer> {
  const undici = (await import('undici')).default;
  // The timeouts again: what forwards http to a proxy does not hand down those of the pool.
  const answer = await undici.request(url, { method, dispatcher, signal, headers: { ...headers }, headersTimeout: firstByteMs ?? headersMs, bodyTimeout: idleMs, ...(body === undefined ? {} : { body }) });
  const flat = Object.fromEntries(Object.entries(answer.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]])));
  return { status: answer.statusCode, headers: flat, ...(await readBounded(answer.body, flat, maxBytes, where)) };
}

function asBackendError(error: unknown, where: string, via: string | undefined, signal: AbortSignal, timedOut: boolean): BackendError {
  if (error instanceof BackendError) return error;
  if (signal.aborted) return cancelledAt(where);
  const code = codeOf(error);
  if (timedOut || /TIMEOUT|ETIMEDOUT/.test(code)) return tookTooLong(where);
  if (/^Z_|ERR_BUFFER|ERR__ERROR/.test(code)) return cannotUnpack(where, code);
  // undici has no code of its own for a proxy that says no; the kind is the same either way.
  const refused = via !== undefined && /^UND_ERR_(ABORTED|INVALID_ARG)$/.test(code) && error instanceof Error ? /\((\d{3})\)/.exec(error.message)?.[1] : undefined;
  return refused === undefined ? networkFault(code, where, via) : proxyRefusal(refused, where, via!);
}
