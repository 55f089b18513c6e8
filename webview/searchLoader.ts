// Typing in the find box → a search in the engine → marks on the rows. Only the latest query counts.
import { RpcError } from '../src/protocol/rpc.ts';
import type { Actions } from './actions.ts';
import type { Host } from './hostApi.ts';
import { NO_SEARCH, type Store } from './store.ts';

const DELAY = 120;

export class SearchLoader {
  readonly #store: Store;
  readonly #host: Host;
  readonly #actions: Actions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | undefined;

  constructor(store: Store, host: Host, actions: Actions) {
    this.#store = store;
    this.#host = host;
    this.#actions = actions;
  }

  /** Called with every change of the text. */
  type(query: string): void {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    if (query.trim() === '') {
      this.#actions.showRows({ search: { ...NO_SEARCH, query } });
      return;
    }
    this.#store.update({ search: { ...this.#store.state.search, query, busy: true } });
    this.#timer = setTimeout(() => void this.#ask(query), DELAY);
  }

  /** Asks again, as after the trace was loaded anew. */
  repeat(): void {
    const { query } = this.#store.state.search;
    if (query.trim() !== '') void this.#ask(query);
  }

  async #ask(query: string): Promise<void> {
    const { head } = this.#store.state;
    if (head === undefined) return;
    const controller = new AbortController();
    this.#asking = controller;
    try {
      const answer = await this.#host.call('search', { openId: head.openId, query }, controller.signal);
      if (controller.signal.aborted) return;
      if (answer.problem !== undefined) {
        this.#actions.showRows({ search: { ...NO_SEARCH, query, problem: answer.problem } });
        return;
      }
      const rows = new Uint32Array(answer.rows);
      const marks = new Uint8Array(head.rows);
      for (const row of rows) marks[row] = 1;
      this.#actions.showRows({ search: { query, busy: false, rows, marks, problem: undefined } });
    } catch (error) {
      if (controller.signal.aborted || (error instanceof RpcError && error.kind === 'disposed')) return;
      this.#actions.showRows({ search: { ...NO_SEARCH, query, problem: error instanceof Error ? error.message : String(error) } });
    }
  }
}
