// What is asked for the selected span and for the rows on screen: details, source, and which rows have code. A question that
// nobody looks at any more is given up; answers are kept as long as the trace stays open.
import { RpcError } from '../src/protocol/rpc.ts';
import type { CodeConfidence } from '../src/protocol/messages.ts';
import type { Host } from './hostApi.ts';
import { changed, type State, type Store, type View } from './store.ts';

/** Holding an arrow key must not ask for every row passed, ms. */
const SELECT_DELAY = 40;
const CODE_DELAY = 120;
const CODE_BATCH = 200;

/** Which rows have code: asked, and not answered yet. */
interface CodeQuestion {
  readonly openId: number;
  readonly rows: readonly number[];
  readonly controller: AbortController;
}

export class SpanLoader implements View {
  readonly #store: Store;
  readonly #host: Host;
  #selectTimer: ReturnType<typeof setTimeout> | undefined;
  #codeTimer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | undefined;
  readonly #askingCode = new Set<CodeQuestion>();

  constructor(store: Store, host: Host) {
    this.#store = store;
    this.#host = host;
  }

  render(state: State, before: State | undefined): void {
    if (state.phase.kind !== 'ready' || state.head === undefined) return;
    const reopened = before?.head?.openId !== state.head.openId;
    if (state.selected !== before?.selected || reopened) this.#askSoon();
    if (reopened || changed(state, before, 'top', 'rows', 'layout')) {
      clearTimeout(this.#codeTimer);
      this.#codeTimer = setTimeout(() => void this.#askCode(), CODE_DELAY);
    }
  }

  /** Asks again, as after the view was hidden. */
  resume(): void {
    if (this.#store.state.details?.span === undefined) this.#askSoon();
  }

  #askSoon(): void {
    clearTimeout(this.#selectTimer);
    this.#asking?.abort();
    const { selected } = this.#store.state;
    this.#host.emit('selected', { row: selected, spanId: '' });
    if (selected >= 0) this.#selectTimer = setTimeout(() => void this.#ask(selected), SELECT_DELAY);
  }

  async #ask(row: number): Promise<void> {
    const controller = new AbortController();
    this.#asking = controller;
    const { openId } = this.#store.state.head!;
    const here = (): boolean => !controller.signal.aborted && this.#store.state.selected === row;
    try {
      const span = await this.#host.call('details', { openId, row }, controller.signal);
      if (!here()) return;
      this.#store.update({ details: { row, span, source: undefined, problem: undefined } });
      this.#host.emit('selected', { row, spanId: span.spanId });
      const source = await this.#host.call('sourceOf', { openId, row }, controller.signal);
      if (here()) this.#store.update({ details: { row, span, source, problem: undefined } });
    } catch (error) {
      if (!here() || (error instanceof RpcError && error.kind === 'disposed')) return;
      const span = this.#store.state.details?.row === row ? this.#store.state.details.span : undefined;
      this.#store.update({ details: { row, span, source: undefined, problem: error instanceof Error ? error.message : String(error) } });
    }
  }

  async #askCode(): Promise<void> {
    const { state } = this.#store;
    if (state.head === undefined || state.data === undefined) return;
    const first = Math.floor(state.top / state.layout.rowHeight);
    const last = Math.min(state.rows.count, Math.ceil((state.top + state.layout.gridHeight) / state.layout.rowHeight));
    const shown = new Set<number>();
    for (let position = first; position < last; position++) shown.add(state.rows.rowAt(position));
    const { openId } = state.head;
    const waitedFor = new Set<number>();
    for (const asked of this.#askingCode) {
      if (asked.openId === openId && asked.rows.some((row) => shown.has(row))) {
        for (const row of asked.rows) waitedFor.add(row);
      } else {
        asked.controller.abort();
        this.#askingCode.delete(asked);
      }
    }
    const rows = [...shown].filter((row) => !state.code.has(row) && !waitedFor.has(row)).slice(0, CODE_BATCH);
    if (rows.length === 0) return;
    const controller = new AbortController();
    const question: CodeQuestion = { openId, rows, controller };
    this.#askingCode.add(question);
    try {
      const answers = await this.#host.call('codeOfRows', { openId, rows }, controller.signal);
      if (controller.signal.aborted || this.#store.state.head?.openId !== openId) return;
      const code = new Map<number, CodeConfidence | 'none'>(this.#store.state.code);
      rows.forEach((row, k) => code.set(row, answers[k] ?? 'none'));
      this.#store.update({ code });
    } catch (error) {
      if (controller.signal.aborted || (error instanceof RpcError && error.kind === 'disposed')) return;
      this.#store.update({ message: `Which rows have code is not known: ${error instanceof Error ? error.message : String(error)}` });
    } finally {
      this.#askingCode.delete(question);
    }
  }
}
