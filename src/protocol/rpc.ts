// One RPC for both seams (host ⇄ engine worker, host ⇄ webview): request/reply/event over any port, with timeout,
// AbortSignal and rejection on dispose. Typed by messages.ts. Must not know what it carries.

import { patiently } from './patience.ts';
import { asMessage, describe, errorOf, type Message, RpcError } from './rpcMessage.ts';

export { RpcError } from './rpcMessage.ts';

/** Anything that passes structured data: a worker, a MessagePort, a webview. */
export interface Port {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Returns the way to stop listening. */
  listen(listener: (message: unknown) => void): () => void;
}

/** name → what is asked and answered. */
export type Methods = { readonly [name: string]: { readonly params: unknown; readonly result: unknown } };
/** name → what is told. */
export type Events = { readonly [name: string]: unknown };

export type Handlers<M> = {
  readonly [K in keyof M]: M[K] extends { params: infer P; result: infer R } ? (params: P, signal: AbortSignal) => Promise<R> | R : never;
};
export type EventHandlers<E> = { readonly [K in keyof E]: (payload: E[K]) => void };

type Params<M, K extends keyof M> = M[K] extends { params: infer P } ? P : never;
type Result<M, K extends keyof M> = M[K] extends { result: infer R } ? R : never;

export interface RpcOptions<LM, LE> {
  readonly handlers: Handlers<LM>;
  readonly events: EventHandlers<LE>;
  /** Called, with what was wrong, for messages that are dropped and for event handlers and answers that failed. */
  readonly onBadMessage?: (what: string) => void;
  /** Checks what came before a handler sees it: a sentence rejects it. Use on seams that are hostile (the webview). */
  readonly check?: (method: string, params: unknown) => string | undefined;
  /** ms; default 30 000; 0 or Infinity: none. */
  readonly timeoutMs?: number;
  /** Requests of the other side that may run at once; more are refused. Default 1 000. */
  readonly maxRunning?: number;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: RpcError) => void;
  readonly cleanup: () => void;
}

/** Every ArrayBuffer a reply lists here is moved instead of copied. Only owners of the buffer may say so. */
const TRANSFER = Symbol('transfer');
export function withTransfer<T extends object>(value: T, transfer: readonly ArrayBuffer[]): T {
  Object.defineProperty(value, TRANSFER, { value: transfer, enumerable: false, configurable: true });
  return value;
}
const transferOf = (value: unknown): readonly ArrayBuffer[] | undefined =>
  typeof value === 'object' && value !== null ? (value as { [TRANSFER]?: readonly ArrayBuffer[] })[TRANSFER] : undefined;

export class Rpc<LM extends object, RM extends object, LE extends object, RE extends object> {
  readonly #port: Port;
  readonly #options: RpcOptions<LM, LE>;
  readonly #pending = new Map<number, Pending>();
  readonly #running = new Map<number, AbortController>();
  readonly #stopListening: () => void;
  #nextId = 1;
  #disposed: string | undefined;

  constructor(port: Port, options: RpcOptions<LM, LE>) {
    this.#port = port;
    this.#options = options;
    this.#stopListening = port.listen((message) => this.#receive(message));
  }

