// A source as a Backend: groups, filters, sorting, paging and the slow rule over whatever its API can do, said so where it was done here
// and how far was looked. Must not know which system it is.
import { slowTraces } from '../../analysis/slowRule.ts';
import type { SlowRule } from '../../protocol/messages.ts';
import { BackendError, type Backend, type CohortTrace, type FoundTrace, type SearchPage, type SearchQuery, type TimeWindow, type TraceFilter } from '../backends/backend.ts';
import type { SourceFilter, TraceSource } from '../backends/source.ts';
import { deepSearch } from './deepSearch.ts';
import { summedUp } from './dependencies.ts';
import { brokenFilters, filtersOf, fits } from './filterCheck.ts';
import { Scan } from './scan.ts';

export interface ListedOptions {
  readonly source: TraceSource;
  readonly now: () => number;
  readonly slow: () => SlowRule;
  readonly slowThresholdNs?: number;
  readonly lookbackNs: bigint;
  /** Bytes received by the connection so far. */
  readonly received: () => number;
  /** By how much the server's clock is ahead of ours, as far as it said. */
  readonly aheadMs?: () => number | undefined;
  /** Every request counts: none is made to check on the server. */
  readonly metered?: boolean;
}

/** Traces looked through where the server cannot filter, a search. */
const SCAN_DEPTH = 400;
const WHOLE_SCAN_DEPTH = 100;
/** A list asked for again at once (three groups of one tree) is not asked of the server again. */
const FRESH_MS = 5_000;
const SESSIONS = 32;
/** So long ago a trace must have ended to be in every answer. */
const SETTLED_NS = 30_000_000_000n;
/** A look that found no erring trace which the filter hides is not taken again for so long. */
const LOOKED_MS = 10 * 60_000;
/** Clocks of others may be ahead of ours, the server's also by more than that, and nobody's by so much that it is believed. */
const AHEAD_MS = 60_000;
const MOST_AHEAD_MS = 24 * 3_600_000;

interface Session {
  readonly scan: Scan;
  readonly sent: readonly SourceFilter[];
  readonly matched: FoundTrace[];
  /** Traces of the scan that were looked at. */
  looked: number;
}

export function listedBackend(options: ListedOptions): Backend {
  const { source } = options;
  const lists = new SourceLists(options);
  return {
    capabilities: { filters: ['service', 'operation', 'text', 'minDurationNs', 'errorsOnly', 'attributes'], sorts: ['newest', 'slowest', 'spans'], pages: true, live: source.capabilities.live === true },
    probe: (signal) => source.probe(signal),
    services: (signal) => source.services(signal),
    operations: (service, signal) => source.operations(service, signal),
    search: (query, signal) => lists.search(query, signal),
    deepSearch: (query, signal) => deepSearch(source, query, signal),
    dependencies: async (window, signal) => {
      if (source.dependencies === undefined) throw new BackendError('unsupported', 'This system does not say which service calls which.');
      return summedUp(await source.dependencies(window, signal));
    },
    trace: (ref, signal) => source.trace(ref, signal),
    cohort: (rootService, rootName, limit, signal) => lists.cohort(rootService, rootName, limit, signal),
  };
}

class SourceLists {
  readonly #options: ListedOptions;
  readonly #scans = new Map<string, Scan>();
  readonly #sessions = new Map<string, Session>();
  /** Filters this server was seen to answer wrongly, and beside which others: servers that hold all conditions against one span are wrong about some together only. */
  readonly #distrusted: { readonly filter: SourceFilter; readonly beside: readonly SourceFilter[] }[] = [];
  /** Until when (epoch ms) the filter for errors is believed, by all that were sent with it: for good once it was seen to find every erring trace there was. */
  readonly #believed = new Map<string, number>();
  #nextSession = 1;

  constructor(options: ListedOptions) {
    this.#options = options;
  }

