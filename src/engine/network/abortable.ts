// Waiting that ends at once when it is cancelled, whatever is waited for: libraries, files and other threads may not listen to a signal.
import { setTimeout as sleep } from 'node:timers/promises';
import { BackendError } from '../backends/backend.ts';
import { cancelledAt } from './networkFaults.ts';

/** What `work` answers; on abort a BackendError aborted, while `work` goes on unheard. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal, where: string): Promise<T> {
  if (signal.aborted) {
    work.catch(() => undefined);
    throw cancelledAt(where);
  }
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(cancelledAt(where));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Throws BackendError aborted. */
export async function pausedFor(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (signal.aborted) throw new BackendError('aborted', 'It was cancelled.');
    throw error;
  }
}
