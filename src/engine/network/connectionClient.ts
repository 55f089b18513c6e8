// The HttpClient of one connection: base address, credentials and the origin they are bound to, retries of what may be repeated, redirects,
// pace, counting. One transport a connection, closed with it. Must not know the system behind the address, nor how bytes reach the wire.
import { BackendError } from '../backends/backend.ts';
import { orAborted, pausedFor } from './abortable.ts';
import { Circuit } from './circuit.ts';
import { answerProblem, parsedJson, retryAfterMs, type HttpAnswer, type HttpClient, type HttpRequest, type HttpUsage } from './httpClient.ts';
import { LostConnection } from './networkFaults.ts';
import { isLoopback } from './proxyChoice.ts';
import { Redactor } from './redactor.ts';
import { harmlessHeaders, MAX_REDIRECTS, notSentThere, placeOf, redirectTarget, tooManyRedirects } from './redirects.ts';
import { RequestPace } from './requestPace.ts';
import type { Hold } from './waits.ts';

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs: number;
  /** How long nothing at all may come, where it is known to take long; absent: as long as any request. */
  readonly firstByteMs?: number;
  readonly maxBytes: number;
  /** A cloud's own credential step: it alone may ask link-local addresses. */
  readonly credentialStep?: boolean;
}

export interface WireAnswer extends HttpAnswer {
  /** Bytes as they came, before they were inflated. */
  readonly wireBytes: number;
}

/** Sends exactly one request. Throws BackendError network (LostConnection where another try may help), timeout, tooLarge, badData, aborted. */
export interface Transport {
  send(request: WireRequest, signal: AbortSignal): Promise<WireAnswer>;
  close(): Promise<void>;
}

/** Adds what proves who asks; called for every try, so that a signature is fresh. */
export interface Authorizer {
  headers(request: WireRequest, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** After a refusal: true where it is worth one more try with new credentials. `refused`: what did not convince. */
  refresh(signal: AbortSignal, refused?: Readonly<Record<string, string>>): Promise<boolean>;
  /** The credentials were refused, and nothing was done; absent: 401. */
  isRefusal?(answer: HttpAnswer): boolean;
}

export interface ConnectionClientOptions {
  /** Absent: only whole addresses can be asked. */
  readonly base: string | undefined;
  readonly transport: Transport;
  readonly authorizer: Authorizer;
  /** Clouds: whole https addresses that a source asks of itself are proved to as well. Else nothing but the origin of `base` is. */
  readonly provesWholeAddresses?: boolean;
  /** Knows what must never be repeated in a sentence. */
  readonly redactor?: Redactor;
  readonly maxRequestsPerMinute?: number;
  /** Told when a request is held back. */
  readonly hold?: Hold;
  readonly now?: () => number;
  readonly random?: () => number;
  /** Waits, rejects on abort; tests give their own clock. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 256 * 1024 * 1024;
const TRIES = 3;
const MAX_RETRY_AFTER_MS = 60_000;
const BACKOFF_MS = [300, 5_000] as const;
const RETRIED: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export class ConnectionClient implements HttpClient {
  readonly #options: ConnectionClientOptions;
  readonly #redactor: Redactor;
  readonly #circuit: Circuit;
  readonly #pace: RequestPace;
  #requests = 0;
  #bytes = 0;
  #aheadMs: number | undefined;

  constructor(options: ConnectionClientOptions) {
    this.#options = options;
    this.#redactor = options.redactor ?? new Redactor([]);
    this.#circuit = new Circuit(() => this.#now());
    this.#pace = new RequestPace(options.maxRequestsPerMinute, () => this.#now());
  }

  get usage(): HttpUsage {
    return { requests: this.#requests, bytes: this.#bytes };
  }

  /** By how much the server's clock is ahead of this machine's, by the last answer that said its time. */
  get aheadMs(): number | undefined {
    return this.#aheadMs;
  }

  /** Sentences about this connection, whoever made them, without its secrets. */
  get redactor(): Redactor {
    return this.#redactor;
  }

  async request(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    try {
      return await this.#followed(this.#url(request), request, signal);
    } catch (error) {
      throw this.#redactor.error(error);
    }
  }

  async json(request: HttpRequest, signal: AbortSignal): Promise<unknown> {
    const answer = await this.request({ ...request, headers: { accept: 'application/json', ...request.headers } }, signal);
    const what = `${request.method ?? 'GET'} ${request.path.split('?')[0]!}`;
    if (answer.status < 200 || answer.status > 299) throw answerProblem(answer, what);
    return parsedJson(answer, what);
  }

  async #followed(first: URL, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const proves = this.#provesTo(first);
    let url = first;
    for (let hops = 0; ; hops++) {
      const answer = await this.#guarded(() => this.#tried(url, request, proves && url.origin === first.origin, signal));
      const next = redirectTarget(answer, url, request);
      if (next === undefined && proves && url.origin !== first.origin && this.#options.authorizer !== NO_AUTHORIZER && (answer.status === 401 || answer.status === 403)) throw notSentThere(first, url);
      // What went well is data and stays as it is; in anything else a server may repeat what it was sent.
      if (next === undefined) return answer.status < 300 ? answer : { ...answer, headers: this.#redactor.headers(answer.headers), body: this.#redactor.bytes(answer.body) };
      if (hops === MAX_REDIRECTS) throw tooManyRedirects(first);
      url = next;
    }
  }

  async #guarded(ask: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    this.#circuit.check();
    try {
      const answer = await ask();
      this.#circuit.answered(answer.status);
      return answer;
    } catch (error) {
      this.#circuit.threw(error);
      throw error;
    }
  }

