// Waiting that ends in time or when it is cancelled, whatever is waited for. Must not know what.
import { RpcError } from './rpcMessage.ts';

export interface Patience {
  readonly signal: AbortSignal | undefined;
  /** ms; 0 or Infinity: none. */
  readonly timeoutMs: number;
}

/** What setTimeout can hold. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** What `work` answers. Rejects with RpcError timeout or aborted, after which `over` is aborted and `work` goes on unheard. Cancelled before, nothing is begun. */
export function patiently<T>(what: string, { signal, timeoutMs }: Patience, work: (over: AbortSignal) => Promise<T>): Promise<T> {
  if (signal?.aborted) return Promise.reject(new RpcError('aborted', `${what} was cancelled.`));
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const giveUp = (kind: 'timeout' | 'aborted', message: string): void => {
      done();
      reject(new RpcError(kind, message));
      over.abort();
    };
    const onAbort = (): void => giveUp('aborted', `${what} was cancelled.`);
    const timed = timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS;
    const timer = timed ? setTimeout(() => giveUp('timeout', `${what} took longer than ${timeoutMs} ms.`), timeoutMs) : undefined;
    signal?.addEventListener('abort', onAbort, { once: true });
    work(over.signal).finally(done).then(resolve, reject);
  });
}
