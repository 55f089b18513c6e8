// A trace whose opening begins with the click, before any webview exists: the first session takes what was begun, later ones (a split
// editor, a reload, a new engine) open their own. Nobody's opened trace outlives its session. Must not know the editor.
import type { EngineMethods, OpenedTrace, TraceKey } from '../protocol/messages.ts';

/** Enough for a tall screen of 22 px rows; the rest follows in chunks. */
export const FIRST_ROWS = 120;
const OPEN_TIMEOUT_MS = 120_000;

export interface TraceOpener {
  call<K extends keyof EngineMethods & string>(method: K, params: EngineMethods[K]['params'], signal?: AbortSignal, timeoutMs?: number): Promise<EngineMethods[K]['result']>;
}

export class EarlyTrace {
  readonly key: TraceKey;
  readonly #engine: TraceOpener;
  readonly #warn: (message: string) => void;
  #early: Promise<OpenedTrace> | undefined;

  constructor(engine: TraceOpener, key: TraceKey, warn: (message: string) => void) {
    this.#engine = engine;
    this.key = key;
    this.#warn = warn;
    this.#early = this.#open();
    // Whoever takes it sees the failure; until then it is nobody's.
    this.#early.catch(() => undefined);
  }

  /** The taker must give `openId` back by `close`. */
  take(): Promise<OpenedTrace> {
    const early = this.#early ?? this.#open();
    this.#early = undefined;
    return early;
  }

  /** What was begun belongs to an engine that died. */
  forget(): void {
    this.#early = undefined;
  }

  close(openId: number): void {
    this.#engine.call('closeTrace', { openId }).catch((error: unknown) => this.#warn(`A trace could not be closed in the engine: ${String(error)}`));
  }

  dispose(): void {
    const early = this.#early;
    this.#early = undefined;
    early?.then(({ head }) => this.close(head.openId), () => undefined);
  }

  #open(): Promise<OpenedTrace> {
    return this.#engine.call('openTrace', { key: this.key, firstRows: FIRST_ROWS }, undefined, OPEN_TIMEOUT_MS);
  }
}
