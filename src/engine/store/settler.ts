// Replaces provisional summaries by those of the built trace, off the ingest path: a while after a trace's last part, in slices with
// pauses between. Owner only. Must not know where the parts are kept.
import { buildSteps } from '../../model/traceBuilder.ts';
import { runInSlices } from '../../model/slices.ts';
import { summaryOf } from '../../model/traceSummary.ts';
import { Pacer } from './pacer.ts';
import type { BuiltSummary, TraceStore } from './traceStore.ts';

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
    const pacer = new Pacer();
    let built: BuiltSummary[] = [];
    while (!this.#closed) {
      const traceId = this.#nextDue();
      if (traceId !== undefined) {
        const summary = await this.#build(traceId, pacer);
        if (summary !== undefined) built.push(summary);
        if (!pacer.spent) continue;
      }
      this.#save(built);
      if (traceId === undefined) return;
      built = [];
      await pacer.pause();
    }
  }

  #nextDue(): string | undefined {
    const first = this.#due.entries().next();
    if (first.done === true || first.value[1] > this.#options.now()) return undefined;
    const [traceId] = first.value;
    this.#due.delete(traceId);
    return traceId;
  }

  async #build(traceId: string, pacer: Pacer): Promise<BuiltSummary | undefined> {
    const { store } = this.#options;
    const parts = store.partCount(traceId);
    const stored = parts === 0 ? undefined : await store.loadTrace(traceId);
    if (stored === undefined || stored.batches.length === 0 || this.#closed) return undefined;
    const selections = stored.batches.map((batch) => ({ batch }));
    const trace = await runInSlices(buildSteps(traceId, selections), { budgetMs: pacer.budgetMs, pause: () => pacer.pause() });
    // Before the summary is exact: what fails here is done again by the next owner.
    if (!this.#closed) await store.refreshPin(traceId);
    return this.#closed ? undefined : { summary: summaryOf(trace), parts };
  }

  #save(built: readonly BuiltSummary[]): void {
    if (built.length === 0 || this.#closed) return;
    this.#options.store.saveSummaries(built);
    this.#options.settled(built.map(({ summary }) => summary.traceId));
  }
}