  /** With what is worth repeating repeated. */
  async #tried(url: URL, request: HttpRequest, proves: boolean, signal: AbortSignal): Promise<HttpAnswer> {
    let refreshed = false;
    for (let attempt = 1; ; attempt++) {
      const { answer, proof } = await this.#attempt(url, request, proves, signal, attempt);
      if (answer === undefined) continue;
      if (proves && !refreshed && this.#isRefusal(answer)) {
        refreshed = true;
        if (await orAborted(this.#options.authorizer.refresh(signal, proof), signal, placeOf(url))) continue;
      }
      if (attempt < TRIES && mayRepeat(request) && RETRIED.has(answer.status)) {
        const asked = retryAfterMs(answer.headers['retry-after'], this.#now());
        if (asked === undefined || asked <= MAX_RETRY_AFTER_MS) {
          await this.#pause(asked ?? this.#backoff(attempt), `the server asked for it (${answer.status})`, signal);
          continue;
        }
      }
      return answer;
    }
  }

  #isRefusal(answer: HttpAnswer): boolean {
    return this.#options.authorizer.isRefusal?.(answer) ?? answer.status === 401;
  }

  /** No answer: nothing came, and it is worth another try. */
  async #attempt(url: URL, request: HttpRequest, proves: boolean, signal: AbortSignal, attempt: number): Promise<{ readonly answer: HttpAnswer | undefined; readonly proof: Readonly<Record<string, string>> }> {
    const { transport, authorizer } = this.#options;
    if (request.atOnce === true) this.#pace.take();
    else await this.#paced(signal);
    const given = { 'accept-encoding': 'gzip, deflate', ...request.headers };
    const wire: WireRequest = {
      method: request.method ?? 'GET',
      url,
      headers: proves || this.#isOwn(url) ? given : harmlessHeaders(given),
      ...(request.body === undefined ? {} : { body: request.body }),
      timeoutMs: request.timeoutMs ?? TIMEOUT_MS,
      ...(request.timeoutMs === undefined ? {} : { firstByteMs: request.timeoutMs }),
      maxBytes: request.maxBytes ?? MAX_BYTES,
    };
    const proof = proves ? await orAborted(authorizer.headers(wire, signal), signal, placeOf(url)) : {};
    this.#redactor.sent(Object.entries(proof));
    this.#requests++;
    try {
      const answer = await orAborted(transport.send({ ...wire, headers: { ...wire.headers, ...proof } }, signal), signal, placeOf(url));
      this.#bytes += answer.wireBytes;
      // What a cache kept says the time of then.
      const date = answer.headers['age'] === undefined ? Date.parse(answer.headers['date'] ?? '') : Number.NaN;
      if (!Number.isNaN(date)) this.#aheadMs = date - Date.now();
      return { answer, proof };
    } catch (error) {
      if (!(error instanceof LostConnection) || attempt >= TRIES || !mayRepeat(request)) throw error;
      await this.#pause(this.#backoff(attempt), 'the connection broke', signal);
      return { answer: undefined, proof };
    }
  }

  #url({ path, query }: HttpRequest): URL {
    const { base } = this.#options;
    const whole = /^https?:\/\//.test(path);
    if (!whole && base === undefined) throw new BackendError('unsupported', 'This connection has no address; edit it.');
    const text = whole ? path : `${base!.replace(/[?#].*$/s, '').replace(/\/+$/, '')}${path}`;
    if (!URL.canParse(text)) throw new BackendError('unsupported', 'The address of this connection cannot be read; edit it.');
    const url = new URL(text);
    // A setting is no place for them, and they would be in every sentence.
    if (url.username !== '' || url.password !== '') throw new BackendError('unsupported', 'The address of this connection holds a user name or a password; remove them and choose basic authentication.');
    for (const [name, value] of query ?? []) url.searchParams.append(name, value);
    return url;
  }

  #isOwn({ origin }: URL): boolean {
    const { base } = this.#options;
    return base !== undefined && URL.canParse(base) && new URL(base).origin === origin;
  }

  #provesTo(url: URL): boolean {
    return this.#isOwn(url) || (this.#options.provesWholeAddresses === true && (url.protocol === 'https:' || isLoopback(url.hostname)));
  }

  /** Full jitter, 0.3 to 5 s. */
  #backoff(attempt: number): number {
    const [least, most] = BACKOFF_MS;
    return least + (this.#options.random ?? Math.random)() * (Math.min(most, least * 3 ** attempt) - least);
  }

  async #paced(signal: AbortSignal): Promise<void> {
    const place = this.#pace.take();
    const ms = place - this.#now();
    if (ms <= 0) return;
    try {
      await this.#pause(ms, this.#pace.sentence, signal);
    } catch (error) {
      this.#pace.giveBack(place);
      throw error;
    }
  }

  async #pause(ms: number, why: string, signal: AbortSignal): Promise<void> {
    const wait = this.#options.wait ?? pausedFor;
    const goesOn = this.#options.hold?.(why, ms);
    try {
      await wait(ms, signal);
    } catch (error) {
      if (signal.aborted) throw new BackendError('aborted', 'It was cancelled.');
      throw error;
    } finally {
      goesOn?.();
    }
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

const mayRepeat = ({ method, readOnly }: HttpRequest): boolean => method !== 'POST' || readOnly === true;

/** For servers that ask for nothing. */
export const NO_AUTHORIZER: Authorizer = { headers: async () => ({}), refresh: async () => false };
