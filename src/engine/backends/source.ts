// What a tracing system's own file implements: one request's worth of listing, and reading one trace. Everything that is the same for
// all of them (sorting, paging, the slow rule, checking what filters answered, holding back) is listedBackend.ts and network/.
// Must not know any system.
import type { AuthType, ConnectionConfig, ConnectionKind, DeepSearch, ServiceDependency } from '../../protocol/connections.ts';
import type { HttpClient } from '../network/httpClient.ts';
import type { Hold } from '../network/waits.ts';
import type { AttributeFilter, FoundTrace, LoadedTrace, TimeWindow, TraceRef } from './backend.ts';

/** `text`: only where the source has a query language of its own, and only text that begins as a query ("{"); parts of names are matched by listing/. */
export type SourceFilter = 'service' | 'operation' | 'attributes' | 'minDurationNs' | 'errorsOnly' | 'text';

export interface SourceQuery {
  readonly window: TimeWindow;
  /** Only filters that `capabilities.filters` names are set. */
  readonly service?: string;
  readonly operation?: string;
  readonly attributes?: readonly AttributeFilter[];
  readonly minDurationNs?: number;
  readonly errorsOnly?: boolean;
  /** A query in the source's own language. */
  readonly text?: string;
  /** At most capabilities.maxLimit. */
  readonly limit: number;
  /** What the last page of the same window answered. */
  readonly cursor?: string;
}

export interface SourcePage {
  readonly traces: readonly SourceTrace[];
  /** The window may hold more than was answered. */
  readonly full: boolean;
  /** Where the server pages within a window. A page may be empty and still have one. */
  readonly cursor?: string;
  /** Epoch ns down to which this answer is complete, where that is not its oldest trace's start: it may hold traces that began long before what it searched. */
  readonly completeTo?: bigint;
  /** Sentences for the tree. */
  readonly notes: readonly string[];
}

export interface SourceTrace extends FoundTrace {
  /** Where the list answered the whole trace anyway: comparing needs no second request. */
  readonly loaded?: LoadedTrace;
}

export interface SourceCapabilities {
  readonly filters: readonly SourceFilter[];
  /** newest: what a full page leaves out is older than all that is in it. unordered: it can be anything of the window. */
  readonly order: 'newest' | 'unordered';
  readonly maxLimit: number;
  /** Bounds are rounded outward to this by the source; neighbouring windows overlap by one. */
  readonly timeUnitNs: bigint;
  /** Longest window one request may ask for, after its bounds were rounded. */
  readonly maxWindowNs?: bigint;
  /** The first window searched, where not an hour. */
  readonly firstWindowNs?: bigint;
  /** How far back it is worth looking at all; the user's lookback may be less. */
  readonly retentionNs?: bigint;
  /** How far back a list looks where the user did not say; absent: a day. */
  readonly lookbackNs?: bigint;
  /** It tells by `changed` when there is something new. */
  readonly live?: boolean;
  /** A list moves whole traces: it starts small, runs alone and never by itself. */
  readonly wholeTraces: boolean;
  /** Traces are read for "why" at most this many. */
  readonly cohortLimit: number;
  /** What a call costs, for the tooltip; read anew whenever the connection's state is told. */
  readonly cost?: string;
  /** There is more than lists show, and looking through it costs: only ever done at the user's word. Read anew as `cost` is. */
  readonly deepSearch?: DeepSearch | undefined;
}

/** Throws BackendError everywhere; every method may be called at any time, also before `probe`. */
export interface TraceSource {
  /** May be others after `prepare`, where a server's APIs differ by version. */
  readonly capabilities: SourceCapabilities;
  /** Finds out which of its APIs the server has, once; lists wait for it, so that `capabilities` are true. */
  prepare?(signal: AbortSignal): Promise<void>;
  /** Is it there, and may we read it. `choices`: what can be picked for the kind's listed fields. */
  probe(signal: AbortSignal): Promise<SourceProbe>;
  services(signal: AbortSignal): Promise<readonly string[]>;
  operations(service: string, signal: AbortSignal): Promise<readonly string[]>;
  page(query: SourceQuery, signal: AbortSignal): Promise<SourcePage>;
  /** What `capabilities.deepSearch` offers: one page, newest first, its notes say what was looked through. Text is matched by listing/. */
  deepSearch?(query: SourceQuery, signal: AbortSignal): Promise<SourcePage>;
  /** Which service called which, in any order; where the kind says `dependencies`. */
  dependencies?(window: TimeWindow, signal: AbortSignal): Promise<readonly ServiceDependency[]>;
  /** Throws notFound. */
  trace(ref: TraceRef, signal: AbortSignal): Promise<LoadedTrace>;
  /** Ends what it watches. */
  close?(): Promise<void>;
}

export interface SourceProbe {
  readonly version?: string;
  readonly notes: readonly string[];
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  /** Keys of fields without which nothing can be read here, as there are several to pick from. */
  readonly mustPick?: readonly string[];
}

export interface SourceContext {
  readonly config: ConnectionConfig;
  readonly http: HttpClient;
  /** Epoch ms. */
  readonly now: () => number;
  /** Something in its lists changed, as far as it can know unasked. */
  readonly changed: () => void;
  /** Told when the source holds a request back by itself: shown as the connection's state meanwhile, and not taken for slowness. */
  readonly hold?: Hold;
}

/** A system as the registry has it: one line there. */
export interface BackendKind extends ConnectionKind {
  /** Addresses that say by themselves what they are (a cloud console's, a UI's trace page). Never asks the network. */
  recognise?(url: URL): Recognised | undefined;
  /** Where a path leads to a page of its UI, or into its API: what stands before the match is where its API is asked. */
  readonly pages?: RegExp;
  /** As `recognise`, of what is a path of this machine and no address. */
  recognisePath?(path: string): Recognised | undefined;
  /** Asks a server whether it is of this kind, by the content of what it answers, never by status alone. */
  detect?(http: HttpClient, signal: AbortSignal): Promise<Detection>;
  /** Its name in AWS's signatures, where neither its address nor a setting says it. */
  readonly signedAs?: string;
  source(context: SourceContext): TraceSource;
}

export type Recognised = Pick<ConnectionConfig, 'url' | 'options'> & { readonly name: string; readonly traceId?: string; readonly auth?: AuthType };

/** `says`: one sentence of what was asked and answered. */
export type Detection = { readonly says: string } & ({ readonly is: true; readonly version?: string; readonly needsAuth?: boolean; readonly auth?: AuthType; readonly options?: Readonly<Record<string, string>> } | { readonly is: false });

