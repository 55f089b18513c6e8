// One part: the spans that one request brought for one trace. Runs of spans with the same resource and scope, in the order they
// came; each span keeps its bytes as they came. Owns the layout: version byte 1, then per run varint resource, scope (ids of the
// `message` table) and length, then the spans as tagged ScopeSpans.spans fields. Also makes an OTLP request of such runs again.
import type { SpanSelection } from '../../model/splitByTrace.ts';

const LAYOUT = 1;
/** Field 2, length-delimited: ScopeSpans.spans and ResourceSpans.scope_spans. */
const TAG_2 = 0x12;
/** Field 1, length-delimited: resource, scope and resource_spans. */
const TAG_1 = 0x0a;

export interface PartRun {
  readonly resource: number;
  readonly scope: number;
  /** Tagged fields: the end of a ScopeSpans message. */
  readonly spans: Uint8Array;
}

interface Run {
  readonly resource: number;
  readonly scope: number;
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size++;
  return size;
}

class Writer {
  readonly bytes: Uint8Array;
  #at = 0;

  constructor(size: number) {
    // Not zeroed: every byte is written, as sizes are computed first.
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  byte(value: number): void {
    this.bytes[this.#at++] = value;
  }

  varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) this.bytes[this.#at++] = (rest % 128) | 0x80;
    this.bytes[this.#at++] = rest;
  }

  copy(source: Uint8Array, from: number, to: number): void {
    this.bytes.set(source.subarray(from, to), this.#at);
    this.#at += to - from;
  }
}

/** `resourceIds[r]` and `scopeIds[s]`: ids in the dictionary of the batch's resources and scopes. */
export function encodePart(selection: SpanSelection, resourceIds: readonly number[], scopeIds: readonly number[]): Uint8Array {
  const { batch, rows } = selection;
  const count = rows?.length ?? batch.count;
  const runs: Run[] = [];
  let size = 1;
  for (let from = 0; from < count; ) {
    const first = rows === undefined ? from : rows[from]!;
    const resource = batch.resource[first]!;
    const scope = batch.scope[first]!;
    let to = from;
    let length = 0;
    for (; to < count; to++) {
      const i = rows === undefined ? to : rows[to]!;
      if (batch.resource[i] !== resource || batch.scope[i] !== scope) break;
      const body = batch.spanLength[i]!;
      length += 1 + varintSize(body) + body;
    }
    const run = { resource: resourceIds[resource] ?? 0, scope: scopeIds[scope] ?? 0, from, to, length };
    runs.push(run);
    size += varintSize(run.resource) + varintSize(run.scope) + varintSize(length) + length;
    from = to;
  }
  const writer = new Writer(size);
  writer.byte(LAYOUT);
  for (const run of runs) {
    writer.varint(run.resource);
    writer.varint(run.scope);
    writer.varint(run.length);
    for (let k = run.from; k < run.to; k++) {
      const i = rows === undefined ? k : rows[k]!;
      const offset = batch.spanOffset[i]!;
      const length = batch.spanLength[i]!;
      writer.byte(TAG_2);
      writer.varint(length);
      writer.copy(batch.bytes, offset, offset + length);
    }
  }
  return writer.bytes;
}

/** undefined: not a part we wrote (the file was damaged, or is of a later version). */
export function decodePart(bytes: Uint8Array): PartRun[] | undefined {
  if (bytes[0] !== LAYOUT) return undefined;
  const runs: PartRun[] = [];
  let at = 1;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; shift <= 2 ** 42; shift *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) return -1;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
    return -1;
  };
  while (at < bytes.length) {
    const resource = varint();
    const scope = varint();
    const length = varint();
    if (resource < 0 || scope < 0 || length < 0 || at + length > bytes.length) return undefined;
    runs.push({ resource, scope, spans: bytes.subarray(at, at + length) });
    at += length;
  }
  return runs;
}

/** A run with its messages looked up. */
export interface WholeRun {
  readonly resource: Uint8Array;
  readonly scope: Uint8Array;
  readonly spans: Uint8Array;
}

/** An ExportTraceServiceRequest of these runs. */
export function requestOfRuns(runs: readonly WholeRun[]): Uint8Array {
  const fieldSize = (length: number): number => 1 + varintSize(length) + length;
  const sizes = runs.map(({ resource, scope, spans }) => {
    const scopeSpans = fieldSize(scope.length) + spans.length;
    return { scopeSpans, resourceSpans: fieldSize(resource.length) + fieldSize(scopeSpans) };
  });
  const writer = new Writer(sizes.reduce((sum, { resourceSpans }) => sum + fieldSize(resourceSpans), 0));
  runs.forEach(({ resource, scope, spans }, at) => {
    const { scopeSpans, resourceSpans } = sizes[at]!;
    writer.byte(TAG_1);
    writer.varint(resourceSpans);
    writer.byte(TAG_1);
    writer.varint(resource.length);
    writer.copy(resource, 0, resource.length);
    writer.byte(TAG_2);
    writer.varint(scopeSpans);
    writer.byte(TAG_1);
    writer.varint(scope.length);
    writer.copy(scope, 0, scope.length);
    writer.copy(spans, 0, spans.length);
  });
  return writer.bytes;
}
