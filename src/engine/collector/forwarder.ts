// "Send on to…": what the collector took goes, as it came, to another OTLP/HTTP endpoint too, so that a team's collector or store keeps what
// the local one drops. A bounded queue with retries (opentelemetry-proto docs/specification.md, "Retryable Response Codes"); what does not
// fit is dropped, oldest first, counted and said. Must not know how bytes reach the wire.
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
  /** Nothing more is sent; so many requests were not. */
  readonly end?: (lost: number) => Promise<void>;
  /** Its problem is another than before, or more is lost; at most once a second for that alone. */
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
  /** That did not fit, were refused for good, or waited at the end. */
  readonly dropped: number;
  readonly problem: string | undefined;
}

const MAX_BYTES = 64 << 20;
/** One alone would send 20 requests a second to an endpoint that is 50 ms away. */
const PARALLEL = 4;
const SAY_LOST_MS = 1_000;
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
  /** Requests that were not taken and are tried again. */
  #retried = 0;
  #problem: string | undefined;
  #lossTimer: NodeJS.Timeout | undefined;

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  get state(): ForwarderState {
    return { sent: this.#sent, waiting: this.#queue.length + this.#senders.size, dropped: this.#dropped, problem: this.#problem };
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
    await Promise.all(this.#senders);
    clearTimeout(timer);
    this.#ended.abort();
    this.#lose(this.#queue.splice(0).length);
    clearTimeout(this.#lossTimer);
    await this.#options.end?.(this.#dropped);
  }

  async #run(): Promise<void> {
    for (let request = this.#queue.shift(); request !== undefined; request = this.#queue.shift()) {
      await this.#deliver(request);
      this.#bytes -= request.bytes.length;
      if (this.#ended.signal.aborted) return;
    }
  }

  /** A failing endpoint loses thousands in a second: one message for all. */
  #lose(requests: number): void {
    if (requests === 0) return;
    this.#dropped += requests;
    this.#lossTimer ??= setTimeout(() => {
      this.#lossTimer = undefined;
      this.#options.changed();
    }, SAY_LOST_MS).unref();
  }

  async #deliver(request: Forwarded): Promise<void> {
    const { send, firstRetryMs = FIRST_RETRY_MS, random = Math.random } = this.#options;
    let isRetried = false;
    const settle = (problem: string | undefined): void => {
      if (isRetried) this.#retried--;
      // One that is taken says nothing of those that are not.
      if (problem !== undefined || this.#retried === 0) this.#say(problem);
    };
    const refused = (problem: string): void => {
      this.#lose(1);
      settle(problem);
    };
    for (let attempt = 0; !this.#ended.signal.aborted; attempt++) {
      let wait = Math.min(MAX_RETRY_MS, firstRetryMs * 2 ** attempt) * (0.5 + random() / 2);
      try {
        const { status, retryAfterMs } = await send(request, this.#ended.signal);
        if (status >= 200 && status < 300) {
          this.#sent++;
          return settle(undefined);
        }
        if (!RETRIED.has(status)) return refused(status === LOOP ? 'That is this collector itself, which has it already.' : `It refused a request (${status}), which is not sent again.`);
        this.#say(`It takes no more at present (${status}); what comes waits.`);
        if (retryAfterMs !== undefined) wait = Math.min(MAX_RETRY_MS, retryAfterMs);
      } catch (error) {
        if (!(error instanceof BackendError)) throw error;
        if (this.#ended.signal.aborted) break;
        // It was sent, and answered with what cannot be read: again would be twice.
        if (error.kind === 'tooLarge' || error.kind === 'badData') return refused('It answered as no OTLP endpoint does (too much, or what cannot be unpacked), so the request is not sent again: check the address.');
        this.#say(`${error.message} What comes waits.`);
      }
      if (!isRetried) this.#retried++;
      isRetried = true;
      await this.#pause(wait);
    }
    this.#lose(1);
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

  #say(problem: string | undefined): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
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
