// One waterfall's conversation with the host: checks every message, hands the engine's buffers on unread, and turns the few wishes a
// webview may have (open the code of a row, copy, pin) into services. A message names rows and indices, never a path, command or URL.
import type { EngineMethods, HostEvents, HostMethods, OpenedTrace, TraceKey, WaterfallCommand, WebviewEvents, WebviewMethods, WebviewSettings } from '../protocol/messages.ts';
import { PROTOCOL_VERSION } from '../protocol/messages.ts';
import { checkHostMessage } from '../protocol/checks.ts';
import type { Handlers, Port } from '../protocol/rpc.ts';
import { Rpc, RpcError } from '../protocol/rpc.ts';
import type { EarlyTrace, TraceOpener } from './earlyTrace.ts';
import type { SourceService } from './sourceService.ts';
import { attributeText, httpUrl } from './spanTexts.ts';

export interface SessionServices {
  readonly source: SourceService;
  settings(): WebviewSettings;
  copy(text: string): Promise<void>;
  /** An http(s) URL; the editor asks the user. */
  openUrl(url: string): Promise<void>;
  openTrace(key: TraceKey, spanId: string): Promise<{ opened: boolean; message?: string }>;
  setPinned(key: TraceKey, pinned: boolean): Promise<{ pinned: boolean; note: string }>;
  exportTrace(key: TraceKey, name: string): Promise<void>;
  typing(active: boolean): void;
  painted(mark: HostEvents['painted']): void;
  log(level: 'info' | 'warn', message: string): void;
}

/** As long as the webview itself waits: comparing with many large traces takes its time. */
const ANSWER_TIMEOUT_MS = 120_000;

type Forwarded = 'chunk' | 'overlay' | 'details' | 'search' | 'why' | 'rowOfSpan';

export class WebviewSession {
  readonly #engine: TraceOpener;
  readonly #early: EarlyTrace;
  readonly #services: SessionServices;
  readonly #rpc: Rpc<HostMethods, WebviewMethods, HostEvents, WebviewEvents>;
  #opened: OpenedTrace | undefined;
  #selected: HostEvents['selected'] = { row: -1, spanId: '' };
  #revealWhenReady: string | undefined;
  #disposed = false;

