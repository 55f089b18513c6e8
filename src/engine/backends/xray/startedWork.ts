// What is started at AWS, goes on there by itself and is asked after until it ends: billed for what it scans, so that one nobody waits for
// any more is stopped, also at its connection's end. Must not know which service runs it.
import { orAborted } from '../../network/abortable.ts';
import { throwIfAborted } from '../../slices.ts';
import { BackendError } from '../backend.ts';

export interface Work<T> {
  /** For sentences: `The search in aws/spans`. */
  readonly what: string;
  /** Answers its id, "" where there is none. Not told when the caller gives up: what was left behind while it started has to be stopped. */
  start(signal: AbortSignal): Promise<string>;
  answer(id: string, signal: AbortSignal): Promise<T>;
  stop(id: string, signal: AbortSignal): Promise<unknown>;
}

const START_MS = 60_000;
const STOP_MS = 2_000;
/** How long the connection's end waits for what it stops. */
const CLOSE_MS = 2_000;

export class StartedWork {
  readonly #closing = new AbortController();
  /** Each until it has ended at AWS too. */
  readonly #running = new Set<Promise<void>>();

  /** Where it ends without an answer, it is stopped. Throws what its parts throw; BackendError aborted once closed. */
  async run<T>(work: Work<T>, signal: AbortSignal): Promise<T> {
    const until = AbortSignal.any([signal, this.#closing.signal]);
    throwIfAborted(until);
    const starting = work.start(AbortSignal.timeout(START_MS));
    const answering = orAborted(starting, until, work.what).then((id) => work.answer(id, until));
    // Nobody waits for its answer any more; that it may not be stopped is no trouble.
    const stop = (): Promise<unknown> => starting.then((id) => (id === '' ? undefined : work.stop(id, AbortSignal.timeout(STOP_MS)))).catch(() => undefined);
    const ended = answering.then(() => undefined, async () => void (await stop()));
    this.#running.add(ended);
    void ended.then(() => this.#running.delete(ended));
    return answering;
  }

  /** Stops what runs; to be called while AWS can still be asked. */
  async close(): Promise<void> {
    this.#closing.abort();
    await orAborted(Promise.all(this.#running), AbortSignal.timeout(CLOSE_MS), 'AWS').catch(() => undefined);
  }
}

/** undefined: it was asked after too often; what was paid for is not given up for that. */
export async function unlessTooOften<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof BackendError && error.kind === 'rateLimit') return undefined;
    throw error;
  }
}
