// Everything that crosses a seam: host ⇄ engine worker and host ⇄ webview. A message is added here and tsc names both ends.
// Plain values only on the webview seam (VS Code sends JSON and ArrayBuffers): 64-bit integers travel as decimal text.

import type { SourceHints } from '../source/sourceHints.ts';
import type { DeepQuery, DependencyQuery, ListPage, ListQuery } from './lists.ts';
import type { ConnectionConfig, ConnectionKind, ConnectionSecrets, ConnectionState, DetectedConnection, HostFetch, HostFetched, NetworkConfig, ServiceDependency, TestedConnection } from './connections.ts';

/** Raise when a message changes its meaning; both ends are built together, so a mismatch is a stale webview. */
export const PROTOCOL_VERSION = 1;

// ─── shared values ───────────────────────────────────────────────────────────────────────────────────────────────────

/** Which trace: a connection ("collector" is the embedded one) and its trace id. */
export interface TraceKey {
  readonly connection: string;
  readonly traceId: string;
  readonly startUnixNano?: string;
  readonly endUnixNano?: string;
  readonly scope?: string;
  /** Times are where to look, no further; without them: everywhere. Never kept. */
  readonly within?: boolean;
}

export interface WireSummary {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootName: string;
  /** Decimal text, epoch ns. */
  readonly startUnixNano: string;
  /** Decimal text, ns. */
  readonly durationNs: string;
  /** Spans that had not ended when they were sent. */
  readonly unfinished?: number;
  readonly spans: number;
  readonly errors: number;
  readonly orphans: number;
  readonly roots: number;
  readonly maxDepth: number;
  readonly services: readonly string[];
  readonly duplicates: number;
  readonly rejected: number;
  readonly warnings: readonly string[];
  readonly provisional: boolean;
}

/** A value as shown: its type by name, its text (64-bit exact, JSON for lists and maps). Cut texts say how long they were. */
export interface WireAttribute {
  readonly key: string;
  readonly type: 'string' | 'bool' | 'int' | 'double' | 'bytes' | 'array' | 'map' | 'empty';
  readonly text: string;
  /** Full length in UTF-16 units, where `text` was cut at 64 kB. */
  readonly fullLength?: number;
}

export interface WireEvent {
  /** ns relative to the trace's start. */
  readonly atNs: number;
  readonly name: string;
  readonly attributes: readonly WireAttribute[];
}

export interface WireLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: readonly WireAttribute[];
}

export interface WireSpanDetails {
  readonly row: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly service: string;
  readonly kind: string;
  /** Decimal text, epoch ns. */
  readonly startUnixNano: string;
  readonly startNs: number;
  readonly durationNs: number;
  readonly selfNs: number;
  readonly status: 'unset' | 'ok' | 'error';
  readonly statusMessage: string;
  /** What is odd about this span: orphan, cycle, skew …, as sentences. */
  readonly remarks: readonly string[];
  readonly attributes: readonly WireAttribute[];
  readonly events: readonly WireEvent[];
  readonly links: readonly WireLink[];
  readonly resource: readonly WireAttribute[];
  readonly scopeName: string;
  readonly scopeVersion: string;
  /** Full OTLP/JSON of the span, for the raw view and for copying. */
  readonly raw: string;
}

/** The first thing a waterfall receives: everything but the rows. */
export interface TraceHead {
  /** Names the opened trace in later calls; dies with the engine. */
  readonly openId: number;
  readonly key: TraceKey;
  readonly summary: WireSummary;
  /** Rows, and how many chunks they come in (chunk 0 is the first, small one). */
  readonly rows: number;
  readonly chunks: number;
  readonly rootRow: number;
  /** Sentences: partial, warnings of the builder. */
  readonly notes: readonly string[];
  readonly pinned: boolean;
  readonly note: string;
}

export interface OpenedTrace {
  readonly head: TraceHead;
  /** Chunk 0, encoded by traceCodec. */
  readonly first: ArrayBuffer;
}

