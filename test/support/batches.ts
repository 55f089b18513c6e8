// Small SpanBatches written as object literals, for unit tests. Their bytes are real OTLP/protobuf, encoded here by hand
// so that no test of the model depends on the formats. Must not be used where speed counts.
import type { BatchResource, BatchScope, SpanBatch } from '../../src/model/spanBatch.ts';
import { SpanFlag } from '../../src/model/spanBatch.ts';

/** 2023-11-14T22:13:20Z: what relative times of a spec count from. */
export const BASE = 1_700_000_000_000_000_000n;
export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

export type SpecValue = string | number | bigint | boolean | readonly SpecValue[];
export type SpecAttributes = Readonly<Record<string, SpecValue>>;
/** Numbers are ns after BASE, bigints are epoch ns (0n as an end: in progress). */
export type SpecTime = number | bigint;

export interface SpanSpec {
  /** Hex, padded on the left; '' or zeros: no valid id. */
  readonly id: string;
  readonly parent?: string;
  /** Hex; TRACE_ID where absent. */
  readonly trace?: string;
  readonly name?: string;
  readonly service?: string;
  readonly start?: SpecTime;
  readonly end?: SpecTime;
  /** 0 unspecified, 1 internal (the default), 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind?: number;
  readonly error?: boolean;
  readonly statusMessage?: string;
  readonly attributes?: SpecAttributes;
  readonly events?: readonly { readonly at: SpecTime; readonly name?: string; readonly attributes?: SpecAttributes }[];
  readonly links?: readonly { readonly trace: string; readonly span: string }[];
  readonly resource?: SpecAttributes;
  readonly scope?: string;
}

export interface BatchOptions {
  readonly rejected?: number;
  readonly warnings?: readonly string[];
  readonly nativeTraceIds?: ReadonlyMap<string, string>;
}

export function batchOf(specs: readonly SpanSpec[], options: BatchOptions = {}): SpanBatch {
  const body = new Bytes();
  const strings = new Interned<string>((text) => text);
  const resources = new Interned<SpanSpec>((spec) => JSON.stringify([spec.service, spec.resource], bigintText));
  const scopes = new Interned<string>((text) => text);
  const n = specs.length;
  const columns = {
    spanOffset: new Uint32Array(n),
    spanLength: new Uint32Array(n),
    traceId: new Uint32Array(4 * n),
    spanId: new Uint32Array(2 * n),
    parentId: new Uint32Array(2 * n),
    startTime: new Uint32Array(2 * n),
    endTime: new Uint32Array(2 * n),
    name: new Uint32Array(n),
    kind: new Uint8Array(n),
    status: new Uint8Array(n),
    flags: new Uint16Array(n),
    resource: new Uint32Array(n),
    scope: new Uint32Array(n),
  };
  const eventSpan: number[] = [];
  const eventTime: number[] = [];
  specs.forEach((spec, i) => {
    const message = encodeSpan(spec);
    columns.spanOffset[i] = body.length;
    columns.spanLength[i] = message.length;
    body.raw(message);
    words(spec.trace ?? TRACE_ID, 4).forEach((word, k) => (columns.traceId[4 * i + k] = word));
    words(spec.id, 2).forEach((word, k) => (columns.spanId[2 * i + k] = word));
    words(spec.parent ?? '', 2).forEach((word, k) => (columns.parentId[2 * i + k] = word));
    setTime(columns.startTime, i, epoch(spec.start ?? 0));
    setTime(columns.endTime, i, epoch(spec.end ?? spec.start ?? 0));
    columns.name[i] = strings.index(spec.name ?? '');
    columns.kind[i] = spec.kind ?? 1;
    columns.status[i] = spec.error ? 2 : 0;
    columns.flags[i] = flagsOf(spec);
    columns.resource[i] = resources.index(spec);
    columns.scope[i] = scopes.index(spec.scope ?? '');
    for (const event of spec.events ?? []) {
      eventSpan.push(i);
      const at = epoch(event.at);
      eventTime.push(Number(at & 0xffffffffn), Number(at >> 32n));
    }
  });
  const batchResources: BatchResource[] = resources.values.map((spec) => {
    const message = encodeResource(spec);
    const range = { offset: body.length, length: message.length, service: spec.service ?? '' };
    body.raw(message);
    return range;
  });
  const batchScopes: BatchScope[] = scopes.values.map((name) => {
    const message = new Bytes().text(1, name).take();
    const range = { offset: body.length, length: message.length, name };
    body.raw(message);
    return range;
  });
  return {
    count: n,
    bytes: body.take(),
    ...columns,
    resources: batchResources,
    scopes: batchScopes,
    strings: strings.values,
    eventSpan: Uint32Array.from(eventSpan),
    eventTime: Uint32Array.from(eventTime),
    rejected: options.rejected ?? 0,
    warnings: options.warnings ?? [],
    ...(options.nativeTraceIds === undefined ? {} : { nativeTraceIds: options.nativeTraceIds }),
  };
}

const bigintText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
const epoch = (time: SpecTime): bigint => (typeof time === 'bigint' ? time : BASE + BigInt(time));

function setTime(column: Uint32Array, i: number, time: bigint): void {
  column[2 * i] = Number(time & 0xffffffffn);
  column[2 * i + 1] = Number(time >> 32n);
}

function words(hex: string, count: number): number[] {
  const padded = hex.padStart(8 * count, '0');
  const all: number[] = [];
  for (let at = 0; at < 8 * count; at += 8) all.push(Number.parseInt(padded.slice(at, at + 8), 16));
  return all;
}

function flagsOf(spec: SpanSpec): number {
  const keys = Object.keys(spec.attributes ?? {});
  const has = (pattern: RegExp): boolean => keys.some((key) => pattern.test(key));
  return (
    (spec.error ? SpanFlag.error : 0) |
    (has(/^code\./) ? SpanFlag.code : 0) |
    (has(/^(gen_ai|llm|ai|openinference)\./) ? SpanFlag.genAi : 0) |
    (has(/^db\./) ? SpanFlag.database : 0) |
    (has(/^exception\.|^code\.stacktrace$/) || spec.events?.some((event) => event.name === 'exception') ? SpanFlag.exception : 0) |
    (spec.links?.length ? SpanFlag.links : 0) |
    (spec.events?.length ? SpanFlag.events : 0)
  );
}

// ─── OTLP/protobuf (trace.proto, common.proto field numbers) ─────────────────────────────────────────────────────────

function encodeSpan(spec: SpanSpec): Uint8Array {
  const out = new Bytes();
  out.message(1, idBytes(spec.trace ?? TRACE_ID, 4)).message(2, idBytes(spec.id, 2));
  if (spec.parent) out.message(4, idBytes(spec.parent, 2));
  out.text(5, spec.name ?? '').varint(6, BigInt(spec.kind ?? 1));
  out.fixed64(7, epoch(spec.start ?? 0)).fixed64(8, epoch(spec.end ?? spec.start ?? 0));
  attributes(out, 9, spec.attributes);
  for (const event of spec.events ?? []) {
    const body = new Bytes().fixed64(1, epoch(event.at)).text(2, event.name ?? '');
    attributes(body, 3, event.attributes);
    out.message(11, body.take());
  }
  for (const link of spec.links ?? []) out.message(13, new Bytes().message(1, idBytes(link.trace, 4)).message(2, idBytes(link.span, 2)).take());
  if (spec.error || spec.statusMessage) {
    const status = new Bytes();
    if (spec.statusMessage) status.text(2, spec.statusMessage);
    if (spec.error) status.varint(3, 2n);
    out.message(15, status.take());
  }
  return out.take();
}

function encodeResource(spec: SpanSpec): Uint8Array {
  const out = new Bytes();
  attributes(out, 1, { ...(spec.service === undefined ? {} : { 'service.name': spec.service }), ...spec.resource });
  return out.take();
}

function attributes(out: Bytes, field: number, values: SpecAttributes | undefined): void {
  for (const [key, value] of Object.entries(values ?? {})) out.message(field, new Bytes().text(1, key).message(2, encodeValue(value)).take());
}

/** Whole numbers become ints, others doubles. */
function encodeValue(value: SpecValue): Uint8Array {
  const out = new Bytes();
  if (typeof value === 'string') out.text(1, value);
  else if (typeof value === 'boolean') out.varint(2, value ? 1n : 0n);
  else if (typeof value === 'bigint' || Number.isSafeInteger(value)) out.varint(3, BigInt.asUintN(64, BigInt(value as number)));
  else if (typeof value === 'number') out.double(4, value);
  else {
    const list = new Bytes();
    for (const item of value) list.message(1, encodeValue(item));
    out.message(5, list.take());
  }
  return out.take();
}

function idBytes(hex: string, count: number): Uint8Array {
  const bytes = new Uint8Array(4 * count);
  const view = new DataView(bytes.buffer);
  words(hex, count).forEach((word, k) => view.setUint32(4 * k, word));
  return bytes;
}

const encoder = new TextEncoder();

class Bytes {
  #out = new Uint8Array(64);
  #view = new DataView(this.#out.buffer);
  #length = 0;
  get length(): number {
    return this.#length;
  }
  take(): Uint8Array {
    return this.#out.slice(0, this.#length);
  }
  raw(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#out.set(bytes, at);
    return this;
  }
  text(field: number, text: string): this {
    return this.message(field, encoder.encode(text));
  }
  message(field: number, bytes: Uint8Array): this {
    return this.#small((field << 3) | 2).#small(bytes.length).raw(bytes);
  }
  varint(field: number, value: bigint): this {
    this.#small(field << 3);
    let rest = value;
    for (; rest > 127n; rest >>= 7n) this.#byte(Number(rest & 127n) | 128);
    return this.#byte(Number(rest));
  }
  fixed64(field: number, value: bigint): this {
    const at = this.#small((field << 3) | 1).#grow(8);
    this.#view.setBigUint64(at, value, true);
    return this;
  }
  double(field: number, value: number): this {
    const at = this.#small((field << 3) | 1).#grow(8);
    this.#view.setFloat64(at, value, true);
    return this;
  }
  #small(value: number): this {
    let rest = value;
    for (; rest > 127; rest >>>= 7) this.#byte((rest & 127) | 128);
    return this.#byte(rest);
  }
  #byte(byte: number): this {
    const at = this.#grow(1);
    this.#out[at] = byte;
    return this;
  }
  /** Answers where the `count` bytes begin. */
  #grow(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#out.length) {
      const old = this.#out;
      this.#out = new Uint8Array(2 * this.#length);
      this.#out.set(old);
      this.#view = new DataView(this.#out.buffer);
    }
    return at;
  }
}

class Interned<T> {
  readonly values: T[] = [];
  readonly #indices = new Map<string, number>();
  readonly #key: (value: T) => string;
  constructor(key: (value: T) => string) {
    this.#key = key;
  }
  index(value: T): number {
    const key = this.#key(value);
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    this.#indices.set(key, this.values.length);
    return this.values.push(value) - 1;
  }
}
