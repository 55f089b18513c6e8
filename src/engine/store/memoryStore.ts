// Traces in memory, where there is no database: bounded by bytes, oldest out first. Pinned traces stay until this process ends.
// The same interface as sqliteStore.ts, so that nobody else need know which one there is.
import { slowTraces } from '../../analysis/slowRule.ts';
import type { TraceSummary } from '../../model/summary.ts';
import { mergeProvisional, provisionalOf, type Provisional } from './provisional.ts';
import { pageOf } from './summaryList.ts';
import type { SlowRule } from '../../protocol/messages.ts';
import type { SpanSelection } from '../../model/splitByTrace.ts';
import { decodeOtlpProto } from '../../formats/otlpProto.ts';
import { MemoryRemotePins, type RemotePins } from './remotePins.ts';
import type { TraceEvents } from '../../formats/otlpLogs.ts';
import { encodeEvents, withEvents } from '../../formats/spanEvents.ts';
import { encodePart, decodePart, requestOfRuns } from './partBytes.ts';
import type { BuiltSummary, IncomingRequest, Pin, StoredTrace, StorePage, StoreQuery, StoreSize, TraceGroup, TraceStore } from './traceStore.ts';

export interface MemoryStoreOptions {
  readonly maxBytes: number;
  readonly slow: SlowRule;
  readonly now: () => number;
}

interface Held {
  provisional: Provisional;
  summary: TraceSummary;
  /** Whole OTLP requests, so that a small trace does not hold a large request in memory. */
  readonly requests: Uint8Array[];
  bytes: number;
}

export class MemoryStore implements TraceStore {
  readonly #options: MemoryStoreOptions;
  /** In order of arrival. */
  readonly #traces = new Map<string, Held>();
  readonly #pins = new Map<string, Pin>();
  /** By trace, in order of arrival. */
  readonly #events = new Map<string, Uint8Array[]>();
  readonly remotePins: RemotePins = new MemoryRemotePins();
  #bytes = 0;

  constructor(options: MemoryStoreOptions) {
    this.#options = options;
  }

