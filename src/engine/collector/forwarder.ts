// "Send on to…": what the collector took goes, as it came, to another OTLP/HTTP endpoint too, so that a team's collector or store keeps what
// the local one drops. A bounded queue with retries (opentelemetry-proto docs/specification.md, "Retryable Response Codes"); of what waits
// and does not fit the oldest is dropped, counted and said. Must not know how bytes reach the wire.
import { BackendError } from '../backends/backend.ts';
import type { BodyType } from './requestGuard.ts';
import type { SignalHandler } from './signals.ts';

export interface Forwarded {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly type: BodyType;
}

export interface ForwarderOptions {
  /** One try. Throws BackendError where there was no answer. */
  readonly send: (request: Forwarded, signal: AbortSignal) => Promise<{ readonly status: number; readonly retryAfterMs: number | undefined }>;
  /** Nothing more is sent; so many requests were not delivered, as far as is known. */
  readonly end?: (lost: number) => Promise<void>;
  /** Its problem is another than before, or more is lost. */
  readonly changed: () => void;
  readonly maxBytes?: number;
  /** Requests on their way at a time. */
  readonly parallel?: number;
  readonly random?: () => number;
  readonly firstRetryMs?: number;
}

export interface ForwarderState {
  /** Requests. */
  readonly sent: number;
  readonly waiting: number;
  /** That did not fit, were refused for good or answered unreadably, or waited at the end. */
  readonly dropped: number;
  readonly problem: string | undefined;
}

const MAX_BYTES = 64 << 20;
/** One alone would send 20 requests a second to an endpoint that is 50 ms away. */
const PARALLEL = 4;
const TELL_MS = 1_000;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
const CLOSE_MS = 2_000;
/** A collector got back what it had sent on. */
export const LOOP = 508;
const RETRIED: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export class Forwarder {
  readonly #options: ForwarderOptions;
  /** Oldest first; what is on its way is no longer in it. */
  readonly #queue: Forwarded[] = [];
  readonly #ended = new AbortController();
  readonly #senders = new Set<Promise<void>>();
  /** Of what waits and what is on its way. */
  #bytes = 0;
  #sent = 0;
  #dropped = 0;
  /** By path: many take spans, and no logs. */
  readonly #problems = new Map<string, string>();
  /** By path: requests that were not taken and are tried again. */
  readonly #retried = new Map<string, number>();
  #told: NodeJS.Timeout | undefined;
  #isNews = false;

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  get state(): ForwarderState {
    const problems = [...new Set(this.#problems.values())];
    return { sent: this.#sent, waiting: this.#queue.length + this.#senders.size, dropped: this.#dropped, problem: problems.length === 0 ? undefined : problems.join(' ') };
  }

  add(request: Forwarded): void {
    if (this.#ended.signal.aborted) return;
    this.#queue.push(request);
    this.#bytes += request.bytes.length;
    const { maxBytes = MAX_BYTES, parallel = PARALLEL } = this.#options;
    // One that is larger than everything is sent all the same.
    while (this.#bytes > maxBytes && this.#queue.length + this.#senders.size > 1 && this.#queue.length > 0) {
      this.#bytes -= this.#queue.shift()!.bytes.length;
      this.#lose(1);
    }
    if (this.#queue.length === 0 || this.#senders.size >= parallel) return;
    const sender: Promise<void> = this.#run().finally(() => this.#senders.delete(sender));
    this.#senders.add(sender);
  }

  /** What waits gets a moment. */
  async close(graceMs = CLOSE_MS): Promise<void> {
    const timer = setTimeout(() => this.#ended.abort(), graceMs);
    // What is added meanwhile begins others.
    while (this.#senders.size > 0) await Promise.all(this.#senders);
    clearTimeout(timer);
    this.#ended.abort();
    this.#lose(this.#queue.splice(0).length);
    clearTimeout(this.#told);
    await this.#options.end?.(this.#dropped);
  }

  async #run(): Promise<void> {
    for (let request = this.#queue.shift(); request !== undefined; request = this.#queue.shift()) {
      await this.#deliver(request);
      this.#bytes -= request.bytes.length;
      if (this.#ended.signal.aborted) return;
    }
  }

  async #deliver(request: Forwarded): Promise<void> {
    const { send, firstRetryMs = FIRST_RETRY_MS, random = Math.random } = this.#options;
    const { path } = request;
    let isRetried = false;
    const settle = (problem: string | undefined): void => {
      if (isRetried) this.#count(path, -1);
      // One that is taken says nothing of those that are not yet.
      if (problem !== undefined || (this.#retried.get(path) ?? 0) === 0) this.#say(path, problem);
    };
    const refused = (problem: string): void => {
      this.#dropped++;
      settle(problem);
      this.#tell();
    };
    for (let attempt = 0; !this.#ended.signal.aborted; attempt++) {
      let wait = Math.min(MAX_RETRY_MS, firstRetryMs * 2 ** attempt) * (0.5 + random() / 2);
      try {
        const { status, retryAfterMs } = await send(request, this.#ended.signal);
        if (status >= 200 && status < 300) {
          this.#sent++;
          return settle(undefined);
        }
        // Nothing is lost by that.
        if (status === LOOP) return settle('That is this collector itself, which has it already.');
        if (!RETRIED.has(status)) return refused(`It refused a request to ${path} (${status}), which is not sent again.`);
        this.#say(path, `It takes no more at present (${status}); what comes waits.`);
        if (retryAfterMs !== undefined) wait = Math.min(MAX_RETRY_MS, retryAfterMs);
      } catch (error) {
        if (!(error instanceof BackendError)) throw error;
        if (this.#ended.signal.aborted) break;
        // It was sent, and answered with what cannot be read: again would be twice.
        if (error.kind === 'tooLarge' || error.kind === 'badData') return refused('It answered as no OTLP endpoint does (too much, or what cannot be unpacked), so the request is not sent again: check the address.');
        this.#say(path, `${error.message} What comes waits.`);
      }
      if (!isRetried) this.#count(path, 1);
      isRetried = true;
      await this.#pause(wait);
    }
    this.#lose(1);
  }

  #count(path: string, by: number): void {
    this.#retried.set(path, (this.#retried.get(path) ?? 0) + by);
  }

  #lose(requests: number): void {
    if (requests === 0) return;
    this.#dropped += requests;
    this.#tell();
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#ended;
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
    });
  }

  #say(path: string, problem: string | undefined): void {
    if (problem === this.#problems.get(path)) return;
    if (problem === undefined) this.#problems.delete(path);
    else this.#problems.set(path, problem);
    this.#tell();
  }

  /** At once, then at most once a second: an endpoint may fail and lose thousands in one. */
  #tell(): void {
    this.#isNews = true;
    if (this.#told !== undefined || this.#ended.signal.aborted) return;
    this.#isNews = false;
    this.#told = setTimeout(() => {
      this.#told = undefined;
      if (this.#isNews) this.#tell();
    }, TELL_MS).unref();
    this.#options.changed();
  }
}

/** Only what was taken is sent on, and nobody waits for it. */
export function forwarding(handlers: ReadonlyMap<string, SignalHandler>, forwarder: Forwarder): ReadonlyMap<string, SignalHandler> {
  return new Map([...handlers].map(([path, handle]): [string, SignalHandler] => [path, async (bytes, type) => {
    const partial = await handle(bytes, type);
    if (bytes.length > 0) forwarder.add({ path, bytes, type });
    return partial;
  }]));
}
