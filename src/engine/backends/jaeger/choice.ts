// Which of several APIs a server has for one operation: tried in order, told by content, remembered for the connection, and found out anew
// when the remembered one is gone (an upgrade). Must not know the APIs.
import { BackendError } from '../backend.ts';
import type { Reply } from './api.ts';

export class Choice<Name extends string> {
  #made: Name | undefined;

  get made(): Name | undefined {
    return this.#made;
  }

  /** The answer of the first that is served. Throws unsupported where none is. */
  async first(calls: readonly (readonly [name: Name, ask: () => Promise<Reply>])[]): Promise<{ readonly name: Name; readonly reply: Exclude<Reply, 'notServed'> }> {
    for (const [name, ask] of calls.toSorted(([a], [b]) => Number(b === this.#made) - Number(a === this.#made))) {
      const reply = await ask();
      if (reply === 'notServed') continue;
      this.#made = name;
      return { name, reply };
    }
    this.#made = undefined;
    throw new BackendError('unsupported', "No query API of Jaeger's answers at this address: pages or nothing came instead. Check the address and its base path, and whether it leads to a login page.");
  }
}
