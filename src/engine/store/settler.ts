// Replaces provisional summaries by those of the built trace, off the ingest path: a while after a trace's last part, in slices with
// pauses between. Owner only. Must not know where the parts are kept.
import { buildSteps } from '../../model/traceBuilder.ts';
import { runInSlices } from '../../model/slices.ts';
import { splitByTrace } from '../../model/splitByTrace.ts';
import { summaryOf } from '../../model/traceSummary.ts';
import type { TraceStore } from './traceStore.ts';

export interface SettlerOptions {
  readonly store: TraceStore;
  /** A trace got its exact summary. */
  readonly settled: (traceIds: readonly string[]) => void;
  readonly failed: (error: unknown) => void;
  readonly now: () => number;
}

/** After this much silence a trace is taken to be whole. */
const QUIET_MS = 250;
const TICK_MS = 50;
/** Work between two turns of the event loop. */
const SLICE_MS = 8;

export class Settler {
  readonly #options: SettlerOptions;
  /** Trace id → when it is due; in order of the last part, as each part moves its trace to the end. */
  readonly #due = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #closed = false;

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  touched(traceIds: Iterable<string>): void {
    const due = this.#options.now() + QUIET_MS;
    for (const traceId of traceIds) {
      this.#due.delete(traceId);
      this.#due.set(traceId, due);
    }
    this.#schedule(QUIET_MS);
  }

  /** How many wait. */
  get waiting(): number {
    return this.#due.size;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#due.clear();
  }

  #schedule(ms: number): void {
    if (this.#closed || this.#running || this.#timer !== undefined || this.#due.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#run();
    }, ms);
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      await this.#settleDue();
    } catch (error) {
      this.#options.failed(error);
    } finally {
      this.#running = false;
      this.#schedule(TICK_MS);
    }
  }

  async #settleDue(): Promise<void> {
    let since = performance.now();
    let settled: string[] = [];
    const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      const first = this.#due.entries().next();
      if (this.#closed || first.done === true || first.value[1] > this.#options.now()) break;
      const [traceId] = first.value;
      this.#due.delete(traceId);
      if (await this.#settle(traceId)) settled.push(traceId);
      if (performance.now() - since < SLICE_MS) continue;
      this.#options.settled(settled);
      settled = [];
      await pause();
      since = performance.now();
    }
    if (settled.length > 0) this.#options.settled(settled);
  }

  async #settle(traceId: string): Promise<boolean> {
    const { store } = this.#options;
    const parts = store.partCount(traceId);
    if (parts === 0) return false;
    const stored = await store.loadTrace(traceId);
    const selections = stored === undefined ? [] : splitByTrace(stored.batches).find((part) => part.traceId === traceId)?.selections;
    if (selections === undefined || selections.length === 0 || this.#closed) return false;
    const trace = await runInSlices(buildSteps(traceId, selections), { budgetMs: SLICE_MS, pause: () => new Promise((resolve) => setImmediate(resolve)) });
    return !this.#closed && store.saveSummary(summaryOf(trace), parts);
  }
}
