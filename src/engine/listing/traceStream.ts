// One source's traces newest first, each once, whatever order its API answers in. Time is searched from now backwards in windows that grow
// while they come back short and are halved while an unordered answer is full; nothing is given out before everything newer was searched,
// so paging to the end yields every trace once. Must not know any filter's meaning, nor who lists.
import { padHex } from '../../model/ids.ts';
import type { TimeWindow } from '../backends/backend.ts';
import type { SourceCapabilities, SourcePage, SourceQuery, SourceTrace } from '../backends/source.ts';
import { throwIfAborted } from '../slices.ts';

/** Requests one call of `next` may make; the rest of what it did not reach is named. */
const MAX_REQUESTS = 8;
/** An hour that came back short is followed by the day before it. */
const GROWTH = 24n;
/** 1 h: wide enough for a quiet system, narrow enough for one that keeps whole days in memory. */
const FIRST_WINDOW_NS = 3_600_000_000_000n;

export type AskPage = (query: SourceQuery, signal: AbortSignal) => Promise<SourcePage>;
type Filters = Omit<SourceQuery, 'window' | 'limit' | 'cursor'>;

export interface StreamOptions {
  readonly ask: AskPage;
  readonly capabilities: SourceCapabilities;
  readonly filters: Filters;
  /** All of time that may be searched. */
  readonly window: TimeWindow;
  /** Traces to ask for at once; read anew for every request, as it adapts to what answers weigh. */
  readonly pageLimit: (wanted: number) => number;
}

interface Pending extends TimeWindow {
  readonly cursor?: string;
  /** Searched from the window's end down to here, where the server pages from new to old. */
  readonly doneTo?: bigint;
  /** Ask for as many as the server ever answers. */
  readonly most?: boolean;
}

