// How long work in the engine may hold the thread before it gives way, and how it gives way. The collector's requests, aborts and
// timers run in between: short slices keep ingest's p99 far below 250 ms while a million spans open.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BackendError } from './backends/backend.ts';

/** A request takes a few turns of the event loop from its first byte to its answer: it should not wait for a slice at each. */
const TURNS = 4;

export const SLICE = {
  /** ms of work between two pauses. */
  budgetMs: 8,
  pause: async (): Promise<void> => {
    for (let turn = 0; turn < TURNS; turn++) await nextTurn();
  },
} as const;

export const cancelled = (): BackendError => new BackendError('aborted', 'It was cancelled.');

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled();
}
