// The loaded part of each group of one connection, its filter and sort, and what changed between two loads. Pages are asked again
// as far as they were loaded, so a live list never shrinks under the reader. Must not know the editor.
import type { ListedTrace, ListPage, ListQuery } from '../protocol/messages.ts';
import { GROUPS } from './traceRows.ts';
import type { GroupName, ListGroup } from './traceRows.ts';
import { rowIdOf } from './traceUri.ts';

export interface TraceFilterValues {
  readonly service?: string;
  readonly operation?: string;
  readonly text?: string;
  readonly minDurationNs?: number;
  readonly errorsOnly?: boolean;
}
export type TraceSort = ListQuery['sort'];

export interface LoadedGroup {
  readonly traces: readonly ListedTrace[];
  readonly total: number | undefined;
  readonly known: number | undefined;
  readonly more: boolean;
  readonly notes: readonly string[];
  /** Why it could not be loaded; the rows are the last ones known. */
  readonly problem: string | undefined;
}

/** What a reader sees change: whole groups (rows came, went or moved), or rows in place. */
export interface ListChange {
  readonly groups: readonly GroupName[];
  readonly rows: readonly { readonly group: GroupName; readonly row: string }[];
}

export type ListTraces = (query: ListQuery, signal: AbortSignal) => Promise<ListPage>;

const FIRST_PAGE: Readonly<Record<ListGroup, number>> = { pinned: 100, errors: 20, slow: 20, recent: 50 };
const MORE = 200;
const PAGE_MAX = 200;
const NOTHING: LoadedGroup = { traces: [], total: undefined, known: undefined, more: false, notes: [], problem: undefined };

export class TraceLists {
  readonly #list: ListTraces;
  readonly #connection: string;
  readonly #groups = new Map<GroupName, LoadedGroup>();
  /** How often "load more" was pressed: as many pages without a match are gone past. */
  readonly #further = new Map<ListGroup, number>();
  readonly #wanted = new Map<ListGroup, number>(GROUPS.map((group) => [group, FIRST_PAGE[group]]));
  #filter: TraceFilterValues = {};
  #sort: TraceSort = 'newest';
  #askedAtMs: number | undefined;

  constructor(connection: string, list: ListTraces) {
    this.#connection = connection;
    this.#list = list;
  }

  get filter(): TraceFilterValues {
    return this.#filter;
  }

  get sort(): TraceSort {
    return this.#sort;
  }

  get filtered(): boolean {
    return Object.values(this.#filter).some((value) => value !== undefined && value !== false && value !== '');
  }

  get loaded(): boolean {
    return this.#groups.size > 0;
  }

  /** Asked for since the question changed. */
  isLoaded(group: GroupName): boolean {
    return this.#groups.has(group);
  }

  group(name: GroupName): LoadedGroup {
    return this.#groups.get(name) ?? NOTHING;
  }

  /** Traces the connection has in all, as the last load said. */
  get known(): number | undefined {
    return this.group('recent').known ?? (this.filtered ? undefined : this.group('recent').total);
  }

  setFilter(filter: TraceFilterValues): void {
    this.#filter = filter;
    this.#resetPages();
  }

  setSort(sort: TraceSort): void {
    this.#sort = sort;
    this.#resetPages();
  }

  wantMore(group: ListGroup): void {
    this.#further.set(group, (this.#further.get(group) ?? 0) + 1);
    this.#wanted.set(group, Math.max(this.group(group).traces.length, FIRST_PAGE[group]) + MORE);
  }

  /** The user asks anew: nothing the engine read before now will do. */
  renew(): void {
    this.#askedAtMs = Date.now();
  }

  forget(): void {
    this.#groups.clear();
    this.#resetPages();
  }

  /** What a search of the user's brought. It is nothing that a refresh asks again: it costs. */
  takeFound(page: ListPage): void {
    this.#groups.set('found', { traces: distinct(page.traces), total: page.total, known: undefined, more: false, notes: page.notes, problem: undefined });
  }

  /** Loaded anew when it is next looked at. */
  forgetGroup(group: GroupName): void {
    this.#groups.delete(group);
  }

  /** Loads groups again. Never rejects but for an abort: a group that fails says so. `background`: nobody asked for it just now. */
  async refresh(signal: AbortSignal, groups: readonly ListGroup[] = GROUPS, background = false): Promise<ListChange> {
    const changed: GroupName[] = [];
    const rows: { group: GroupName; row: string }[] = [];
    const loaded = await Promise.all(groups.map((group) => this.#load(group, background, signal)));
    signal.throwIfAborted();
    for (const [i, group] of groups.entries()) {
      const [before, after] = [this.#groups.get(group), loaded[i]!];
      this.#groups.set(group, after);
      if (before === undefined || !sameShape(before, after)) changed.push(group);
      else rows.push(...changedRows(before, after).map((row) => ({ group, row })));
    }
    return { groups: changed, rows };
  }

  async #load(group: ListGroup, background: boolean, signal: AbortSignal): Promise<LoadedGroup> {
    const wanted = this.#wanted.get(group) ?? FIRST_PAGE[group];
    const traces: ListedTrace[] = [];
    try {
      let page = await this.#page({ group, limit: Math.min(wanted, PAGE_MAX), background }, signal);
      traces.push(...page.traces);
      let empty = this.#further.get(group) ?? 0;
      while (page.next !== undefined && traces.length < wanted && (page.traces.length > 0 || empty-- > 0)) {
        page = await this.#page({ group, limit: Math.min(wanted - traces.length, PAGE_MAX), background, cursor: page.next }, signal);
        traces.push(...page.traces);
      }
      return { traces: distinct(traces), total: page.total, known: page.known, more: page.next !== undefined, notes: page.notes, problem: undefined };
    } catch (error) {
      if (signal.aborted) throw error;
      return { ...this.group(group), problem: error instanceof Error ? error.message : String(error) };
    }
  }

  #page({ background, ...page }: Pick<ListQuery, 'group' | 'limit' | 'cursor' | 'background'>, signal: AbortSignal): Promise<ListPage> {
    return this.#list({ connection: this.#connection, sort: this.#sort, ...this.#filter, ...page, ...(background === true ? { background } : {}), ...(this.#askedAtMs === undefined ? {} : { askedAtMs: this.#askedAtMs }) }, signal);
  }

  #resetPages(): void {
    this.#further.clear();
    for (const group of GROUPS) this.#wanted.set(group, FIRST_PAGE[group]);
  }
}

/** A trace that moved between two pages while they were read appears once: two rows of one id are an error in a tree. */
function distinct(traces: readonly ListedTrace[]): ListedTrace[] {
  return [...new Map(traces.map((trace) => [rowIdOf(trace.key), trace])).values()];
}

function sameShape(a: LoadedGroup, b: LoadedGroup): boolean {
  return (
    a.total === b.total && a.known === b.known && a.more === b.more && a.problem === b.problem && a.traces.length === b.traces.length &&
    a.notes.join('\n') === b.notes.join('\n') && a.traces.every((trace, i) => rowIdOf(trace.key) === rowIdOf(b.traces[i]!.key))
  );
}

function changedRows(a: LoadedGroup, b: LoadedGroup): string[] {
  return b.traces.filter((trace, i) => fingerprint(trace) !== fingerprint(a.traces[i]!)).map((trace) => rowIdOf(trace.key));
}

function fingerprint({ summary, pinned, note, usualNs, unknown }: ListedTrace): string {
  return [summary.rootName, summary.rootService, summary.durationNs, summary.spans, summary.errors, summary.provisional, summary.services.join(), pinned, note, usualNs, unknown?.join()].join('\u0000');
}
