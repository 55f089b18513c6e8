// Traces that are open: from the click to the close. Opening starts at once, is shared by those who ask while it runs, and is
// dropped when the last of them gave up. Everything long runs in slices, so that the collector beside it goes on answering.
// Nothing is evicted: whoever opens, closes. Must not know which backend a trace came from.
import { criticalPathSteps, type CriticalPath } from '../analysis/criticalPath.ts';
import { selfTimes } from '../analysis/selfTime.ts';
import { runInSlices } from '../model/slices.ts';
import type { Trace } from '../model/trace.ts';
import { buildSteps } from '../model/traceBuilder.ts';
import type { TraceKey } from '../protocol/messages.ts';
import { planChunks, type ChunkPlan } from '../protocol/traceCodec.ts';
import { BackendError, type LoadedTrace } from './backends/backend.ts';
import { cancelled, SLICE, throwIfAborted } from './slices.ts';

/** Immutable but for what is computed on first use. */
export interface OpenTrace {
  readonly key: TraceKey;
  readonly trace: Trace;
  /** ns per row. */
  readonly selfNs: Float64Array;
  /** Sentences: what the source could not give. */
  readonly notes: readonly string[];
  readonly path: () => Promise<CriticalPath>;
}

/** One who opened it: traces are shared, how they are cut into chunks is not. */
export interface TraceSession {
  readonly openId: number;
  readonly open: OpenTrace;
  readonly plan: ChunkPlan;
}

export type LoadTrace = (key: TraceKey, signal: AbortSignal) => Promise<LoadedTrace>;

interface Opening {
  readonly result: Promise<OpenTrace>;
  readonly controller: AbortController;
  waiting: number;
}

export class OpenTraces {
  readonly #load: LoadTrace;
  readonly #opening = new Map<string, Opening>();
  readonly #sessions = new Map<number, TraceSession>();
  #nextId = 1;

  constructor(load: LoadTrace) {
    this.#load = load;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Every answer has an id of its own, to be closed on its own. `firstRows`: rows of chunk 0. Throws BackendError. */
  async open(key: TraceKey, firstRows: number, signal: AbortSignal): Promise<TraceSession> {
    throwIfAborted(signal);
    const name = JSON.stringify([key.connection, key.scope, key.traceId, key.startUnixNano, key.endUnixNano, key.within]);
    const opening = this.#opening.get(name) ?? this.#begin(name, key);
    const open = await this.#wait(name, opening, signal);
    const session: TraceSession = { openId: this.#nextId++, open, plan: planChunks(open.trace, firstRows) };
    this.#sessions.set(session.openId, session);
    return session;
  }

  /** Throws BackendError notFound when it was closed, or opened in an engine that is gone. */
  get(openId: number): TraceSession {
    const session = this.#sessions.get(openId);
    if (session === undefined) throw new BackendError('notFound', 'This trace is no longer open in the engine; load it again.');
    return session;
  }

  close(openId: number): void {
    this.#sessions.delete(openId);
  }

  closeAll(): void {
    for (const [name, opening] of this.#opening) this.#giveUp(name, opening);
    this.#sessions.clear();
  }

  #begin(name: string, key: TraceKey): Opening {
    const controller = new AbortController();
    const opening: Opening = {
      controller,
      waiting: 0,
      result: buildOpenTrace(key, this.#load, controller.signal).finally(() => this.#forget(name, opening)),
    };
    this.#opening.set(name, opening);
    return opening;
  }

  #forget(name: string, opening: Opening): void {
    if (this.#opening.get(name) === opening) this.#opening.delete(name);
  }

  /** At once, so that who asks next does not join what is being dropped. */
  #giveUp(name: string, opening: Opening): void {
    this.#forget(name, opening);
    opening.controller.abort(cancelled());
  }

  #wait(name: string, opening: Opening, signal: AbortSignal): Promise<OpenTrace> {
    opening.waiting++;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        opening.waiting--;
        if (opening.waiting === 0) this.#giveUp(name, opening);
        reject(cancelled());
      };
      signal.addEventListener('abort', leave, { once: true });
      void opening.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }
}

export async function buildOpenTrace(key: TraceKey, load: LoadTrace, signal: AbortSignal): Promise<OpenTrace> {
  const { batches, notes } = await load(key, signal);
  throwIfAborted(signal);
  const rejected = batches.reduce((sum, batch) => sum + batch.rejected, 0);
  const trace = await runInSlices(buildSteps(key.traceId, batches.map((batch) => ({ batch })), { rejected }), { ...SLICE, signal });
  if (trace.count === 0) throw new BackendError('notFound', `Trace ${key.traceId} has no spans.`);
  await SLICE.pause();
  const selfNs = selfTimes(trace);
  await SLICE.pause();
  throwIfAborted(signal);
  // Worked out when it is first asked for, after the first rows; once, for everyone who asks.
  let path: Promise<CriticalPath> | undefined;
  return { key, trace, selfNs, notes, path: () => (path ??= runInSlices(criticalPathSteps(trace), SLICE)) };
}
