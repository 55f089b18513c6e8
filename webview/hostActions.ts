// What is asked of the host for the user: open, copy, pin, export. A refusal or a failure is said in a sentence.
// A message names rows and indices, never a path, a command or an address.
import type { Host } from './hostApi.ts';
import type { Store } from './store.ts';

export class HostActions {
  readonly #store: Store;
  readonly #host: Host;

  constructor(store: Store, host: Host) {
    this.#store = store;
    this.#host = host;
  }

  /** Row of a span, -1 where it is not in this trace, undefined where that is not known. */
  async rowOfSpan(spanId: string): Promise<number | undefined> {
    const { head } = this.#store.state;
    return head === undefined || spanId === '' ? undefined : this.#answer(this.#host.call('rowOfSpan', { openId: head.openId, spanId }));
  }

  async openSource(row = this.#store.state.selected): Promise<void> {
    const { head } = this.#store.state;
    if (head === undefined || row < 0) return;
    const answer = await this.#answer(this.#host.call('openSource', { openId: head.openId, row }));
    if (answer?.message !== undefined) this.#say(answer.message);
  }

  async openLink(row: number, link: number): Promise<void> {
    const { head } = this.#store.state;
    if (head === undefined) return;
    const answer = await this.#answer(this.#host.call('openLink', { openId: head.openId, row, link }));
    if (answer?.message !== undefined) this.#say(answer.message);
  }

  async openUrl(row: number, group: 'attributes' | 'resource', index: number): Promise<void> {
    const { head } = this.#store.state;
    if (head !== undefined) await this.#answer(this.#host.call('openUrl', { openId: head.openId, row, group, index }));
  }

  async copy(what: 'traceId' | 'spanId' | 'spanJson' | 'attribute', index?: number): Promise<void> {
    const { head, selected } = this.#store.state;
    if (head === undefined) return;
    const params = { openId: head.openId, row: Math.max(0, selected), what, ...(index === undefined ? {} : { index }) };
    await this.#answer(this.#host.call('copy', params).then(() => this.#say('Copied.')));
  }

  async togglePin(): Promise<void> {
    const { head, pinned } = this.#store.state;
    if (head === undefined) return;
    const answer = await this.#answer(this.#host.call('setPinned', { openId: head.openId, pinned: !pinned }));
    if (answer !== undefined) this.#store.update(answer);
  }

  async exportTrace(): Promise<void> {
    const { head } = this.#store.state;
    if (head !== undefined) await this.#answer(this.#host.call('exportTrace', { openId: head.openId }));
  }

  /** What fails is said, and answered by undefined. */
  async #answer<T>(asked: Promise<T>): Promise<T | undefined> {
    try {
      return await asked;
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  #say(message: string): void {
    this.#store.update({ message });
  }
}
