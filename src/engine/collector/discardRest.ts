// What is still coming of a refused request's body: read and thrown away for a while, because a sender that writes into a closed
// connection sees a reset (EPIPE) where the answer stood. Must not know HTTP's answers or why the request was refused.
import type { Readable } from 'node:stream';

export interface DiscardLimits {
  /** More than this is not waited for. */
  readonly maxBytes: number;
  /** A sender that has stopped for so long waits for the answer, or has it. */
  readonly idleMs?: number | undefined;
  readonly totalMs?: number | undefined;
}

const IDLE_MS = 500;
const TOTAL_MS = 5_000;

/** Calls `done` once: when the stream has ended, stands still, or any limit is reached. */
export function discardRest(stream: Readable, { maxBytes, idleMs = IDLE_MS, totalMs = TOTAL_MS }: DiscardLimits, done: () => void): void {
  let discarded = 0;
  let over = false;
  const finish = (): void => {
    if (over) return;
    over = true;
    clearTimeout(idle);
    clearTimeout(total);
    stream.off('data', take);
    done();
  };
  const take = (chunk: Buffer): void => {
    idle.refresh();
    discarded += chunk.length;
    if (discarded > maxBytes) finish();
  };
  const idle = setTimeout(finish, idleMs);
  const total = setTimeout(finish, totalMs);
  // A sender that goes away is nobody's fault; its close follows.
  stream.on('data', take).on('end', finish).on('close', finish).on('error', () => undefined);
  stream.resume();
}