/** One page (≤ MAX_MESSAGE_BYTES) of the critical path and the events of the whole trace (traceCodec: encodeOverlay, OverlayDecoder). */
export interface Overlay {
  readonly data: ArrayBuffer;
  /** How many pages there are; page 0 always exists. */
  readonly pages: number;
}

export interface WhyFinding {
  readonly spanId: string;
  /** Row in the opened trace; -1 where not known. */
  readonly row: number;
  readonly service: string;
  readonly name: string;
  /** How much longer than usual, ns, decimal text. */
  readonly deltaNs: string;
  /** Absent where only time differs. */
  readonly attribute?: string;
  /** Absent where the attribute is missing here / is usually missing. */
  readonly value?: string;
  readonly usual?: string;
  /** slower: than usual; calls: more calls of this operation than usual (deltaNs is all of theirs); new: usually not there at all; waited: no slower, but more of it on the critical path. */
  readonly kind?: 'slower' | 'calls' | 'new' | 'waited';
  /** Where kind is calls. */
  readonly calls?: number;
  readonly usualCalls?: number;
  /** The span that carries the attribute, where it is not the slow one: one before, around or inside it. */
  readonly carrier?: WhyCarrier;
}

export interface WhyCarrier {
  readonly spanId: string;
  readonly row: number;
  readonly service: string;
  readonly name: string;
}

export interface WhyReport {
  readonly traceId: string;
  /** How many other traces it was compared with; under 20 nothing is said. */
  readonly cohort: number;
  readonly durationNs: string;
  readonly medianNs: string;
  readonly findings: readonly WhyFinding[];
}

// ─── host → engine ───────────────────────────────────────────────────────────────────────────────────────────────────

export interface EngineConfig {
  /** Where the database is; undefined = the default path of this OS user. */
  readonly storePath: string | undefined;
  readonly maxStoreBytes: number;
  readonly maxAgeMs: number;
  readonly port: number;
  /** OTLP over gRPC; negative: not served. */
  readonly grpcPort: number;
  readonly host: string;
  /** Another OTLP/HTTP endpoint that gets everything too: its base address. */
  readonly forwardTo?: string;
  readonly allowedOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly maxBodyBytes: number;
  /** SQLite synchronous=FULL instead of NORMAL. */
  readonly fullSync: boolean;
  readonly slow: SlowRule;
}

/** A trace is slow when at least `minSamples` of its root operation are known and it is above their p90 and above factor × their median. */
export interface SlowRule {
  readonly minSamples: number;
  readonly percentile: number;
  readonly factor: number;
}

export interface CollectorState {
  /** off: not started. owner: this process listens. reader: another process does. memory: no database, see `problem`. */
  readonly role: 'off' | 'starting' | 'owner' | 'reader' | 'memory' | 'failed';
  /** http://127.0.0.1:4318 as really listened on; undefined when nobody does. */
  readonly endpoint: string | undefined;
  /** 127.0.0.1:4317 as really listened on for gRPC, by this process. */
  readonly grpcEndpoint?: string;
  /** Why gRPC is not served though it should be. */
  readonly grpcProblem?: string;
  /** Where everything is sent on to, and how many requests were not taken there, as far as is known. */
  readonly forwarding?: { readonly url: string; readonly lost: number };
  /** Set when the wanted port is a stranger's: the next free one, offered and not taken. */
  readonly offeredPort: number | undefined;
  /** One sentence for the user: port taken, file set aside, newer schema, no node:sqlite … */
  readonly problem: string | undefined;
  readonly storePath: string | undefined;
  readonly traces: number;
  readonly bytes: number;
}

export type { DeepQuery, ListedTrace, ListPage, ListQuery } from './lists.ts';

