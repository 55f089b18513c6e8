// Replaces provisional summaries by those of the built trace, off the ingest path: a while after a trace's last part, in slices with
// pauses between. Large traces are built one at a time beside the others, and the less often the longer it takes; giants only after a
// longer silence. Owner only. Must not know where the parts are kept.
import { runInSlices } from '../../model/slices.ts';
import { buildSteps } from '../../model/traceBuilder.ts';
import { summaryOf } from '../../model/traceSummary.ts';
import { Pacer } from './pacer.ts';
import type { BuiltSummary, TraceStore } from './traceStore.ts';

export interface SettlerOptions {
  readonly store: TraceStore;
  /** These traces got their exact summary. */
  readonly settled: (traceIds: readonly string[]) => void;
  readonly failed: (error: unknown) => void;
  readonly now: () => number;
  /** Traces of more spans than that are giants. */
  readonly giantSpans?: number;
  readonly giantQuietMs?: number;
}

/** After this much silence a trace is taken to be whole. */
const QUIET_MS = 250;
const TICK_MS = 50;
const LARGE_SPANS = 20_000;
/** Building more takes hundreds of MB for a moment: not while it goes on growing. */
const GIANT_SPANS = 250_000;
const GIANT_QUIET_MS = 3_000;
/** Beyond, only to count them, it would be GBs: such a summary stays provisional, and says so. */
const MOST_SPANS = 2_000_000;
/** A large trace that goes on growing is built again after this many times what it took. */
const REST = 4;
const REMEMBERED = 64;

export class Settler {
  readonly #options: SettlerOptions;
  /** Trace id → when it is due; in order of the last part, as each part moves its trace to the end. */
  readonly #due = new Map<string, number>();
  readonly #large: string[] = [];
  /** Giants that are due when their silence ends. */
  readonly #giants = new Map<string, NodeJS.Timeout>();
  /** Large traces → ms that building took. */
  readonly #cost = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #runningLarge = false;
  #closed = false;

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  touched(traceIds: Iterable<string>): void {
    const now = this.#options.now();
    for (const traceId of traceIds) {
      this.#due.delete(traceId);
      this.#due.set(traceId, now + QUIET_MS);
      this.#endSilence(traceId);
    }
    this.#schedule(QUIET_MS);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#due.clear();
    this.#large.length = 0;
    for (const traceId of this.#giants.keys()) this.#endSilence(traceId);
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
      this.#fail(error);
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

  /** A small trace that is due; large ones are put into their own queue. */
  #nextDue(): string | undefined {
    const { store, now } = this.#options;
    for (const [traceId, due] of this.#due) {
      if (due > now()) return undefined;
      this.#due.delete(traceId);
      const spans = store.summary(traceId)?.spans ?? 0;
      if (spans <= LARGE_SPANS) return traceId;
      if (spans <= (this.#options.giantSpans ?? GIANT_SPANS)) this.#enqueueLarge(traceId);
      else if (spans <= MOST_SPANS) this.#beginSilence(traceId);
    }
    return undefined;
  }

  #beginSilence(traceId: string): void {
    const ended = (): void => {
      this.#giants.delete(traceId);
      this.#enqueueLarge(traceId);
    };
    this.#giants.set(traceId, setTimeout(ended, this.#options.giantQuietMs ?? GIANT_QUIET_MS).unref());
  }

  #endSilence(traceId: string): void {
    clearTimeout(this.#giants.get(traceId));
    this.#giants.delete(traceId);
  }

  #enqueueLarge(traceId: string): void {
    if (!this.#large.includes(traceId)) this.#large.push(traceId);
    if (!this.#runningLarge) void this.#runLarge();
  }

  async #runLarge(): Promise<void> {
    this.#runningLarge = true;
    try {
      for (let traceId = this.#large.shift(); traceId !== undefined && !this.#closed; traceId = this.#large.shift()) await this.#settleLarge(traceId);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#runningLarge = false;
    }
  }

  async #settleLarge(traceId: string): Promise<void> {
    const rest = REST * (this.#cost.get(traceId) ?? 0);
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest).unref());
    if (this.#closed) return;
    const from = performance.now();
    const built = await this.#build(traceId, new Pacer());
    if (this.#cost.size >= REMEMBERED) this.#cost.clear();
    this.#cost.set(traceId, performance.now() - from);
    if (built !== undefined) this.#save([built]);
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

  #fail(error: unknown): void {
    // A store that is closed under way is no failure.
    if (!this.#closed) this.#options.failed(error);
  }
}
