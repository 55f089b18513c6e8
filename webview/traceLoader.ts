// Opens the trace: head and first rows, then the other rows, then what lies over them and why it was slow. Starts anew when
// the host's answers may have been lost (hidden, engine restarted) or more spans arrived. Draws nothing.
import { FEWEST_TRACES } from '../src/analysis/slowOperations.ts';
import { ChunkDecoder } from '../src/protocol/chunkDecoder.ts';
import { OverlayDecoder } from '../src/protocol/overlayCodec.ts';
import { PROTOCOL_VERSION, type OpenedTrace } from '../src/protocol/messages.ts';
import { RpcError } from '../src/protocol/rpc.ts';
import { fullView, isFull } from '../src/analysis/viewport.ts';
import type { Actions } from './actions.ts';
import type { Host } from './hostApi.ts';
import { ServiceOrder } from './serviceOrder.ts';
import type { Store } from './store.ts';
import { groupByRow, type TraceData } from './traceData.ts';
import { NONE_COLLAPSED } from './visibleRows.ts';

/** Messages under way at once: the next ones are cut and carried while this one is read. */
const IN_FLIGHT = 4;
/** Rows that arrive are shown this often: to draw them with every message takes longer than to read it. */
const SHOW_EVERY_MS = 100;

export interface TraceLoaderOptions {
  readonly store: Store;
  readonly host: Host;
  readonly actions: Actions;
  /** The first rows of a trace are in the store, not yet drawn; what was saved may be restored now. */
  readonly onOpened: () => void;
  /** They are drawn. */
  readonly onDrawn: () => void;
  /** They are on the screen. */
  readonly onPainted: () => void;
  /** All its rows are. */
  readonly onComplete: () => void;
}

export class TraceLoader {
  readonly #options: TraceLoaderOptions;
  #services = new ServiceOrder([]);
  #running: AbortController | undefined;
  #decoder: ChunkDecoder | undefined;
  #overlay: OverlayDecoder | undefined;
  /** How many chunks the decoder holds. */
  #chunksTaken = 0;

  constructor(options: TraceLoaderOptions) {
    this.#options = options;
  }

  get services(): ServiceOrder {
    return this.#services;
  }