export interface EngineMethods {
  configure: { params: EngineConfig; result: CollectorState };
  /** Opens the store and competes for ownership; `port` overrides the configured one (the offered port, accepted). */
  startCollector: { params: { readonly port?: number }; result: CollectorState };
  collectorState: { params: Record<string, never>; result: CollectorState };
  /** Replaces all configured connections; secrets by connection id. */
  setConnections: { params: { readonly connections: readonly ConnectionConfig[]; readonly secrets: Readonly<Record<string, ConnectionSecrets>>; readonly network: NetworkConfig }; result: void };
  connectionKinds: { params: Record<string, never>; result: readonly ConnectionKind[] };
  /** Finds out of what kind an address is: by its look, else by asking. */
  detectConnection: { params: { readonly address: string; readonly draft: Partial<ConnectionConfig>; readonly secrets: ConnectionSecrets }; result: DetectedConnection };
  /** The trace that an address is a page of, by a system of that kind; by its look alone. */
  traceOfLink: { params: { readonly kind: string; readonly address: string }; result: { readonly traceId?: string } };
  /** Asks a connection that may not be saved yet. */
  testConnection: { params: { readonly connection: ConnectionConfig; readonly secrets: ConnectionSecrets }; result: TestedConnection };
  list: { params: ListQuery; result: ListPage };
  /** For what lists do not show. It costs: only at the user's word. */
  deepSearch: { params: DeepQuery; result: ListPage };
  /** Which service calls which, most calls first. */
  dependencies: { params: DependencyQuery; result: readonly ServiceDependency[] };
  /** The traces of one file, whatever it is called. */
  openFile: { params: { readonly path: string }; result: ListPage };
  services: { params: { readonly connection: string }; result: readonly string[] };
  operations: { params: { readonly connection: string; readonly service: string }; result: readonly string[] };
  /** `firstRows`: how many rows chunk 0 holds. */
  openTrace: { params: { readonly key: TraceKey; readonly firstRows: number }; result: OpenedTrace };
  closeTrace: { params: { readonly openId: number }; result: void };
  chunk: { params: { readonly openId: number; readonly index: number }; result: ArrayBuffer };
  overlay: { params: { readonly openId: number; readonly page: number }; result: Overlay };
  details: { params: { readonly openId: number; readonly row: number }; result: WireSpanDetails };
  /** Row indices as Uint32Array; an unreadable query is a sentence. */
  search: { params: { readonly openId: number; readonly query: string }; result: { readonly rows: ArrayBuffer; readonly problem?: string } };
  why: { params: { readonly openId: number }; result: WhyReport };
  rowOfSpan: { params: { readonly openId: number; readonly spanId: string }; result: number };
  sourceHints: { params: { readonly openId: number; readonly rows: readonly number[] }; result: readonly SourceHints[] };
  /** Without `note` it keeps the one it has; answers which. */
  pin: { params: { readonly key: TraceKey; readonly note?: string }; result: { readonly note: string } };
  unpin: { params: { readonly key: TraceKey }; result: void };
  deleteTraces: { params: { readonly keys: readonly TraceKey[] }; result: number };
  /** OTLP/JSON text of the whole trace. */
  exportTrace: { params: { readonly key: TraceKey }; result: string };
  /** Sends the built-in sample trace to the real endpoint; answers its key. */
  sendSample: { params: Record<string, never>; result: TraceKey };
  /** Drains what was acknowledged, closes everything. */
  shutdown: { params: Record<string, never>; result: void };
}

export interface EngineEvents {
  collectorState: CollectorState;
  connectionState: ConnectionState;
  /** Something in this connection's lists changed; at most four a second. */
  tracesChanged: { readonly connection: string; readonly traceIds: readonly string[] };
  log: { readonly level: 'info' | 'warn' | 'error'; readonly message: string };
}

/** What the engine asks of the editor. */
export interface EditorMethods {
  hostFetch: { params: HostFetch; result: HostFetched };
}

// ─── webview → host ──────────────────────────────────────────────────────────────────────────────────────────────────

export type CodeConfidence = 'certain' | 'high' | 'medium' | 'low';

/** The code of a span as the details panel shows it. Paths are for the eye only: no message may name one back. */
export interface WireSourcePreview {
  readonly confidence: CodeConfidence;
  /** Workspace-relative path and line for display. */
  readonly label: string;
  /** One sentence: how it was found. */
  readonly reason: string;
  readonly candidates: number;
  /** First line number of `lines`, 1-based, and the line meant. */
  readonly firstLine: number;
  readonly line: number;
  readonly lines: readonly string[];
}

