// Requests that were decoded, waiting for their commit. What arrives while a commit runs is committed together by the next one; a
// request is settled only after its commit. Owns the memory budget: how much unanswered data may be held. Must not know HTTP.
import type { IncomingRequest } from '../store/traceStore.ts';
import type { MemoryBudget } from './boundedBody.ts';

export interface QueueOptions {
  /** One transaction; throws when nothing of it was kept. Answers the traces whose summaries are provisional. */
  readonly commit: (requests: readonly IncomingRequest[]) => readonly string[];
  /** After a commit, outside of it. */
  readonly committed: (requests: readonly IncomingRequest[], provisional: readonly string[]) => void;
  /** Bytes of unanswered requests at which new ones are sent away. */
  readonly maxBytes: number;
}

interface Waiting {
  readonly request: IncomingRequest;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** One transaction holds about this much: tens of ms at most. */
const COMMIT_BYTES = 2 << 20;
const FULL_SHARE = 0.8;

export class IngestQueue implements MemoryBudget {
  readonly #options: QueueOptions;
  #waiting: Waiting[] = [];
  #scheduled = false;
  #held = 0;
  #idle: (() => void)[] = [];

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** New requests are to be sent away until less is held. */
  get full(): boolean {
    return this.#held >= this.#options.maxBytes * FULL_SHARE;
  }

  get heldBytes(): number {
    return this.#held;
  }

  /** Bodies may grow beyond what lets new requests in, up to twice the budget in all. */
  take(bytes: number): boolean {
    if (this.#held + bytes > 2 * this.#options.maxBytes) return false;
    this.#held += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }

  /** Resolves when it is committed; rejects with what the commit threw. */
  add(request: IncomingRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when nothing waits any more. */
  drained(): Promise<void> {
    return this.#waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After this turn's other requests were read, so that they share the commit.
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const batch = this.#nextBatch();
    if (batch.length > 0) {
      const requests = batch.map(({ request }) => request);
      try {
        const provisional = this.#options.commit(requests);
        for (const { resolve } of batch) resolve();
        this.#options.committed(requests, provisional);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    if (this.#waiting.length > 0) return this.#schedule();
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #nextBatch(): Waiting[] {
    let size = 0;
    let count = 0;
    while (count < this.#waiting.length && size < COMMIT_BYTES) size += sizeOf(this.#waiting[count++]!.request);
    return this.#waiting.splice(0, count);
  }
}

const sizeOf = ({ batch, events }: IncomingRequest): number => batch.bytes.length + (events ?? []).reduce((size, trace) => size + trace.events.reduce((sum, { field }) => sum + field.length, 0), 0);
