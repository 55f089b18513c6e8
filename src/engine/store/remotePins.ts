// Pinned traces of other connections, beside the collector's own: each keeps its whole trace, so that it opens when its server has
// forgotten it or is not there. Owns how such a pin is named in the file; must not know any system.
import type { SpanBatch } from '../../model/spanBatch.ts';
import type { TraceSummary } from '../../model/summary.ts';
import type { TraceKey } from '../../protocol/messages.ts';
import { loadParts } from './traceLoader.ts';
import type { PinAccess } from './pinAccess.ts';
import type { StoredTrace } from './traceStore.ts';

export interface RemotePin {
  readonly key: TraceKey;
  readonly note: string;
  readonly summary: TraceSummary;
}

/** Throws StoreError. */
export interface RemotePins {
  of(connection: string): readonly RemotePin[];
  get(key: TraceKey): RemotePin | undefined;
  /** Keeps the trace as it was read. */
  keep(key: TraceKey, summary: TraceSummary, batches: readonly SpanBatch[], note: string): void;
  /** Changes its note alone. */
  describe(pin: RemotePin, note: string): void;
  /** undefined: not pinned. */
  load(key: TraceKey, signal?: AbortSignal): Promise<StoredTrace | undefined>;
  remove(key: TraceKey): void;
}

/** As a pin's id in the file: the collector's are 32 hex digits, this is none. */
export const remotePinId = ({ connection, scope, traceId }: TraceKey): string => JSON.stringify([connection, scope ?? '', traceId]);

/** In the pins file. */
export class StoredRemotePins implements RemotePins {
  readonly #pins: PinAccess;
  readonly #now: () => number;

  constructor(pins: PinAccess, now: () => number) {
    this.#pins = pins;
    this.#now = now;
  }

  of(connection: string): readonly RemotePin[] {
    return [...this.#pins.all().values()].flatMap(({ key, note, summary }) => (key?.connection === connection ? [{ key, note, summary }] : []));
  }

  get(key: TraceKey): RemotePin | undefined {
    const pin = this.#pins.all().get(remotePinId(key));
    return pin?.key === undefined ? undefined : { key: pin.key, note: pin.note, summary: pin.summary };
  }

  keep(key: TraceKey, summary: TraceSummary, batches: readonly SpanBatch[], note: string): void {
    const pins = this.#pins.forWriting();
    pins.addParts(remotePinId(key), batches.map(({ bytes }) => bytes));
    pins.keep(summary, note, this.#now(), key);
  }

  describe({ key, summary }: RemotePin, note: string): void {
    this.#pins.forWriting().keep(summary, note, this.#now(), key);
  }

  async load(key: TraceKey, signal?: AbortSignal): Promise<StoredTrace | undefined> {
    if (this.get(key) === undefined) return undefined;
    const id = remotePinId(key);
    return loadParts({ read: () => [], pinned: (after, bytes) => this.#pins.read((pins) => pins.parts(id, after, bytes)) ?? [], message: () => undefined }, signal);
  }

  remove(key: TraceKey): void {
    this.#pins.forWriting().remove([remotePinId(key)]);
  }
}

/** Where there is no database: until this process ends. */
export class MemoryRemotePins implements RemotePins {
  readonly #pins = new Map<string, RemotePin & { readonly batches: readonly SpanBatch[] }>();

  of(connection: string): readonly RemotePin[] {
    return [...this.#pins.values()].filter(({ key }) => key.connection === connection);
  }

  get(key: TraceKey): RemotePin | undefined {
    return this.#pins.get(remotePinId(key));
  }

  keep(key: TraceKey, summary: TraceSummary, batches: readonly SpanBatch[], note: string): void {
    this.#pins.set(remotePinId(key), { key, summary, batches, note });
  }

  describe({ key }: RemotePin, note: string): void {
    const pin = this.#pins.get(remotePinId(key));
    if (pin !== undefined) this.#pins.set(remotePinId(key), { ...pin, note });
  }

  async load(key: TraceKey): Promise<StoredTrace | undefined> {
    const batches = this.#pins.get(remotePinId(key))?.batches;
    return batches === undefined ? undefined : { batches, notes: [] };
  }

  remove(key: TraceKey): void {
    this.#pins.delete(remotePinId(key));
  }
}
