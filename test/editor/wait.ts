// Waiting at the workbench: asks again until the answer passes; the last thing seen is what fails.
import { setTimeout as sleep } from 'node:timers/promises';

export async function eventually<T>(what: string, look: () => PromiseLike<T> | T, check: (value: T) => boolean, timeoutMs = 15_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let seen: T | undefined;
    let problem: unknown;
    try {
      seen = await look();
      if (check(seen)) return seen;
    } catch (error) {
      problem = error;
    }
    if (Date.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}. Last seen: ${problem === undefined ? JSON.stringify(seen, undefined, 1) : String(problem)}`);
    await sleep(100);
  }
}

export const rowsHave = (...parts: readonly string[]): ((rows: readonly string[]) => boolean) => (rows) => parts.every((part) => rows.some((row) => row.includes(part)));

const TRIES = 4;

/** For what something else may undo while it is done: the last failure is the failure. `between` clears up. */
export async function again<T>(act: () => Promise<T>, between: () => Promise<void> = async () => undefined): Promise<T> {
  for (let left = TRIES - 1; ; left--) {
    try {
      return await act();
    } catch (error) {
      if (left === 0) throw error;
      await between();
    }
  }
}
