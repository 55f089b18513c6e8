// One RPC for both seams (host ⇄ engine worker, host ⇄ webview): request/reply/event over any port, with timeout,
// AbortSignal and rejection on dispose. Typed by messages.ts. Must not know what it carries.

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

/** Decided by kind, never by message text. `handler`: the other side threw; its sentence is the message. */
export class RpcError extends Error {
  readonly kind: 'disposed' | 'timeout' | 'aborted' | 'handler' | 'unknownMethod';
  /** The other side's own error kind, where it had one. */
  readonly code: string | undefined;
  constructor(kind: RpcError['kind'], message: string, code?: string) {
    super(message);
    this.name = 'RpcError';
    this.kind = kind;
    this.code = code;
  }
}

export interface RpcOptions<LM, LE> {
  readonly handlers: Handlers<LM>;
  readonly events: EventHandlers<LE>;
  /** Called for messages that are not of this protocol; they are dropped. */
  readonly onBadMessage?: (what: string) => void;
  /** Checks what came before a handler sees it: a sentence rejects it. Use on seams that are hostile (the webview). */
  readonly check?: (method: string, params: unknown) => string | undefined;
  /** ms; default 30 000. */
  readonly timeoutMs?: number;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: RpcError) => void;
  readonly cleanup: () => void;
}

interface Message {
  readonly k: 'q' | 'r' | 'x' | 'e' | 'c';
  readonly id?: number;
  readonly name?: string;
  readonly body?: unknown;
  readonly code?: string;
}

/** Every ArrayBuffer a reply lists here is moved instead of copied. Only owners of the buffer may say so. */
const TRANSFER = Symbol('transfer');
export function withTransfer<T extends object>(value: T, transfer: readonly ArrayBuffer[]): T {
  Object.defineProperty(value, TRANSFER, { value: transfer, enumerable: false });
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
    if (signal?.aborted) return Promise.reject(new RpcError('aborted', `${method} was cancelled.`));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const giveUp = (kind: 'timeout' | 'aborted', message: string): void => {
        this.#settle(id)?.reject(new RpcError(kind, message));
        this.#send({ k: 'c', id });
      };
      const onAbort = (): void => giveUp('aborted', `${method} was cancelled.`);
      const timer = timeoutMs > 0 ? setTimeout(() => giveUp('timeout', `${method} took longer than ${timeoutMs} ms.`), timeoutMs) : undefined;
      signal?.addEventListener('abort', onAbort, { once: true });
      const cleanup = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject, cleanup });
      this.#send({ k: 'q', id, name: method, body: params }, transferOf(params));
    });
  }

  /** Tells the other side; no answer. */
  emit<K extends keyof RE & string>(event: K, payload: RE[K]): void {
    if (this.#disposed === undefined) this.#send({ k: 'e', name: event, body: payload }, transferOf(payload));
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

  #send(message: Message, transfer?: readonly ArrayBuffer[]): void {
    this.#port.post(message, transfer);
  }

  #receive(raw: unknown): void {
    const message = asMessage(raw);
    if (message === undefined || this.#disposed !== undefined) {
      if (message === undefined) this.#options.onBadMessage?.('not a message of this protocol');
      return;
    }
    const id = message.id ?? 0;
    switch (message.k) {
      case 'q':
        void this.#answer(id, message.name ?? '', message.body);
        return;
      case 'r':
        this.#settle(id)?.resolve(message.body);
        return;
      case 'x':
        this.#settle(id)?.reject(new RpcError('handler', String(message.body), message.code));
        return;
      case 'c':
        this.#running.get(id)?.abort();
        return;
      case 'e': {
        const name = message.name ?? '';
        const handler = own(this.#options.events, name) as ((payload: unknown) => void) | undefined;
        const problem = handler === undefined ? `unknown event ${name.slice(0, 60)}` : this.#options.check?.(name, message.body);
        if (problem !== undefined) this.#options.onBadMessage?.(problem);
        else handler!(message.body);
      }
    }
  }

  async #answer(id: number, name: string, params: unknown): Promise<void> {
    const handler = own(this.#options.handlers, name) as ((params: unknown, signal: AbortSignal) => unknown) | undefined;
    const problem = handler === undefined ? `There is no method ${name.slice(0, 60)}.` : this.#options.check?.(name, params);
    if (problem !== undefined) {
      this.#options.onBadMessage?.(problem);
      this.#send({ k: 'x', id, body: problem, code: 'unknownMethod' });
      return;
    }
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const result = await handler!(params, controller.signal);
      if (this.#disposed === undefined) this.#send({ k: 'r', id, body: result }, transferOf(result));
    } catch (error) {
      const { message, code } = describe(error);
      if (this.#disposed === undefined) this.#send({ k: 'x', id, body: message, ...(code === undefined ? {} : { code }) });
    } finally {
      this.#running.delete(id);
    }
  }
}

function own(table: object, name: string): unknown {
  return Object.hasOwn(table, name) ? (table as Record<string, unknown>)[name] : undefined;
}

function describe(error: unknown): { message: string; code: string | undefined } {
  if (!(error instanceof Error)) return { message: String(error), code: undefined };
  const kind = (error as { kind?: unknown }).kind;
  return { message: error.message, code: typeof kind === 'string' ? kind : undefined };
}

function asMessage(raw: unknown): Message | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { k, id, name } = raw as Record<string, unknown>;
  if (typeof k !== 'string' || !'qrxec'.includes(k) || k.length !== 1) return undefined;
  if (k !== 'e' && !Number.isSafeInteger(id)) return undefined;
  if ((k === 'q' || k === 'e') && typeof name !== 'string') return undefined;
  return raw as Message;
}

/** Makes a missing case a compile error. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value ${JSON.stringify(value)}.`);
}
