// OTLP/protobuf messages of a file → batches. Small messages are put together (concatenated protobuf messages are one message), so a
// file of many makes few batches. Knows Tempo's wrapper and tells logs and metrics from traces. Must not know framing or compression.
import type { SpanBatch } from '../model/spanBatch.ts';
import { FormatError } from './formatError.ts';
import { decodeOtlpProto } from './otlpProto.ts';
import { ProtoReader, Wire } from './protoReader.ts';
import type { WarningList } from './warningList.ts';
import { wholeProtoPart } from './wholeProtoPart.ts';

const BATCH_BYTES = 32 * 1024 * 1024;

export interface PlacedMessage {
  readonly bytes: Uint8Array;
  /** Begins the sentences about it. */
  readonly place: string;
  /** The file ends inside it. */
  readonly cut?: boolean;
}

/** Batches of all messages; each that cannot be read, or only in part, is a warning. Throws the first fault when none can. */
export function readProtoMessages(messages: Iterable<PlacedMessage>, warnings: WarningList): SpanBatch[] {
  const batches: SpanBatch[] = [];
  let firstFault: FormatError | undefined;
  let skipped = 0;
  let pending: PlacedMessage[] = [];
  let pendingBytes = 0;
  const flush = (): void => {
    const together = pending.length > 1 ? cleanBatch(pending, pendingBytes) : undefined;
    if (together !== undefined) batches.push(together);
    for (const message of together === undefined ? pending : []) {
      try {
        if (message.cut === true) throw new FormatError('the file ends inside it; it was left out.', -1);
        const batch = decodeTracesMessage(message.bytes);
        if (batch === undefined) skipped++;
        else batches.push(placed(batch, message));
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        const part = decodeTracesMessage(wholeProtoPart(message.bytes));
        const isPart = part !== undefined && part.count > 0;
        if (isPart) batches.push(placed(part, message));
        const fault = new FormatError(message.place + (isPart ? error.message.replace(/(?:; it was left out)?\.$/, '; the spans that are whole were kept.') : error.message), error.offset);
        firstFault ??= fault;
        warnings.add(fault.message);
      }
    }
    pending = [];
    pendingBytes = 0;
  };
  for (const message of messages) {
    // What is cut off has to be said of it alone.
    if (pendingBytes + message.bytes.length > BATCH_BYTES || message.cut === true) flush();
    pending.push(message);
    pendingBytes += message.bytes.length;
  }
  flush();
  if (skipped > 0) warnings.add(`${skipped} protobuf ${skipped === 1 ? 'message' : 'messages'} of logs or metrics skipped: only traces are read.`);
  if (batches.length === 0) throw firstFault ?? new FormatError('no traces in it, only logs or metrics (at byte 0); an OTLP trace message was expected.', 0);
  return batches;
}

const placed = (batch: SpanBatch, { place }: PlacedMessage): SpanBatch => (place === '' ? batch : { ...batch, warnings: batch.warnings.map((warning) => `${place}${warning}`) });

/** All of them as one batch; undefined when anything is to be said about one, as its place would be lost. */
function cleanBatch(messages: readonly PlacedMessage[], size: number): SpanBatch | undefined {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const { bytes } of messages) {
    whole.set(bytes, at);
    at += bytes.length;
  }
  try {
    const batch = decodeOtlpProto(whole);
    return batch.rejected === 0 && batch.warnings.length === 0 && batch.count > 0 ? batch : undefined;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** A TracesData, bare or wrapped as Tempo's `trace` (TraceByIDResponse field 1); undefined when it is a message of another signal. */
export function decodeTracesMessage(bytes: Uint8Array): SpanBatch | undefined {
  const batch = decodeOtlpProto(bytes);
  if (batch.count > 0) return batch;
  if (batch.rejected > 0) return isOtherSignal(bytes) ? undefined : batch;
  return unwrapTempo(bytes) ?? batch;
}

/** status of TraceByIDResponse: PARTIAL. */
const PARTIAL = 1;

function unwrapTempo(bytes: Uint8Array): SpanBatch | undefined {
  const r = new ProtoReader(bytes);
  let inner: SpanBatch | undefined;
  let partial = false;
  let message = '';
  while (r.next()) {
    if (r.field === 1 && r.wire === Wire.bytes) {
      const length = r.length();
      inner = tryDecode(bytes.subarray(r.pos, r.pos + length)) ?? inner;
      r.pos += length;
    } else if (r.field === 3 && r.wire === Wire.varint) {
      partial = r.varint() === PARTIAL;
    } else if (r.field === 4 && r.wire === Wire.bytes) {
      const length = r.length();
      message = new TextDecoder().decode(bytes.subarray(r.pos, r.pos + Math.min(length, 300)));
      r.pos += length;
    } else {
      r.skip();
    }
  }
  if (inner === undefined || inner.count === 0) return undefined;
  return partial ? { ...inner, warnings: [...inner.warnings, `Tempo says this is only a part of the trace${message === '' ? '' : `: ${message}`}.`] } : inner;
}

function tryDecode(bytes: Uint8Array): SpanBatch | undefined {
  try {
    return decodeOtlpProto(bytes);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/**
 * The first record of an ExportLogs- or ExportMetricsServiceRequest stands where the first span would: a LogRecord begins with a
 * fixed64 time (field 1 or 11), a Metric with its name as text and no 8-byte id behind it.
 */
function isOtherSignal(bytes: Uint8Array): boolean {
  const r = new ProtoReader(bytes);
  for (const field of [1, 2, 2]) {
    while (r.next() && !(r.field === field && r.wire === Wire.bytes)) r.skip();
    r.enter();
  }
  if (!r.next() || r.problem !== '') return false;
  if (r.wire === Wire.fixed64) return r.field === 1 || r.field === 11;
  if (r.field !== 1 || r.wire !== Wire.bytes) return false;
  const length = r.length();
  const name = r.bytes.subarray(r.pos, r.pos + length);
  return length > 0 && name.every((byte) => byte >= 0x20 && byte < 0x7f);
}
