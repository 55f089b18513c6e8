// How long work in the engine may hold the thread before it gives way, and how it gives way. The collector's requests, aborts and
// timers run in between: 8 ms of work a turn keeps ingest's p99 far below 250 ms while a million spans open.
import { BackendError } from './backends/backend.ts';

export const SLICE = {
  budgetMs: 8,
  /** The next turn of the event loop: messages and sockets are served before it. */
  pause: (): Promise<void> => new Promise((resolve) => setImmediate(resolve)),
} as const;

export const cancelled = (): BackendError => new BackendError('aborted', 'It was cancelled.');

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled();
}