  /** Asks the other side. Rejects with RpcError. */
  call<K extends keyof RM & string>(method: K, params: Params<RM, K>, signal?: AbortSignal, timeoutMs = this.#options.timeoutMs ?? 30_000): Promise<Result<RM, K>> {
    if (this.#disposed !== undefined) return Promise.reject(new RpcError('disposed', this.#disposed));
    return patiently(method, { signal, timeoutMs }, (over) => this.#ask(method, params, over));
  }

  /** `over`: nobody waits for the answer any more, which the other side is told. */
  #ask<K extends keyof RM & string>(method: K, params: Params<RM, K>, over: AbortSignal): Promise<Result<RM, K>> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const onOver = (): void => {
        this.#settle(id)?.reject(new RpcError('aborted', `${method} was given up.`));
        this.#send({ k: 'c', id });
      };
      over.addEventListener('abort', onOver, { once: true });
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject, cleanup: () => over.removeEventListener('abort', onOver) });
      const problem = this.#send({ k: 'q', id, name: method, body: params }, transferOf(params));
      if (problem !== undefined) this.#settle(id)?.reject(new RpcError('unsendable', `${method} could not be sent: ${problem}`));
    });
  }

  /** Tells the other side; no answer. */
  emit<K extends keyof RE & string>(event: K, payload: RE[K]): void {
    if (this.#disposed !== undefined) return;
    const problem = this.#send({ k: 'e', name: event, body: payload }, transferOf(payload));
    if (problem !== undefined) this.#report(`The event ${event} could not be sent: ${problem}`);
  }

  /** Rejects what is pending, aborts what runs. `reason` is a sentence for the user. */
  dispose(reason = 'The connection was closed.'): void {
    if (this.#disposed !== undefined) return;
    this.#disposed = reason;
    this.#stopListening();
    for (const id of this.#pending.keys()) this.#settle(id)?.reject(new RpcError('disposed', reason));
    for (const controller of this.#running.values()) controller.abort();
    this.#running.clear();
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    pending.cleanup();
    return pending;
  }

  /** What the port said against it: values that cannot be copied, a port that is closed. */
  #send(message: Message, transfer?: readonly ArrayBuffer[]): string | undefined {
    try {
      this.#port.post(message, transfer);
      return undefined;
    } catch (error) {
      return describe(error).message;
    }
  }

  #report(what: string): void {
    this.#options.onBadMessage?.(what);
  }

  #receive(raw: unknown): void {
    if (this.#disposed !== undefined) return;
    const message = asMessage(raw);
    if (message === undefined) {
      this.#report('A message was not of this protocol.');
      return;
    }
    const id = message.id ?? 0;
    const name = message.name ?? '';
    switch (message.k) {
      case 'q':
        void this.#answer(id, name, message.body);
        return;
      case 'r':
        this.#settle(id)?.resolve(message.body);
        return;
      case 'x':
        this.#settle(id)?.reject(errorOf(message));
        return;
      case 'c':
        this.#running.get(id)?.abort();
        return;
      case 'e':
        this.#tell(name, message.body);
        return;
      default:
        assertNever(message.k);
    }
  }

  #tell(name: string, payload: unknown): void {
    const handler = own(this.#options.events, name) as ((payload: unknown) => void) | undefined;
    try {
      const problem = handler === undefined ? `There is no event ${name.slice(0, 60)}.` : this.#options.check?.(name, payload);
      if (problem !== undefined) this.#report(problem);
      else handler!(payload);
    } catch (error) {
      this.#report(`The event ${name} was not handled: ${describe(error).message}`);
    }
  }

  async #answer(id: number, name: string, params: unknown): Promise<void> {
    const handler = own(this.#options.handlers, name) as ((params: unknown, signal: AbortSignal) => unknown) | undefined;
    if (handler === undefined) {
      this.#refuse(id, `There is no method ${name.slice(0, 60)}.`, 'unknownMethod');
      return;
    }
    if (this.#running.has(id)) {
      this.#report(`The request ${id} came twice.`);
      return;
    }
    if (this.#running.size >= (this.#options.maxRunning ?? 1_000)) {
      this.#refuse(id, `Too many requests at once: ${this.#running.size} are running.`, 'refused');
      return;
    }
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const problem = this.#options.check?.(name, params);
      if (problem !== undefined) this.#refuse(id, problem, 'refused');
      else this.#reply(id, name, await handler(params, controller.signal));
    } catch (error) {
      const { message, code } = describe(error);
      this.#fail(id, message, code);
    } finally {
      this.#running.delete(id);
    }
  }

  #reply(id: number, name: string, result: unknown): void {
    if (this.#disposed !== undefined) return;
    const problem = this.#send({ k: 'r', id, body: result }, transferOf(result));
    if (problem !== undefined) this.#fail(id, `The answer of ${name} could not be sent: ${problem}`, undefined);
  }

  #refuse(id: number, problem: string, code: string): void {
    this.#report(problem);
    this.#fail(id, problem, code);
  }

  #fail(id: number, message: string, code: string | undefined): void {
    if (this.#disposed !== undefined) return;
    const problem = this.#send({ k: 'x', id, body: message, ...(code === undefined ? {} : { code }) });
    if (problem !== undefined) this.#report(`An error could not be sent: ${problem}`);
  }
}

function own(table: object, name: string): unknown {
  return Object.hasOwn(table, name) ? (table as Record<string, unknown>)[name] : undefined;
}

/** Makes a missing case a compile error. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value ${JSON.stringify(value)}.`);
}