  async search(query: SearchQuery, signal: AbortSignal): Promise<SearchPage> {
    await this.#options.source.prepare?.(signal);
    const wanted = this.#wanted(query);
    if (query.group === 'slow' && this.#options.slowThresholdNs === undefined) return this.#slowByRule(query, wanted, signal);
    const [name, offset] = cursorOf(query.cursor);
    const session = name === undefined ? await this.#begin(query, wanted, signal) : this.#sessions.get(name);
    if (session === undefined) throw new BackendError('badData', 'This list is too old to go on with; refresh it.');
    if (name !== undefined) session.scan.begin();
    const depth = query.sort === 'newest' ? offset + query.limit : Math.max(this.#depth(), offset + query.limit);
    await this.#match(session, wanted, depth, signal);
    const sorted = sortedBy(session.matched, query.sort);
    const traces = sorted.slice(offset, offset + query.limit);
    const end = offset + traces.length;
    const more = end < sorted.length || !session.scan.ended || session.looked < session.scan.found.length;
    return {
      traces,
      ...(more ? { next: `${name ?? this.#keep(session)}.${end}` } : { total: sorted.length }),
      notes: [...session.scan.notes, ...this.#clockNotes(), ...this.#reachNotes(query, wanted, session)],
    };
  }

  async cohort(rootService: string, rootName: string, limit: number, signal: AbortSignal): Promise<readonly CohortTrace[]> {
    await this.#options.source.prepare?.(signal);
    const wanted = { service: rootService, operation: rootName };
    const session = await this.#begin({ group: 'recent', sort: 'newest', limit, ...wanted }, wanted, signal);
    const most = Math.min(limit, this.#options.source.capabilities.cohortLimit);
    // A list that knows no services is believed by the name alone.
    const isRoot = ({ summary, unknown }: FoundTrace): boolean => (summary.rootService === rootService || (summary.rootService === '' && unknown?.includes('services') === true)) && summary.rootName === rootName;
    while (session.scan.found.filter(isRoot).length < most && !session.scan.ended && session.scan.found.length < this.#depth()) {
      const before = session.scan.found.length;
      await session.scan.ensure(before + most, signal);
      if (session.scan.found.length === before) break;
    }
    return session.scan.found.filter(isRoot).slice(0, most).map(({ ref, loaded }) => ({ ...ref, ...(loaded === undefined ? {} : { loaded }) }));
  }

  #wanted(query: SearchQuery): TraceFilter {
    const { service, operation, text, attributes } = query;
    const minDurationNs = query.group === 'slow' ? Math.max(query.minDurationNs ?? 0, this.#options.slowThresholdNs ?? 0) : query.minDurationNs;
    return {
      ...(service === undefined ? {} : { service }),
      ...(operation === undefined ? {} : { operation }),
      ...(text === undefined ? {} : { text }),
      ...(attributes === undefined ? {} : { attributes }),
      ...(minDurationNs === undefined ? {} : { minDurationNs }),
      ...(query.group === 'errors' || query.errorsOnly === true ? { errorsOnly: true } : {}),
    };
  }

  /** The first page decides which of the server's filters are believed. */
  async #begin(query: SearchQuery, wanted: TraceFilter, signal: AbortSignal): Promise<Session> {
    for (;;) {
      const sent = this.#sendable(wanted);
      const scan = this.#scan(wanted, sent, query);
      scan.begin();
      await scan.ensure(Math.min(query.limit, this.#depth()), signal);
      const broken = brokenFilters(scan.found, sent, wanted);
      if (broken.length === 0 && sent.includes('errorsOnly') && this.#mayLook(sent) && scan.found.length < query.limit && (await this.#hidesErrors(scan, sent, wanted, query, signal))) broken.push('errorsOnly');
      if (broken.length === 0) return { scan, sent, matched: [], looked: 0 };
      for (const filter of broken) this.#distrusted.push({ filter, beside: sent.filter((other) => other !== filter) });
    }
  }

  /** A look beside the filter is worth its price: no request is billed, and the last one was not a moment ago. */
  #mayLook(sent: readonly SourceFilter[]): boolean {
    return this.#options.metered !== true && this.#options.now() >= (this.#believed.get(sent.join()) ?? 0);
  }

  /** Few were found, or none: is there another erring one among the latest? What may have come between the two questions does not count. */
  async #hidesErrors(errors: Scan, sent: readonly SourceFilter[], wanted: TraceFilter, query: SearchQuery, signal: AbortSignal): Promise<boolean> {
    const others = sent.filter((filter) => filter !== 'errorsOnly');
    const scan = this.#scan(wanted, others, query);
    await scan.ensure(WHOLE_SCAN_DEPTH, signal);
    const answered = new Set(errors.found.map(({ summary }) => summary.traceId));
    const settledNs = BigInt(Math.floor(errors.madeMs)) * 1_000_000n - SETTLED_NS;
    const erring = scan.found.filter((found) => found.summary.startUnixNano >= errors.searchedTo && found.unknown?.includes('errors') !== true && fits(found, wanted, others));
    const isSettled = ({ summary }: FoundTrace): boolean => summary.startUnixNano + summary.durationNs < settledNs;
    const missing = erring.filter(({ summary }) => !answered.has(summary.traceId));
    if (missing.some(isSettled)) return true;
    if (erring.some(isSettled)) this.#believed.set(sent.join(), Infinity);
    else if (missing.length === 0) this.#believed.set(sent.join(), this.#options.now() + LOOKED_MS);
    return false;
  }

  #sendable(wanted: TraceFilter): SourceFilter[] {
    const possible = filtersOf(wanted).filter((filter) => this.#options.source.capabilities.filters.includes(filter));
    return possible.filter((filter) => !this.#distrusted.some((wrong) => wrong.filter === filter && wrong.beside.every((other) => possible.includes(other))));
  }

  #scan(wanted: TraceFilter, sent: readonly SourceFilter[], query: SearchQuery): Scan {
    const { source, now, received } = this.#options;
    const filters = Object.fromEntries(sent.map((filter) => [filter, wanted[filter]]));
    const key = JSON.stringify([filters, query.window?.startNs.toString(), query.window?.endNs.toString()]);
    const known = this.#scans.get(key);
    // What moves whole traces is never moved again unasked.
    if (known !== undefined && known.madeMs >= (query.askedAtMs ?? -Infinity) && (now() - known.madeMs < FRESH_MS || (query.background === true && source.capabilities.wholeTraces))) return known;
    const scan = new Scan({ ask: (page, signal) => source.page(page, signal), capabilities: source.capabilities, filters, window: query.window ?? this.#window(), now, received });
    remember(this.#scans, key, scan);
    return scan;
  }

  #window(): TimeWindow {
    const { now, lookbackNs, source } = this.#options;
    const nowNs = BigInt(Math.floor(now())) * 1_000_000n;
    const { retentionNs } = source.capabilities;
    return { startNs: nowNs - (retentionNs !== undefined && retentionNs < lookbackNs ? retentionNs : lookbackNs), endNs: nowNs + BigInt(AHEAD_MS + this.#aheadMs()) * 1_000_000n };
  }

  /** 0 where it is not worth a word. */
  #aheadMs(): number {
    const ms = Math.round(this.#options.aheadMs?.() ?? 0);
    return ms > AHEAD_MS && ms <= MOST_AHEAD_MS ? ms : 0;
  }

  #clockNotes(): string[] {
    const ms = this.#aheadMs();
    return ms === 0 ? [] : [`The server's clock is ${Math.round(ms / 60_000)} min ahead of this machine's: one of them is wrong.`];
  }

  async #match(session: Session, wanted: TraceFilter, count: number, signal: AbortSignal): Promise<void> {
    const { scan } = session;
    const until = session.looked + this.#depth();
    while (session.matched.length < count && session.looked < until) {
      if (session.looked >= scan.found.length) {
        const before = scan.found.length;
        await scan.ensure(Math.min(until, before + count - session.matched.length), signal);
        if (scan.found.length === before) return;
      }
      for (; session.looked < scan.found.length && session.looked < until && session.matched.length < count; session.looked++) {
        const found = scan.found[session.looked]!;
        if (fits(found, wanted, session.sent)) session.matched.push(found);
      }
    }
  }

  async #slowByRule(query: SearchQuery, wanted: TraceFilter, signal: AbortSignal): Promise<SearchPage> {
    const { scan, sent } = await this.#begin(query, wanted, signal);
    const rule = this.#options.slow();
    await scan.ensure(this.#depth(), signal);
    const known = scan.found.filter((found) => fits(found, wanted, sent) && found.unknown?.includes('duration') !== true);
    const slow = slowTraces(known.map((found) => ({ found, rootService: found.summary.rootService, rootName: found.summary.rootName, durationNs: found.summary.durationNs })), rule);
    const [, offset] = cursorOf(query.cursor);
    const traces = sortedBy(slow.map(({ trace, usualNs }) => ({ ...trace.found, usualNs })), query.sort);
    const end = Math.min(traces.length, offset + query.limit);
    return {
      traces: traces.slice(offset, end),
      total: traces.length,
      ...(end < traces.length ? { next: `slow.${end}` } : {}),
      notes: [...scan.notes, `Slower than usual among ${scan.reach}; an operation needs ${rule.minSamples} of them.`],
    };
  }

  /** Said where the list is not simply the server's own. */
  #reachNotes(query: SearchQuery, wanted: TraceFilter, { scan, sent }: Session): string[] {
    const own = filtersOf(wanted).filter((filter) => !sent.includes(filter));
    const notes: string[] = [];
    if (own.includes('attributes')) notes.push('This server cannot be asked for attributes.');
    if (scan.ended && own.length === 0 && query.sort === 'newest') return notes;
    if (own.includes('errorsOnly')) notes.push(`Errors among ${scan.reach}.`);
    else if (own.length > 0 || ((wanted.text ?? '') !== '' && !sent.includes('text'))) notes.push(`Searched: ${scan.reach}.`);
    else if (query.sort !== 'newest') notes.push(`Sorted: ${scan.reach}.`);
    return notes;
  }

  #depth(): number {
    return this.#options.source.capabilities.wholeTraces ? WHOLE_SCAN_DEPTH : SCAN_DEPTH;
  }

  #keep(session: Session): string {
    const name = String(this.#nextSession++);
    remember(this.#sessions, name, session);
    return name;
  }
}

/** The latest few of them. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= SESSIONS) return;
    map.delete(oldest);
  }
}

function cursorOf(cursor: string | undefined): readonly [name: string | undefined, offset: number] {
  if (cursor === undefined) return [undefined, 0];
  const match = /^(slow|\d{1,9})\.(\d{1,9})$/.exec(cursor);
  if (match === null) throw new BackendError('badData', 'That is no place in this list; refresh it.');
  return [match[1]!, Number(match[2])];
}

function sortedBy<T extends FoundTrace>(found: readonly T[], sort: SearchQuery['sort']): readonly T[] {
  if (sort === 'newest') return found;
  const size = ({ summary }: FoundTrace): number => (sort === 'slowest' ? Number(summary.durationNs) : summary.spans);
  return found.toSorted((a, b) => size(b) - size(a));
}
