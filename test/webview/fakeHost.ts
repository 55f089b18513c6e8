// The host's side of a waterfall without an editor: the real engine methods over traces held in memory, the host's real message
// check, and made-up answers where the editor itself would answer (source, clipboard, pins). Records what it was asked.
import { randomUUID } from 'node:crypto';
import { BackendError, type Backend } from '../../src/engine/backends/backend.ts';
import type { Backends } from '../../src/engine/backends/registry.ts';
import { OpenTraces } from '../../src/engine/openTraces.ts';
import { loadFrom, traceMethods } from '../../src/engine/traceMethods.ts';
import type { SpanBatch } from '../../src/model/spanBatch.ts';
import { checkHostMessage } from '../../src/protocol/checks.ts';
import type { CodeConfidence, EngineMethods, HostEvents, HostMethods, OpenedTrace, WebviewEvents, WebviewMethods, WhyReport, WireSourceAnswer } from '../../src/protocol/messages.ts';
import { Rpc, type Handlers, type Port } from '../../src/protocol/rpc.ts';

/** As many first rows as the host asks for. */
const FIRST_ROWS = 100;

export interface HostOptions {
  readonly batches: readonly SpanBatch[];
  readonly traceId: string;
  readonly notes?: readonly string[];
  /** Instead of the engine's own comparison. */
  readonly why?: (rowOfSpan: (spanId: string) => number) => WhyReport;
  readonly source?: (row: number) => WireSourceAnswer;
  readonly code?: (row: number) => CodeConfidence | 'none';
  /** Instead of `batches`: decoded anew with every opening, as the engine does. */
  readonly load?: () => readonly SpanBatch[];
  /** Called before each answer; may throw, may wait. */
  readonly before?: (method: string, signal: AbortSignal) => Promise<void> | void;
  /** Called with each mark of the page, which `FakeHost.painted` keeps too. */
  readonly painted?: (mark: HostEvents['painted']) => void;
}

type EngineHandlers = Handlers<Pick<EngineMethods, 'openTrace' | 'closeTrace' | 'chunk' | 'overlay' | 'details' | 'search' | 'why' | 'rowOfSpan' | 'sourceHints' | 'exportTrace'>>;

export class FakeHost {
  readonly calls: { readonly method: string; readonly params: unknown }[] = [];
  readonly events: { readonly name: string; readonly payload: unknown }[] = [];
  readonly badMessages: string[] = [];
  readonly painted: HostEvents['painted'][] = [];
  options: HostOptions;
  pinned = false;
  readonly #engine: EngineHandlers;
  #early: Promise<OpenedTrace> | undefined;
  readonly #rpc: Rpc<HostMethods, WebviewMethods, HostEvents, WebviewEvents>;

  constructor(port: Port, options: HostOptions) {
    this.options = options;
    const backends = { get: () => this.#backend() } as unknown as Backends;
    const load = loadFrom(backends, () => Promise.reject(new Error('There is no store.')));
    this.#engine = traceMethods({ traces: new OpenTraces(load), backends, load, pinOf: async () => ({ pinned: this.pinned, note: '' }) });
    this.#rpc = new Rpc(port, {
      handlers: this.#recorded(this.#handlers()),
      events: {
        selected: (payload) => void this.events.push({ name: 'selected', payload }),
        typing: (payload) => void this.events.push({ name: 'typing', payload }),
        painted: (mark) => {
          this.painted.push(mark);
          this.options.painted?.(mark);
        },
      },
      check: checkHostMessage,
      onBadMessage: (what) => void this.badMessages.push(what),
    });
  }

  emit<K extends keyof WebviewEvents & string>(event: K, payload: WebviewEvents[K]): void {
    this.#rpc.emit(event, payload);
  }

  /** As the editor does with the click: opening begins before the page asks. */
  openEarly(): void {
    this.#early = Promise.resolve(this.#open(new AbortController().signal));
  }

  countOf(method: string): number {
    return this.calls.filter((call) => call.method === method).length;
  }

  dispose(): void {
    this.#rpc.dispose('The test is over.');
  }

  #open(signal: AbortSignal): ReturnType<EngineHandlers['openTrace']> {
    return this.#engine.openTrace({ key: { connection: 'collector', traceId: this.options.traceId }, firstRows: FIRST_ROWS }, signal);
  }

  #backend(): Pick<Backend, 'trace' | 'cohort'> {
    return {
      trace: async () => {
        if (this.options.load !== undefined) return { batches: this.options.load(), notes: [] };
        if (this.options.batches.length === 0) throw new BackendError('notFound', 'It is not in the collector any more.');
        return { batches: this.options.batches, notes: this.options.notes ?? [] };
      },
      cohort: async () => [],
    };
  }

  #recorded(handlers: Handlers<HostMethods>): Handlers<HostMethods> {
    const wrapped: Record<string, unknown> = {};
    for (const [method, handler] of Object.entries(handlers)) {
      wrapped[method] = async (params: never, signal: AbortSignal) => {
        this.calls.push({ method, params });
        await this.options.before?.(method, signal);
        return (handler as (params: never, signal: AbortSignal) => unknown)(params, signal);
      };
    }
    return wrapped as Handlers<HostMethods>;
  }

  #handlers(): Handlers<HostMethods> {
    const engine = this.#engine;
    return {
      ready: async (_, signal) => {
        const opened = this.#early ?? this.#open(signal);
        this.#early = undefined;
        return { ...(await opened), settings: { compactRows: false, origin: 'Team Zipkin' } };
      },
      reload: (_, signal) => this.#open(signal),
      chunk: engine.chunk,
      overlay: engine.overlay,
      details: engine.details,
      search: engine.search,
      rowOfSpan: engine.rowOfSpan,
      why: async (params, signal) => {
        const { why } = this.options;
        if (why === undefined) return engine.why(params, signal);
        return why((spanId) => engine.rowOfSpan({ openId: params.openId, spanId }, signal) as number);
      },
      codeOfRows: ({ rows }) => rows.map((row) => this.options.code?.(row) ?? 'none'),
      sourceOf: ({ row }) => this.options.source?.(row) ?? { why: 'This span names no code.', fix: 'Add code.file.path to it.' },
      openSource: ({ row }) => (this.options.code?.(row) === 'certain' ? { opened: true } : { opened: false, message: `Nothing is known of the code of row ${row}.` }),
      openLink: () => ({ opened: false, message: 'That trace is not here.' }),
      openUrl: () => undefined,
      copy: () => undefined,
      setPinned: ({ pinned }) => {
        this.pinned = pinned;
        return { pinned, note: '' };
      },
      exportTrace: () => undefined,
    };
  }
}

export const newSession = (): string => randomUUID();