  /** The first opening, and again after a failure. */
  async open(): Promise<void> {
    await this.#run('Opening the trace', async (signal) => {
      const answer = await this.#options.host.call('ready', { version: PROTOCOL_VERSION }, signal);
      this.#options.store.update({ settings: answer.settings });
      return answer;
    });
  }

  /** The same trace anew, with what has arrived since. */
  async reload(): Promise<void> {
    await this.#run('Loading the trace again', (signal) => this.#options.host.call('reload', {}, signal));
  }

  /** Asks again for what is missing: answers to a hidden view are lost. */
  async resume(): Promise<void> {
    const { store } = this.#options;
    if (store.state.phase.kind === 'loading') return this.open();
    if (store.state.phase.kind !== 'ready' || this.#running === undefined) return undefined;
    return this.#guard(async (signal) => this.#rest(signal));
  }

  async #run(what: string, ask: (signal: AbortSignal) => Promise<OpenedTrace>): Promise<void> {
    const { store } = this.#options;
    // What is on screen stays until the new rows are there.
    if (store.state.data === undefined) store.update({ phase: { kind: 'loading', what } });
    await this.#guard(async (signal) => {
      const opened = await ask(signal);
      signal.throwIfAborted();
      this.#begin(opened);
      await this.#rest(signal);
    });
  }

  /** One opening at a time; what fails is shown with the one thing to do. */
  async #guard(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#running?.abort();
    const controller = new AbortController();
    this.#running = controller;
    try {
      await work(controller.signal);
      if (this.#running === controller) this.#running = undefined;
    } catch (error) {
      if (controller.signal.aborted || (error instanceof RpcError && error.kind === 'disposed')) return;
      this.#running = undefined;
      const message = error instanceof Error ? error.message : String(error);
      const gone = error instanceof RpcError && error.code === 'notFound';
      this.#options.store.update({ phase: gone ? { kind: 'gone', message } : { kind: 'failed', message } });
    }
  }

  #begin({ head, first }: OpenedTrace): void {
    const { store, actions } = this.#options;
    const before = store.state;
    const total = Number(head.summary.durationNs);
    this.#decoder = new ChunkDecoder(head.rows);
    this.#decoder.add(first);
    this.#chunksTaken = 1;
    this.#overlay = undefined;
    this.#services = new ServiceOrder(head.summary.services);
    const wasFull = before.head === undefined || isFull(before.view, actions.time.total);
    const sameRows = before.head?.rows === head.rows;
    store.update({
      phase: { kind: 'ready' },
      head,
      pinned: head.pinned,
      note: head.note,
      arrived: undefined,
      why: undefined,
      whyProblem: undefined,
      whySource: undefined,
      code: new Map(),
      view: wasFull ? fullView(total) : before.view,
      ...(sameRows ? {} : { collapsed: NONE_COLLAPSED, focusRoot: -1 }),
    });
    this.#takeColumns();
    this.#options.onOpened();
    store.flush();
    this.#options.onDrawn();
    this.#tellPainted('firstRows', this.#options.onPainted);
  }

  #takeColumns(): void {
    const { store, actions } = this.#options;
    const decoder = this.#decoder!;
    const columns = decoder.columns();
    this.#services.use(columns);
    const before = store.state.data;
    const data: TraceData = { columns, self: decoder.selfTimes(), loaded: decoder.rows, criticalPath: before?.criticalPath, events: before?.events };
    actions.showRows({ data: decoder.complete && this.#overlay?.complete === true ? data : { ...data, criticalPath: undefined, events: undefined } });
  }

  async #rest(signal: AbortSignal): Promise<void> {
    const { host, store } = this.#options;
    const { openId, chunks } = store.state.head!;
    const decoder = this.#decoder!;
    let next = this.#chunksTaken;
    const asked: Promise<ArrayBuffer>[] = [];
    const ask = (): void => {
      if (next < chunks) {
        const promise = host.call('chunk', { openId, index: next++ }, signal);
        promise.catch(() => undefined);
        asked.push(promise);
      }
    };
    for (let k = 0; k < IN_FLIGHT; k++) ask();
    let shownAt = performance.now();
    while (asked.length > 0) {
      const buffer = await asked.shift()!;
      signal.throwIfAborted();
      ask();
      decoder.add(buffer);
      this.#chunksTaken++;
      if (!decoder.complete && performance.now() - shownAt < SHOW_EVERY_MS) continue;
      this.#takeColumns();
      shownAt = performance.now();
    }
    this.#options.onComplete();
    this.#tellPainted('allRows');
    const { actions } = this.#options;
    await unlessFails('The critical path and the events are not shown', signal, () => this.#loadOverlay(openId, signal), (problem) => actions.say(problem));
    await unlessFails('Why it was slow is not known', signal, () => this.#explain(openId, signal), (whyProblem) => store.update({ whyProblem }));
    await unlessFails('The line of code to look at is not known', signal, () => this.#locate(openId, signal), (problem) => actions.say(problem));
  }

  async #explain(openId: number, signal: AbortSignal): Promise<void> {
    const { host, store } = this.#options;
    const report = await host.call('why', { openId }, signal);
    store.update({ why: report.cohort < FEWEST_TRACES ? { ...report, findings: [] } : report });
  }

  async #locate(openId: number, signal: AbortSignal): Promise<void> {
    const { host, store } = this.#options;
    // The line to change is where the unusual value comes from, which may be another span than the slow one.
    const [lead] = store.state.why?.findings ?? [];
    const row = lead === undefined ? -1 : (lead.carrier ?? lead).row;
    if (row < 0) return;
    const { preview } = await host.call('sourceOf', { openId, row }, signal);
    if (preview !== undefined) store.update({ whySource: { row, label: preview.label } });
  }

  async #loadOverlay(openId: number, signal: AbortSignal): Promise<void> {
    const { host, store } = this.#options;
    const rows = this.#decoder!.rows;
    const decoder = new OverlayDecoder(rows);
    for (let page = 0, pages = 1; page < pages; page++) {
      const answer = await host.call('overlay', { openId, page }, signal);
      signal.throwIfAborted();
      decoder.add(answer.data);
      ({ pages } = answer);
    }
    this.#overlay = decoder;
    const { pathRow, pathStart, pathEnd, eventRow, eventTime } = decoder.columns();
    const { data } = store.state;
    if (data === undefined) return;
    store.update({ data: { ...data, criticalPath: groupByRow(pathRow, pathStart, rows, pathEnd), events: groupByRow(eventRow, eventTime, rows) } });
  }

  /** After the frame that shows it has been handed to the screen. */
  #tellPainted(what: 'firstRows' | 'allRows', then: () => void = () => undefined): void {
    const { host, store } = this.#options;
    requestAnimationFrame(() => {
      setTimeout(() => {
        host.emit('painted', { what, atMs: performance.now(), rows: store.state.data?.loaded ?? 0 });
        then();
      }, 0);
    });
  }
}

/** The rows are of use without it; `say` gets the sentence. */
async function unlessFails(without: string, signal: AbortSignal, work: () => Promise<void>, say: (problem: string) => void): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (signal.aborted || (error instanceof RpcError && error.kind === 'disposed')) throw error;
    say(`${without}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