export class TraceStream {
  readonly #options: StreamOptions;
  readonly #seen = new Set<string>();
  /** Newest first; what is older than the last of them has not been cut into windows yet. */
  readonly #pending: Pending[] = [];
  /** Found, and not given out. */
  #pool: SourceTrace[] = [];
  /** Everything from here on is in #pending or searched. */
  #cutTo: bigint;
  #width: bigint;
  readonly #notes = new Set<string>();
  #searched = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#cutTo = options.window.endNs;
    this.#width = options.capabilities.firstWindowNs ?? FIRST_WINDOW_NS;
  }

  /** Nothing is left to search or to give out. */
  get ended(): boolean {
    return this.#pool.length === 0 && this.#pending.length === 0 && this.#cutTo <= this.#options.window.startNs;
  }

  /** Epoch ns back to which everything was searched. */
  get searchedTo(): bigint {
    const next = this.#pending[0];
    return next === undefined ? this.#cutTo : (next.doneTo ?? next.endNs);
  }

  /** Different traces seen so far. */
  get searched(): number {
    return this.#searched;
  }

  /** Sentences, each once: the source's own, and what of the time could not be searched. */
  get notes(): readonly string[] {
    return [...this.#notes];
  }

  /** The next traces, at most `wanted`; fewer where the end was met first. Where the bound of requests was, what was found is given out of order. */
  async next(wanted: number, signal: AbortSignal): Promise<SourceTrace[]> {
    for (let requests = 0; this.#ready() < wanted && requests < MAX_REQUESTS; requests++) {
      const window = this.#pending.shift() ?? this.#cut();
      if (window === undefined) break;
      throwIfAborted(signal);
      try {
        await this.#search(window, wanted, signal);
      } catch (error) {
        // Asked again by the next call: what was found before it stays.
        this.#pending.unshift(window);
        throw error;
      }
    }
    if (this.#ready() === 0 && this.#pool.length > 0) this.#notes.add(`The server answers more than it can be asked for at once: some traces since ${timeText(this.#pending.at(-1)?.startNs ?? this.#cutTo)} were not searched yet.`);
    return this.#give(wanted);
  }

  /** The next older window; grows while windows come back short. */
  #cut(): Pending | undefined {
    const { window, capabilities } = this.#options;
    if (this.#cutTo <= window.startNs) return undefined;
    // Bounds are rounded outward, which may add a unit.
    const widest = capabilities.maxWindowNs === undefined ? window.endNs - window.startNs : capabilities.maxWindowNs - capabilities.timeUnitNs;
    const width = this.#width < widest ? this.#width : widest;
    const startNs = this.#cutTo - width > window.startNs ? this.#cutTo - width : window.startNs;
    const cut = { startNs, endNs: this.#cutTo };
    this.#cutTo = startNs;
    this.#width *= GROWTH;
    return cut;
  }

  async #search(window: Pending, wanted: number, signal: AbortSignal): Promise<void> {
    const { ask, filters, capabilities } = this.#options;
    const { startNs, endNs, cursor, most } = window;
    const limit = most === true ? capabilities.maxLimit : Math.max(1, Math.min(capabilities.maxLimit, this.#options.pageLimit(wanted)));
    const page = await ask({ ...filters, window: { startNs, endNs }, limit, ...(cursor === undefined ? {} : { cursor }) }, signal);
    for (const note of page.notes) this.#notes.add(note);
    this.#take(page.traces);
    if (page.cursor !== undefined && page.cursor !== cursor) return this.#resume(window, page);
    if (!page.full) return;
    this.#width = FIRST_WINDOW_NS;
    if (capabilities.order === 'newest') this.#olderThan(window, page, limit);
    else this.#halve(window, limit);
  }

  #take(traces: readonly SourceTrace[]): void {
    for (const trace of traces) {
      const id = padHex(trace.ref.traceId, 32) ?? trace.ref.traceId;
      const name = `${trace.ref.scope ?? ''} ${id}`;
      if (this.#seen.has(name)) continue;
      this.#seen.add(name);
      this.#pool.push(trace);
      this.#searched++;
    }
  }

  /** The server pages by itself: the same window goes on; where it goes from new to old, what came is complete down to its oldest. */
  #resume({ startNs, endNs, doneTo = endNs }: Pending, { traces, cursor, completeTo }: SourcePage): void {
    const oldest = this.#options.capabilities.order === 'newest' ? (completeTo ?? oldestOf(traces)) : undefined;
    this.#pending.unshift({ startNs, endNs, cursor: cursor!, doneTo: oldest !== undefined && oldest < doneTo && oldest >= startNs ? oldest : doneTo });
  }

  /** Bounds overlap by one unit of the API's time: traces of that unit may have been cut off. */
  #olderThan({ startNs, endNs }: Pending, { traces }: SourcePage, limit: number): void {
    const { timeUnitNs, maxLimit } = this.#options.capabilities;
    const oldest = oldestOf(traces) ?? startNs;
    if (oldest + timeUnitNs < endNs) this.#pending.unshift({ startNs, endNs: oldest + timeUnitNs });
    else if (limit < maxLimit) this.#pending.unshift({ startNs, endNs, most: true });
    else this.#skip(oldest, { startNs, endNs: oldest });
  }

  #halve({ startNs, endNs }: Pending, limit: number): void {
    const { timeUnitNs, maxLimit } = this.#options.capabilities;
    const middle = startNs + (endNs - startNs) / 2n;
    if (endNs - startNs > 2n * timeUnitNs) this.#pending.unshift({ startNs: middle, endNs }, { startNs, endNs: middle + timeUnitNs });
    else if (limit < maxLimit) this.#pending.unshift({ startNs, endNs, most: true });
    else this.#skip(startNs, undefined);
  }

  /** A unit of time that holds more than the API ever answers. */
  #skip(unitNs: bigint, rest: TimeWindow | undefined): void {
    this.#notes.add(`More traces than the server answers at once began at ${timeText(unitNs)}; the rest of them was not searched.`);
    if (rest !== undefined && rest.startNs < rest.endNs) this.#pending.unshift(rest);
  }

  #ready(): number {
    if (this.#allSearched()) return this.#pool.length;
    const to = this.searchedTo;
    return this.#pool.reduce((ready, { summary }) => ready + (summary.startUnixNano >= to ? 1 : 0), 0);
  }

  #allSearched(): boolean {
    return this.#pending.length === 0 && this.#cutTo <= this.#options.window.startNs;
  }

  #give(wanted: number): SourceTrace[] {
    const sorted = this.#pool.toSorted(newestFirst);
    const ready = this.#ready();
    const given = sorted.slice(0, Math.min(wanted, ready === 0 ? sorted.length : ready));
    this.#pool = sorted.slice(given.length);
    return given;
  }
}

/** ISO, whole milliseconds. */
export const timeText = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString();

function newestFirst(a: SourceTrace, b: SourceTrace): number {
  const [left, right] = [a.summary.startUnixNano, b.summary.startUnixNano];
  return left === right ? (a.summary.traceId < b.summary.traceId ? -1 : 1) : left > right ? -1 : 1;
}

function oldestOf(traces: readonly SourceTrace[]): bigint | undefined {
  let oldest: bigint | undefined;
  for (const { summary } of traces) if (oldest === undefined || summary.startUnixNano < oldest) oldest = summary.startUnixNano;
  return oldest;
}
