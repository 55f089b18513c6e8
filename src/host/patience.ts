// Waiting that ends in time or when it is cancelled, whatever is waited for. Must not know what.
import { RpcError } from '../protocol/rpc.ts';

export interface Patience {
  readonly signal: AbortSignal | undefined;
  /** ms; 0 or Infinity: none. */
  readonly timeoutMs: number;
}

/** What setTimeout can hold. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** What `work` answers. Rejects with RpcError timeout or aborted, after which `over` is aborted and `work` goes on unheard. */
export async function patiently<T>(what: string, { signal, timeoutMs }: Patience, work: (over: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = (kind: 'timeout' | 'aborted', message: string): void => {
    reject(new RpcError(kind, message));
    over.abort();
  };
  const onAbort = (): void => giveUp('aborted', `${what} was cancelled.`);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const timed = timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS;
  const timer = timed ? setTimeout(() => giveUp('timeout', `${what} took longer than ${timeoutMs} ms.`), timeoutMs) : undefined;
  try {
    return await Promise.race([promise, work(over.signal)]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