  list(query: StoreQuery): StorePage {
    const all = [...this.#traces.values()].map(({ summary }) => summary);
    const usual = query.group === 'slow' ? new Map(slowTraces(all, this.#options.slow).map(({ trace, usualNs }) => [trace.traceId, usualNs])) : undefined;
    const page = pageOf(all.filter((summary) => this.#inGroup(summary, query.group, usual)), query);
    return {
      traces: page.summaries.map((summary) => {
        const pin = this.#pins.get(summary.traceId);
        return { summary, usualNs: usual?.get(summary.traceId), pinned: pin !== undefined, note: pin?.note ?? '' };
      }),
      total: page.total,
      known: this.#traces.size,
      next: page.next,
    };
  }

  summary(traceId: string): TraceSummary | undefined {
    return this.#traces.get(traceId)?.summary;
  }

  async loadTrace(traceId: string, signal?: AbortSignal): Promise<StoredTrace | undefined> {
    const held = this.#traces.get(traceId);
    signal?.throwIfAborted();
    if (held === undefined) return undefined;
    const { batches } = withEvents(held.requests.map((bytes) => decodeOtlpProto(bytes)), this.#events.get(traceId) ?? []);
    return { batches, notes: [] };
  }

  services(): readonly string[] {
    return [...new Set([...this.#traces.values()].flatMap(({ summary }) => summary.services))].sort();
  }

  operations(service: string): readonly string[] {
    return [...new Set([...this.#traces.values()].filter(({ summary }) => summary.rootService === service).map(({ summary }) => summary.rootName))].sort();
  }

  cohort(rootService: string, rootName: string, limit: number): readonly string[] {
    return [...this.#traces.values()]
      .map(({ summary }) => summary)
      .filter((summary) => summary.rootService === rootService && summary.rootName === rootName)
      .sort((a, b) => (a.startUnixNano < b.startUnixNano ? 1 : a.startUnixNano > b.startUnixNano ? -1 : 0))
      .slice(0, limit)
      .map(({ traceId }) => traceId);
  }

  pins(): readonly Pin[] {
    return [...this.#pins.values()];
  }

  pinOf(traceId: string): Pin | undefined {
    return this.#pins.get(traceId);
  }

  pin(traceId: string, note: string): Promise<boolean> {
    if (!this.#traces.has(traceId)) return Promise.resolve(false);
    this.#pins.set(traceId, { traceId, note, pinnedAt: this.#pins.get(traceId)?.pinnedAt ?? this.#options.now() });
    return Promise.resolve(true);
  }

  unpin(traceId: string): boolean {
    return this.#pins.delete(traceId);
  }

  deleteTraces(traceIds: readonly string[]): number {
    let count = 0;
    for (const traceId of traceIds) {
      this.#pins.delete(traceId);
      if (this.#remove(traceId)) count++;
    }
    return count;
  }

  size(): StoreSize {
    return { traces: this.#traces.size, bytes: this.#bytes };
  }

  close(): void {
    this.#traces.clear();
    this.#bytes = 0;
  }

  write(requests: readonly IncomingRequest[]): readonly string[] {
    const touched = new Set<string>();
    for (const { parts, events } of requests) {
      for (const trace of events ?? []) this.#addEvents(trace);
      for (const { traceId, selections } of parts) {
        if (traceId === '') continue;
        for (const selection of selections) this.#add(traceId, selection);
        touched.add(traceId);
      }
    }
    return [...touched];
  }

  saveSummaries(built: readonly BuiltSummary[]): number {
    let count = 0;
    for (const { summary, parts } of built) {
      const held = this.#traces.get(summary.traceId);
      if (held === undefined || held.requests.length !== parts) continue;
      held.summary = summary;
      count++;
    }
    return count;
  }

  partCount(traceId: string): number {
    return this.#traces.get(traceId)?.requests.length ?? 0;
  }

  provisional(): { readonly traceIds: readonly string[]; readonly next: number | undefined } {
    return { traceIds: [], next: undefined };
  }

  refreshPin(): Promise<void> {
    return Promise.resolve();
  }

  changedElsewhere(): boolean {
    return false;
  }

  maintain(): boolean {
    if (this.#bytes <= this.#options.maxBytes) return false;
    for (const traceId of this.#traces.keys()) {
      if (this.#bytes <= this.#options.maxBytes) break;
      if (!this.#pins.has(traceId)) this.#remove(traceId);
    }
    // Of traces that never came.
    for (const traceId of this.#events.keys()) if (this.#bytes > this.#options.maxBytes && !this.#traces.has(traceId)) this.#remove(traceId);
    return false;
  }

  #add(traceId: string, selection: SpanSelection): void {
    const { batch } = selection;
    const whole = ({ offset, length }: { readonly offset: number; readonly length: number }): Uint8Array => batch.bytes.subarray(offset, offset + length);
    const runs = decodePart(encodePart(selection, [...batch.resources.keys()], [...batch.scopes.keys()])) ?? [];
    const request = requestOfRuns(runs.map((run) => ({ resource: whole(batch.resources[run.resource]!), scope: whole(batch.scopes[run.scope]!), spans: run.spans })));
    const added = provisionalOf(selection);
    const known = this.#traces.get(traceId);
    const provisional = known === undefined ? added : mergeProvisional(known.provisional, added);
    const held = known ?? { provisional, summary: provisionalSummary(traceId, provisional), requests: [], bytes: 0 };
    held.provisional = provisional;
    held.summary = provisionalSummary(traceId, provisional);
    held.requests.push(request);
    held.bytes += request.length;
    this.#bytes += request.length;
    this.#traces.set(traceId, held);
  }

  #addEvents({ traceId, events }: TraceEvents): void {
    const bytes = encodeEvents(events);
    this.#bytes += bytes.length;
    const known = this.#events.get(traceId);
    if (known === undefined) this.#events.set(traceId, [bytes]);
    else known.push(bytes);
  }

  #inGroup(summary: TraceSummary, group: TraceGroup, slow: ReadonlyMap<string, number> | undefined): boolean {
    switch (group) {
      case 'errors':
        return summary.errors > 0;
      case 'pinned':
        return this.#pins.has(summary.traceId);
      case 'slow':
        return slow?.has(summary.traceId) === true;
      case 'recent':
        return true;
    }
  }

  #remove(traceId: string): boolean {
    for (const bytes of this.#events.get(traceId) ?? []) this.#bytes -= bytes.length;
    this.#events.delete(traceId);
    this.#bytes -= this.#traces.get(traceId)?.bytes ?? 0;
    return this.#traces.delete(traceId);
  }
}

function provisionalSummary(traceId: string, { start, end, spans, errors, services, rootService, rootName }: Provisional): TraceSummary {
  return {
    traceId, rootService, rootName, startUnixNano: start, durationNs: end - start, spans, errors, orphans: 0, roots: 0, maxDepth: 0, services, duplicates: 0, rejected: 0,
    warnings: [], provisional: true,
  };
}