  constructor(port: Port, engine: TraceOpener, early: EarlyTrace, services: SessionServices) {
    this.#engine = engine;
    this.#early = early;
    this.#services = services;
    this.#rpc = new Rpc(port, {
      handlers: this.#handlers(),
      events: {
        selected: (selected) => {
          this.#selected = selected;
        },
        typing: ({ active }) => services.typing(active),
        painted: (mark) => services.painted(mark),
      },
      check: checkHostMessage,
      onBadMessage: (what) => services.log('warn', `The waterfall sent something unexpected: ${what}`),
    });
  }

  get selected(): HostEvents['selected'] {
    return this.#selected;
  }

  get opened(): OpenedTrace | undefined {
    return this.#opened;
  }

  command(name: WaterfallCommand): void {
    this.#rpc.emit('command', { name });
  }

  /** Selects a span, at once or as soon as there are rows. */
  reveal(spanId: string): void {
    if (this.#opened === undefined) this.#revealWhenReady = spanId;
    else this.#rpc.emit('reveal', { spanId });
  }

  tell<K extends 'changed' | 'pinned' | 'settings'>(event: K, payload: WebviewEvents[K]): void {
    this.#rpc.emit(event, payload);
  }

  /** The engine that knew the trace is gone; the webview asks anew. */
  engineRestarted(): void {
    this.#opened = undefined;
    this.#rpc.emit('restarted', {});
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#rpc.dispose('The waterfall was closed.');
    if (this.#opened !== undefined) this.#early.close(this.#opened.head.openId);
  }

  #handlers(): Handlers<HostMethods> {
    const { source } = this.#services;
    return {
      ready: async ({ version }, signal) => {
        if (version !== PROTOCOL_VERSION) throw new Error('This waterfall was drawn by another version of Tracefall. Close it and open the trace again.');
        return { ...(await this.#open(signal)), settings: this.#services.settings() };
      },
      reload: (_params, signal) => this.#open(signal),
      chunk: (params, signal) => this.#forward('chunk', params, signal),
      overlay: (params, signal) => this.#forward('overlay', params, signal),
      details: (params, signal) => this.#forward('details', params, signal),
      search: (params, signal) => this.#forward('search', params, signal),
      why: (params, signal) => this.#forward('why', params, signal),
      rowOfSpan: (params, signal) => this.#forward('rowOfSpan', params, signal),
      codeOfRows: async ({ openId, rows }, signal) => source.badges(await this.#ask('sourceHints', openId, { openId, rows }, signal), signal),
      sourceOf: async ({ openId, row }, signal) => source.preview(await this.#hints(openId, row, signal), signal),
      openSource: async ({ openId, row }, signal) => source.open(await this.#hints(openId, row, signal), signal),
      openLink: async ({ openId, row, link }, signal) => {
        const details = await this.#ask('details', openId, { openId, row }, signal);
        const target = details.links[link];
        if (target === undefined) return { opened: false, message: 'This span has no such link.' };
        return this.#services.openTrace({ connection: this.#early.key.connection, traceId: target.traceId }, target.spanId);
      },
      openUrl: async ({ openId, row, group, index }, signal) => {
        const details = await this.#ask('details', openId, { openId, row }, signal);
        const url = httpUrl(details[group][index]?.text);
        if (url === undefined) throw new Error('This value is not an http or https address, so it is not opened.');
        await this.#services.openUrl(url);
      },
      copy: async ({ openId, row, what, index }, signal) => {
        const details = await this.#ask('details', openId, { openId, row }, signal);
        const texts = { traceId: () => details.traceId, spanId: () => details.spanId, spanJson: () => details.raw, attribute: () => attributeText(details, index ?? -1) };
        await this.#services.copy(texts[what]());
      },
      setPinned: ({ openId, pinned }) => {
        this.#check(openId);
        return this.#services.setPinned(this.#early.key, pinned);
      },
      exportTrace: ({ openId }) => this.#services.exportTrace(this.#early.key, this.#check(openId).head.summary.rootName),
    };
  }

  /** The webview asks again when it was hidden meanwhile: answers it gave up are closed, and so is what it had before. */
  async #open(signal: AbortSignal): Promise<OpenedTrace> {
    const opened = await this.#early.take().catch(asEngineError);
    if (this.#disposed || signal.aborted) {
      this.#early.close(opened.head.openId);
      throw new Error(this.#disposed ? 'The waterfall was closed.' : 'It was asked for again.');
    }
    const before = this.#opened;
    this.#opened = opened;
    if (before !== undefined) this.#early.close(before.head.openId);
    const spanId = this.#revealWhenReady;
    this.#revealWhenReady = undefined;
    // After the answer: the webview needs its rows before it can select one.
    if (spanId !== undefined) setTimeout(() => this.reveal(spanId), 0);
    return opened;
  }

  #forward<K extends Forwarded>(method: K, params: EngineMethods[K]['params'], signal: AbortSignal): Promise<EngineMethods[K]['result']> {
    return this.#ask(method, params.openId, params, signal);
  }

  async #ask<K extends keyof EngineMethods & string>(method: K, openId: number, params: EngineMethods[K]['params'], signal: AbortSignal): Promise<EngineMethods[K]['result']> {
    this.#check(openId);
    return this.#engine.call(method, params, signal, ANSWER_TIMEOUT_MS).catch(asEngineError);
  }

  async #hints(openId: number, row: number, signal: AbortSignal): Promise<EngineMethods['sourceHints']['result'][number]> {
    const [hints] = await this.#ask('sourceHints', openId, { openId, rows: [row] }, signal);
    if (hints === undefined) throw new Error(`This trace has no row ${row}.`);
    return hints;
  }

  /** A session reaches only the trace it opened. */
  #check(openId: number): OpenedTrace {
    if (this.#opened?.head.openId !== openId) throw new Error('This trace is no longer open in the engine. Load it again.');
    return this.#opened;
  }
}

/** The engine's own error kind (notFound …) is what the webview decides by. */
function asEngineError(error: unknown): never {
  if (error instanceof RpcError && error.kind === 'handler' && error.code !== undefined) throw Object.assign(new Error(error.message), { kind: error.code });
  throw error;
}
