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
  /** Nothing more is sent. */
  readonly end?: () => Promise<void>;
  /** Its problem is another than before. */
  readonly changed: () => void;
  readonly maxBytes?: number;
  readonly random?: () => number;
  readonly firstRetryMs?: number;
}

export interface ForwarderState {
  /** Requests. */
  readonly sent: number;
  readonly waiting: number;
  /** That did not fit, or were refused for good. */
  readonly dropped: number;
  readonly problem: string | undefined;
}

const MAX_BYTES = 64 << 20;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
const CLOSE_MS = 2_000;
/** A collector got back what it had sent on. */
export const LOOP = 508;
const RETRIED: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #queue: Forwarded[] = [];
  readonly #ended = new AbortController();
  #bytes = 0;
  #sent = 0;
  #dropped = 0;
  #problem: string | undefined;
  #running: Promise<void> | undefined;

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  get state(): ForwarderState {
    return { sent: this.#sent, waiting: this.#queue.length, dropped: this.#dropped, problem: this.#problem };
  }

  add(request: Forwarded): void {
    if (this.#ended.signal.aborted) return;
    this.#queue.push(request);
    this.#bytes += request.bytes.length;
    const most = this.#options.maxBytes ?? MAX_BYTES;
    // The first is on its way.
    while (this.#bytes > most && this.#queue.length > 1) {
      this.#bytes -= this.#queue.splice(1, 1)[0]!.bytes.length;
      this.#dropped++;
    }
    this.#running ??= this.#run();
  }

  /** What waits gets a moment. */
  async close(graceMs = CLOSE_MS): Promise<void> {
    const timer = setTimeout(() => this.#ended.abort(), graceMs);
    await this.#running;
    clearTimeout(timer);
    this.#ended.abort();
    await this.#options.end?.();
  }

  async #run(): Promise<void> {
    for (let request = this.#queue[0]; request !== undefined && !this.#ended.signal.aborted; request = this.#queue[0]) {
      await this.#deliver(request);
      this.#queue.shift();
      this.#bytes -= request.bytes.length;
    }
    this.#running = undefined;
  }

  async #deliver(request: Forwarded): Promise<void> {
    const { send, firstRetryMs = FIRST_RETRY_MS, random = Math.random } = this.#options;
    for (let attempt = 0; !this.#ended.signal.aborted; attempt++) {
      let wait = Math.min(MAX_RETRY_MS, firstRetryMs * 2 ** attempt) * (0.5 + random() / 2);
      try {
        const { status, retryAfterMs } = await send(request, this.#ended.signal);
        if (status >= 200 && status < 300) {
          this.#sent++;
          return this.#say(undefined);
        }
        if (!RETRIED.has(status)) return this.#drop(status === LOOP ? 'That is this collector itself, which has it already.' : `It refused a request (${status}), which is not sent again.`);
        this.#say(`It takes no more at present (${status}); what comes waits.`);
        if (retryAfterMs !== undefined) wait = Math.min(MAX_RETRY_MS, retryAfterMs);
      } catch (error) {
        if (!(error instanceof BackendError)) throw error;
        if (this.#ended.signal.aborted) break;
        // It was sent, and answered with what cannot be read: again would be twice.
        if (error.kind === 'tooLarge' || error.kind === 'badData') return this.#drop('It answered as no OTLP endpoint does (too much, or what cannot be unpacked), so the request is not sent again: check the address.');
        this.#say(`${error.message} What comes waits.`);
      }
      await this.#pause(wait);
    }
    this.#dropped++;
  }

  #drop(problem: string): void {
    this.#dropped++;
    this.#say(problem);
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
