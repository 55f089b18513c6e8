// The HttpClient of one connection: base address, credentials, retries of what may be repeated, counting. One transport a connection, closed
// with it. Must not know the system behind the address.
import { setTimeout as sleep } from 'node:timers/promises';
import { BackendError } from '../backends/backend.ts';
import { answerProblem, parsedJson, retryAfterMs, type HttpAnswer, type HttpClient, type HttpRequest, type HttpUsage } from './httpClient.ts';

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export interface WireAnswer extends HttpAnswer {
  /** Bytes as they came, before they were inflated. */
  readonly wireBytes: number;
}

/** Sends exactly one request. Throws BackendError network, timeout, tooLarge, aborted. */
export interface Transport {
  send(request: WireRequest, signal: AbortSignal): Promise<WireAnswer>;
  close(): Promise<void>;
}

/** Adds what proves who asks; called for every try, so that a signature is fresh. */
export interface Authorizer {
  headers(request: WireRequest, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** After a 401: true where it is worth one more try with new credentials. */
  refresh(signal: AbortSignal): Promise<boolean>;
}

export interface ConnectionClientOptions {
  /** Absent: only whole addresses can be asked. */
  readonly base: string | undefined;
  readonly transport: Transport;
  readonly authorizer: Authorizer;
  readonly now?: () => number;
  readonly random?: () => number;
  /** Waits, rejects on abort; tests give their own clock. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 256 * 1024 * 1024;
const TRIES = 3;
const MAX_RETRY_AFTER_MS = 60_000;
const RETRIED: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export class ConnectionClient implements HttpClient {
  readonly #options: ConnectionClientOptions;
  #requests = 0;
  #bytes = 0;

  constructor(options: ConnectionClientOptions) {
    this.#options = options;
  }

  get usage(): HttpUsage {
    return { requests: this.#requests, bytes: this.#bytes };
  }

  async request(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const url = this.#url(request);
    let refreshed = false;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt(url, request, signal, attempt);
      if (answer === undefined) continue;
      if (answer.status === 401 && !refreshed) {
        refreshed = true;
        if (await this.#options.authorizer.refresh(signal)) continue;
      }
      if (attempt < TRIES && mayRepeat(request) && RETRIED.has(answer.status)) {
        const asked = retryAfterMs(answer.headers['retry-after'], this.#now());
        if (asked === undefined || asked <= MAX_RETRY_AFTER_MS) {
          await this.#pause(asked ?? this.#backoff(attempt), signal);
          continue;
        }
      }
      return answer;
    }
  }

  async json(request: HttpRequest, signal: AbortSignal): Promise<unknown> {
    const answer = await this.request({ ...request, headers: { accept: 'application/json', ...request.headers } }, signal);
    const what = `${request.method ?? 'GET'} ${request.path.split('?')[0]!}`;
    if (answer.status < 200 || answer.status > 299) throw answerProblem(answer, what);
    return parsedJson(answer, what);
  }

  /** undefined: nothing came, and it is worth another try. */
  async #attempt(url: URL, request: HttpRequest, signal: AbortSignal, attempt: number): Promise<HttpAnswer | undefined> {
    const { transport, authorizer } = this.#options;
    const wire: WireRequest = {
      method: request.method ?? 'GET',
      url,
      headers: { 'accept-encoding': 'gzip, deflate', ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
      timeoutMs: request.timeoutMs ?? TIMEOUT_MS,
      maxBytes: request.maxBytes ?? MAX_BYTES,
    };
    const headers = { ...wire.headers, ...(await authorizer.headers(wire, signal)) };
    this.#requests++;
    try {
      const answer = await transport.send({ ...wire, headers }, signal);
      this.#bytes += answer.wireBytes;
      return answer;
    } catch (error) {
      if (!(error instanceof BackendError) || error.kind !== 'network' || attempt >= TRIES || !mayRepeat(request)) throw error;
      await this.#pause(this.#backoff(attempt), signal);
      return undefined;
    }
  }

  #url({ path, query }: HttpRequest): URL {
    const { base } = this.#options;
    if (!/^https?:\/\//.test(path) && base === undefined) throw new BackendError('unsupported', 'This connection has no address; edit it.');
    const url = /^https?:\/\//.test(path) ? new URL(path) : new URL(`${base!.replace(/\/+$/, '')}${path}`);
    for (const [name, value] of query ?? []) url.searchParams.append(name, value);
    return url;
  }

  /** Full jitter, 0.3 to 5 s. */
  #backoff(attempt: number): number {
    return Math.max(300, (this.#options.random ?? Math.random)() * Math.min(5000, 300 * 2 ** attempt));
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const wait = this.#options.wait ?? (async (pause: number, aborted: AbortSignal) => void (await sleep(pause, undefined, { signal: aborted })));
    try {
      await wait(ms, signal);
    } catch (error) {
      if (signal.aborted) throw new BackendError('aborted', 'It was cancelled.');
      throw error;
    }
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

const mayRepeat = ({ method, readOnly }: HttpRequest): boolean => method !== 'POST' || readOnly === true;

/** For servers that ask for nothing. */
export const NO_AUTHORIZER: Authorizer = { headers: async () => ({}), refresh: async () => false };