export interface WireSourceAnswer {
  readonly preview?: WireSourcePreview;
  /** Where nothing was found: why, and the one-line fix for that language. */
  readonly why?: string;
  readonly fix?: string;
}

export interface WebviewSettings {
  readonly compactRows: boolean;
  /** Where the trace comes from, as its user calls it: a connection may be renamed or removed while it is open. */
  readonly origin: string;
}

/** What a waterfall keeps across reloads; the host never reads it. */
export interface HostMethods {
  /** The first call. Answers when the trace is built, which began with the click. */
  ready: { params: { readonly version: number }; result: OpenedTrace & { readonly settings: WebviewSettings } };
  chunk: { params: { readonly openId: number; readonly index: number }; result: ArrayBuffer };
  overlay: { params: { readonly openId: number; readonly page: number }; result: Overlay };
  details: { params: { readonly openId: number; readonly row: number }; result: WireSpanDetails };
  search: { params: { readonly openId: number; readonly query: string }; result: { readonly rows: ArrayBuffer; readonly problem?: string } };
  why: { params: { readonly openId: number }; result: WhyReport };
  rowOfSpan: { params: { readonly openId: number; readonly spanId: string }; result: number };
  /** Confidence per asked row. Rows ≤ 200 a call. */
  codeOfRows: { params: { readonly openId: number; readonly rows: readonly number[] }; result: readonly (CodeConfidence | 'none')[] };
  sourceOf: { params: { readonly openId: number; readonly row: number }; result: WireSourceAnswer };
  /** Opens the source beside; the answer says where or why not. */
  openSource: { params: { readonly openId: number; readonly row: number }; result: { readonly opened: boolean; readonly message?: string } };
  openLink: { params: { readonly openId: number; readonly row: number; readonly link: number }; result: { readonly opened: boolean; readonly message?: string } };
  /** An http(s) link that is an attribute's value: named by its place, never by its text. */
  openUrl: { params: { readonly openId: number; readonly row: number; readonly group: 'attributes' | 'resource'; readonly index: number }; result: void };
  copy: { params: { readonly openId: number; readonly row: number; readonly what: 'traceId' | 'spanId' | 'spanJson' | 'attribute'; readonly index?: number }; result: void };
  setPinned: { params: { readonly openId: number; readonly pinned: boolean }; result: { readonly pinned: boolean; readonly note: string } };
  exportTrace: { params: { readonly openId: number }; result: void };
  /** Loads the trace anew after `changed`. */
  reload: { params: Record<string, never>; result: OpenedTrace };
}

/** Webview → host, no answer. */
export interface HostEvents {
  /** The selected row changed (for keybindings, status and "go back to the waterfall"). -1: none. */
  selected: { readonly row: number; readonly spanId: string };
  /** A text field got or lost focus: single-letter keybindings are off while it has. */
  typing: { readonly active: boolean };
  /** Timing marks for benchmarks and the log, ms since navigation start. */
  painted: { readonly what: 'firstRows' | 'allRows'; readonly atMs: number; readonly rows: number };
}

/** Host → webview. */
export type WaterfallCommand =
  | 'openSource'
  | 'find'
  | 'nextError'
  | 'previousError'
  | 'nextMatch'
  | 'previousMatch'
  | 'toggleCriticalPath'
  | 'focusSubtree'
  | 'zoomToSpan'
  | 'resetZoom'
  | 'collapseAll'
  | 'expandAll'
  | 'help';

export interface WebviewEvents {
  command: { readonly name: WaterfallCommand };
  /** Select a span and scroll to it. */
  reveal: { readonly spanId: string };
  /** More spans arrived since this trace was opened. */
  changed: { readonly spans: number };
  pinned: { readonly pinned: boolean; readonly note: string };
  settings: WebviewSettings;
  /** The engine died and came back: everything must be asked again. */
  restarted: Record<string, never>;
}

/** The host calls nothing in the webview. */
export type WebviewMethods = Record<never, never>;
