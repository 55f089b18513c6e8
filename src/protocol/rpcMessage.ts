// What crosses a port between two Rpcs, and what of it is believed: nothing before asMessage has looked at it.

/**
 * Decided by kind, never by message text. `handler`: the other side threw or refused; its sentence is the message.
 * `unsendable`: what was asked cannot cross the port.
 */
export class RpcError extends Error {
  readonly kind: 'disposed' | 'timeout' | 'aborted' | 'handler' | 'unknownMethod' | 'unsendable';
  /** The other side's own error kind, where it had one; `refused` where it did not like what came. */
  readonly code: string | undefined;
  constructor(kind: RpcError['kind'], message: string, code?: string) {
    super(message);
    this.name = 'RpcError';
    this.kind = kind;
    this.code = code;
  }
}

export interface Message {
  readonly k: 'q' | 'r' | 'x' | 'e' | 'c';
  readonly id?: number;
  readonly name?: string;
  readonly body?: unknown;
  readonly code?: string;
}

/** Of an error's sentence. */
const MAX_MESSAGE_LENGTH = 4_000;

/** The sentence of whatever was thrown, and the kind where it has one. */
export function describe(error: unknown): { message: string; code: string | undefined } {
  if (!(error instanceof Error)) return { message: typeof error === 'string' ? error : 'It failed without saying why.', code: undefined };
  const kind = (error as { kind?: unknown }).kind;
  return { message: error.message, code: typeof kind === 'string' ? kind : undefined };
}

/** The other side is not trusted to have sent a text. */
export function errorOf({ body, code }: Message): RpcError {
  const message = typeof body === 'string' ? body.slice(0, MAX_MESSAGE_LENGTH) : 'The other side failed without saying why.';
  return new RpcError(code === 'unknownMethod' ? 'unknownMethod' : 'handler', message, typeof code === 'string' ? code : undefined);
}

/** undefined for what is no message of this protocol. */
export function asMessage(raw: unknown): Message | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { k, id, name } = raw as Record<string, unknown>;
  if (typeof k !== 'string' || !'qrxec'.includes(k) || k.length !== 1) return undefined;
  if (k !== 'e' && !Number.isSafeInteger(id)) return undefined;
  if ((k === 'q' || k === 'e') && typeof name !== 'string') return undefined;
  return raw as Message;
}
