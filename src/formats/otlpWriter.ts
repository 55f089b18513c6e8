// Builds OTLP/protobuf trace messages (TracesData) from plain values: what every other format is turned into, so that store,
// details, export and pins know one encoding. Owns field numbers of writing; must not know where the values come from.
import type { Attribute } from '../model/attributes.ts';
import { writeAttribute } from './anyValue.ts';
import { ProtoWriter } from './protoWriter.ts';

export interface WritableEvent {
  readonly timeUnixNano: bigint;
  readonly name: string;
  readonly attributes?: readonly Attribute[];
  readonly droppedAttributes?: number;
}

export interface WritableLink {
  /** Hex digits, an even number of them. */
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState?: string;
  readonly attributes?: readonly Attribute[];
}

/** The part of SpanDetails that belongs to the span itself; what is left out is not written. */
export interface WritableSpan {
  /** 32 hex digits, or "" where there is no valid one. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** "" or absent: a root. */
  readonly parentSpanId?: string | undefined;
  readonly traceState?: string | undefined;
  readonly name: string;
  readonly kind?: number | undefined;
  readonly startUnixNano: bigint;
  /** 0n = in progress. */
  readonly endUnixNano: bigint;
  readonly statusCode?: number | undefined;
  readonly statusMessage?: string | undefined;
  readonly attributes?: readonly Attribute[] | undefined;
  readonly events?: readonly WritableEvent[] | undefined;
  readonly links?: readonly WritableLink[] | undefined;
  readonly droppedAttributes?: number | undefined;
  readonly droppedEvents?: number | undefined;
  readonly droppedLinks?: number | undefined;
}

/** Calls nest: beginResource (beginScope span* endScope)* endResource, any number of times, then finish. */
export class OtlpWriter {
  readonly #w: ProtoWriter;

  constructor(capacity?: number) {
    this.#w = new ProtoWriter(capacity);
  }

  get size(): number {
    return this.#w.size;
  }

  /** Attributes, or the body of a Resource message as it came. */
  beginResource(resource: readonly Attribute[] | Uint8Array): void {
    this.#w.begin(1, 4);
    if (resource instanceof Uint8Array) {
      this.#w.bytes(1, resource);
      return;
    }
    this.#w.begin(1, 2);
    for (const { key, value } of resource) writeAttribute(this.#w, 1, key, value);
    this.#w.end();
  }

  endResource(): void {
    this.#w.end();
  }

  /** Name and version, or the body of an InstrumentationScope message as it came. */
  beginScope(scope: { readonly name?: string; readonly version?: string; readonly attributes?: readonly Attribute[] | undefined } | Uint8Array = {}): void {
    const w = this.#w;
    w.begin(2, 4);
    if (scope instanceof Uint8Array) {
      w.bytes(1, scope);
      return;
    }
    w.begin(1, 1);
    if (scope.name) w.string(1, scope.name);
    if (scope.version) w.string(2, scope.version);
    for (const { key, value } of scope.attributes ?? []) writeAttribute(w, 3, key, value);
    w.end();
  }

  endScope(): void {
    this.#w.end();
  }

  /** Spans that another one wrote from `from` to `to` of its size, without anything around them. */
  rawSpans(spans: OtlpWriter, from: number, to: number): void {
    this.#w.raw(spans.#w.written(from, to));
  }

  /** The body of a Span message as it came. */
  rawSpan(body: Uint8Array): void {
    this.#w.bytes(2, body);
  }

  span(span: WritableSpan): void {
    const w = this.#w;
    w.begin(2, 2);
    w.hex(1, span.traceId);
    w.hex(2, span.spanId);
    if (span.traceState) w.string(3, span.traceState);
    if (span.parentSpanId) w.hex(4, span.parentSpanId);
    w.string(5, span.name);
    if (span.kind) w.uint32(6, span.kind);
    if (span.startUnixNano !== 0n) w.fixed64(7, span.startUnixNano);
    if (span.endUnixNano !== 0n) w.fixed64(8, span.endUnixNano);
    for (const { key, value } of span.attributes ?? []) writeAttribute(w, 9, key, value);
    if (span.droppedAttributes) w.uint32(10, span.droppedAttributes);
    for (const event of span.events ?? []) this.#event(event);
    if (span.droppedEvents) w.uint32(12, span.droppedEvents);
    for (const link of span.links ?? []) this.#link(link);
    if (span.droppedLinks) w.uint32(14, span.droppedLinks);
    if (span.statusCode || span.statusMessage) {
      w.begin(15);
      if (span.statusMessage) w.string(2, span.statusMessage);
      if (span.statusCode) w.uint32(3, span.statusCode);
      w.end();
    }
    w.end();
  }

  #event(event: WritableEvent): void {
    const w = this.#w;
    w.begin(11);
    w.fixed64(1, event.timeUnixNano);
    w.string(2, event.name);
    for (const { key, value } of event.attributes ?? []) writeAttribute(w, 3, key, value);
    if (event.droppedAttributes) w.uint32(4, event.droppedAttributes);
    w.end();
  }

  #link(link: WritableLink): void {
    const w = this.#w;
    w.begin(13);
    w.hex(1, link.traceId);
    w.hex(2, link.spanId);
    if (link.traceState) w.string(3, link.traceState);
    for (const { key, value } of link.attributes ?? []) writeAttribute(w, 4, key, value);
    w.end();
  }

  /** The message, in memory of its own. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#w.finish();
  }
}
