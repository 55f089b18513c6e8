// A stored trace's parts → SpanBatches. Parts are put together into OTLP requests of a few MB, decoded one at a time with pauses
// between, so that a million spans do not hold up who else is served here. An unreadable part is left out and said so.
import { decodeOtlpProto } from '../../formats/otlpProto.ts';
import { FormatError } from '../../formats/formatError.ts';
import { withEvents } from '../../formats/spanEvents.ts';
import type { SpanBatch } from '../../model/spanBatch.ts';
import type { EventsOfTrace } from './eventParts.ts';
import { Pacer } from './pacer.ts';
import { decodePart, requestOfRuns, type PartRun, type WholeRun } from './partBytes.ts';
import type { StoredTrace } from './traceStore.ts';

/** Bytes decoded at once: less than 10 ms. */
const SLICE_BYTES = 2 << 20;

export interface PartSource {
  /** The next few parts after the one named, up to about `bytes`; empty at the end. */
  read(after: number, bytes: number): readonly { readonly id: number; readonly bytes: Uint8Array }[];
  /** After the end of `read`: the same of what only its pin holds, as whole OTLP requests. */
  pinned(after: number, bytes: number): readonly { readonly id: number; readonly bytes: Uint8Array }[];
  /** Body of a dictionary message; undefined when it is missing. */
  message(id: number): Uint8Array | undefined;
  /** Events that came apart from their spans. */
  events?(): EventsOfTrace;
}

/** Among a pin's requests: events. No OTLP message begins with a zero. */
const EVENTS_MARK = 0;

export const markedEvents = (events: Uint8Array): Uint8Array => Buffer.concat([Uint8Array.of(EVENTS_MARK), events]);

const NOTHING = new Uint8Array(0);

export async function loadParts(source: PartSource, signal?: AbortSignal, pacer = new Pacer()): Promise<StoredTrace> {
  const batches: SpanBatch[] = [];
  const eventParts: Uint8Array[] = [];
  let unreadable = 0;
  let nameless = 0;
  const message = (id: number): Uint8Array => {
    const body = source.message(id);
    if (body === undefined) nameless++;
    return body ?? NOTHING;
  };
  const read = (parts: readonly Uint8Array[]): void => {
    const readable: PartRun[][] = [];
    for (const part of parts) {
      const runs = decodePart(part);
      if (runs === undefined) unreadable++;
      else readable.push(runs);
    }
    readRuns(readable);
  };
  const readRuns = (parts: readonly (readonly PartRun[])[]): void => {
    const runs = parts.flat().map((run): WholeRun => ({ resource: message(run.resource), scope: message(run.scope), spans: run.spans }));
    if (runs.length === 0) return;
    const batch = decoded(requestOfRuns(runs));
    if (batch !== undefined) batches.push(batch);
    // One bad part must not hide its neighbours.
    else if (parts.length > 1) for (const part of parts) readRuns([part]);
    else unreadable++;
  };
  for (let after = 0; ; ) {
    signal?.throwIfAborted();
    const parts = source.read(after, SLICE_BYTES);
    const last = parts.at(-1);
    if (last === undefined) break;
    read(parts.map(({ bytes }) => bytes));
    after = last.id;
    await pacer.breathe();
  }
  for (let after = 0; ; ) {
    signal?.throwIfAborted();
    const requests = source.pinned(after, SLICE_BYTES);
    const last = requests.at(-1);
    if (last === undefined) break;
    for (const { bytes } of requests) {
      if (bytes[0] === EVENTS_MARK) {
        eventParts.push(bytes.subarray(1));
        continue;
      }
      const batch = decoded(bytes);
      if (batch === undefined) unreadable++;
      else batches.push(batch);
    }
    after = last.id;
    await pacer.breathe();
  }
  const stored = source.events?.() ?? { parts: [], cut: false };
  const { batches: whole, waiting } = withEvents(batches, [...stored.parts, ...eventParts]);
  const notes: string[] = [];
  if (stored.cut) notes.push('This trace has more log records than are shown with it.');
  if (waiting > 0) notes.push(`${waiting} log ${waiting === 1 ? 'record belongs' : 'records belong'} to spans that are not here.`);
  if (unreadable > 0) notes.push(`${unreadable} ${unreadable === 1 ? 'part' : 'parts'} of this trace could not be read: the database was damaged there.`);
  const rejected = batches.reduce((sum, batch) => sum + batch.rejected, 0);
  if (rejected > 0) notes.push(`${rejected} ${rejected === 1 ? 'span' : 'spans'} of this trace could not be read: the database was damaged there.`);
  if (nameless > 0) notes.push('The resource of some spans is missing: the database was damaged there.');
  return { batches: whole, notes };
}

function decoded(request: Uint8Array): SpanBatch | undefined {
  try {
    return decodeOtlpProto(request);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
