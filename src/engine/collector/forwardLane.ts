// One path of what is sent on: a queue and senders of its own, as many an endpoint takes spans and no logs. Sends, tries again with growing
// waits (opentelemetry-proto docs/specification.md, "Retryable Response Codes"), and says in a sentence how that goes. Must not know the
// other paths.
import { BackendError } from '../backends/backend.ts';
import { pausedFor } from '../network/abortable.ts';
import type { BodyType } from './requestGuard.ts';

export interface Forwarded {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly type: BodyType;
}

export interface LaneOptions {
  /** One try. Throws BackendError where there was no answer. */
  readonly send: (request: Forwarded, signal: AbortSignal) => Promise<{ readonly status: number; readonly retryAfterMs: number | undefined }>;
  readonly ended: AbortSignal;
  /** A count or the problem is another than before. */
  readonly changed: () => void;
  /** It is sent, or lost: its bytes are held no longer. */
  readonly done: (request: Forwarded) => void;
  /** Requests on their way at a time. */
  readonly parallel?: number;
  readonly random?: () => number;
  readonly firstRetryMs?: number;
  /** After so long without another, a refusal is no longer news. */
  readonly lapseMs?: number;
}

/** One alone would send 20 requests a second to an endpoint that is 50 ms away. */
const PARALLEL = 4;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
const LAPSE_MS = 60_000;
/** A collector got back what it had sent on. */
export const LOOP = 508;
const RETRIED: ReadonlySet<number> = new Set([429, 502, 503, 504]);

interface Waiting {
  readonly request: Forwarded;
  readonly order: number;
}

export class ForwardLane {
  readonly #options: LaneOptions;
  /** Oldest first; what is on its way is no longer in it. */
  readonly #queue: Waiting[] = [];
  readonly #senders = new Set<Promise<void>>();
  /** Requests that were not taken and are tried again. */
  #retried = 0;
  #problem: string | undefined;
  #lapse: NodeJS.Timeout | undefined;
  sent = 0;
  /** That did not fit, were refused for good or answered unreadably, or waited at the end. */
  lost = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  /** Of those that wait and those on their way. */
  get waiting(): number {
    return this.#queue.length + this.#senders.size;
  }

  /** When the first of those that wait was added. */
  get oldest(): number | undefined {
    return this.#queue[0]?.order;
  }

  add(request: Forwarded, order: number): void {
    this.#queue.push({ request, order });
  }

  /** Begins to send what was added and is still there. */
  start(): void {
    if (this.#queue.length === 0 || this.#senders.size >= (this.#options.parallel ?? PARALLEL)) return;
    const sender: Promise<void> = this.#run().finally(() => this.#senders.delete(sender));
    this.#senders.add(sender);
  }

  dropOldest(): void {
    const waiting = this.#queue.shift();
    if (waiting !== undefined) this.#lose(waiting.request);
  }

  get isSending(): boolean {
    return this.#senders.size > 0;
  }

  /** Resolves when those that send now are done. */
  async idle(): Promise<void> {
    await Promise.all(this.#senders);
  }

  /** Nothing more is sent: what waits is lost. */
  close(): void {
    clearTimeout(this.#lapse);
    while (this.#queue.length > 0) this.dropOldest();
  }

  async #run(): Promise<void> {
    for (let waiting = this.#queue.shift(); waiting !== undefined; waiting = this.#queue.shift()) {
      await this.#deliver(waiting.request);
      if (this.#options.ended.aborted) return;
    }
  }

  async #deliver(request: Forwarded): Promise<void> {
    const { ended, done, firstRetryMs = FIRST_RETRY_MS, random = Math.random } = this.#options;
    let isRetried = false;
    for (let attempt = 0; !ended.aborted; attempt++) {
      const outcome = await this.#attempt(request);
      if (outcome.kind === 'again') {
        if (!isRetried) this.#retried++;
        isRetried = true;
        this.#say(outcome.problem);
        // The end is seen by the loop.
        await pausedFor(outcome.afterMs ?? Math.min(MAX_RETRY_MS, firstRetryMs * 2 ** attempt) * (0.5 + random() / 2), ended).catch(() => undefined);
        continue;
      }
      if (outcome.kind === 'aborted') break;
      if (isRetried) this.#retried--;
      if (outcome.kind === 'taken') {
        this.sent++;
        done(request);
        // It says nothing of those that are not yet, nor of one that was refused a moment ago.
        if (this.#retried === 0 && this.#lapse === undefined) this.#say(undefined);
        return;
      }
      if (outcome.isLost) this.lost++;
      done(request);
      this.#say(outcome.problem);
      this.#lapseLater();
      this.#options.changed();
      return;
    }
    this.#lose(request);
  }

  async #attempt(request: Forwarded): Promise<Outcome> {
    try {
      const { status, retryAfterMs } = await this.#options.send(request, this.#options.ended);
      if (status >= 200 && status < 300) return { kind: 'taken' };
      if (status === LOOP) return { kind: 'refused', problem: 'That is this collector itself, which has it already.', isLost: false };
      if (!RETRIED.has(status)) return { kind: 'refused', problem: `It refused a request to ${request.path} (${status}), which is not sent again.`, isLost: true };
      return { kind: 'again', problem: `It takes no more at ${request.path} at present (${status}); what comes waits.`, afterMs: retryAfterMs === undefined ? undefined : Math.min(MAX_RETRY_MS, retryAfterMs) };
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      if (this.#options.ended.aborted) return { kind: 'aborted' };
      // It was sent, and answered with what cannot be read: again would be twice.
      if (error.kind === 'tooLarge' || error.kind === 'badData') return { kind: 'refused', problem: 'It answered as no OTLP endpoint does (too much, or what cannot be unpacked), so the request is not sent again: check the address.', isLost: true };
      // Of the whole endpoint, whichever path was asked.
      return { kind: 'again', problem: `${error.message.replaceAll(request.path, '')} What comes waits.`, afterMs: undefined };
    }
  }

  #lose(request: Forwarded): void {
    this.lost++;
    this.#options.done(request);
    this.#options.changed();
  }

  #say(problem: string | undefined): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#options.changed();
  }

  #lapseLater(): void {
    clearTimeout(this.#lapse);
    this.#lapse = setTimeout(() => {
      this.#lapse = undefined;
      if (this.#retried === 0) this.#say(undefined);
    }, this.#options.lapseMs ?? LAPSE_MS).unref();
  }
}

type Outcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly problem: string; readonly isLost: boolean }
  | { readonly kind: 'again'; readonly problem: string; readonly afterMs: number | undefined }
  | { readonly kind: 'aborted' };
