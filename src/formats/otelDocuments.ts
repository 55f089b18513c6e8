// Spans as the collector's Elasticsearch exporter stores them in OTel mode (collector-contrib exporter/elasticsearchexporter,
// otelserializer/traces.go): attributes as objects, times as "milliseconds.nanoseconds" or ISO, and each event of a span as a document
// of its own (in logs-*.otel-*), which finds its span again by both ids. Must not know HTTP.
import type { SpanBatch } from '../model/spanBatch.ts';
import { attributesOfDocument, documentAttributes, type ReadAttributes } from './documentAttributes.ts';
import { sourcesOf } from './elasticHits.ts';
import { spanIdOf, traceIdOf } from './foreignIds.ts';
import { type ForeignSpan, ForeignSpans } from './foreignSpans.ts';
import { FormatError } from './formatError.ts';
import { isoNanos } from './isoTime.ts';
import { count, endAfter, isObject, isOpen, items, type JsonObject, text, uint64 } from './jsonFields.ts';
import { kindNamed } from './otelTags.ts';
import type { WritableEvent } from './otlpWriter.ts';

/** Spans, and events of spans; undefined where there is neither. */
export function otelDocumentsOf(document: unknown): readonly unknown[] | undefined {
  const sources = sourcesOf(document);
  return sources.some((source) => isSpan(source) || isEvent(source)) ? sources : undefined;
}

const isOtel = (value: unknown): value is JsonObject => isObject(value) && '@timestamp' in value && 'trace_id' in value && 'span_id' in value;
const isSpan = (value: unknown): value is JsonObject => isOtel(value) && 'duration' in value;
const isEvent = (value: unknown): value is JsonObject => isOtel(value) && !('duration' in value) && eventName(value) !== undefined;

function eventName(document: JsonObject): string | undefined {
  const name = document['event_name'] ?? documentAttributes(document['attributes']).find(({ key }) => key === 'event.name')?.value;
  return typeof name === 'string' ? name : undefined;
}

/** Epoch ns. The exporter writes the nanoseconds behind the milliseconds without leading zeros. */
export function otelTime(value: unknown): bigint | undefined {
  const given = text(value);
  const parts = /^(\d{1,14})(?:\.(\d{1,9}))?$/.exec(given);
  if (parts === null) return isoNanos(value);
  const rest = parts[2] ?? '0';
  return BigInt(parts[1]!) * 1_000_000n + BigInt(rest.slice(0, 6));
}

/** Takes any number of documents and gives one batch: events may come before their spans, and in another file's part. */
export class OtelDocumentConverter {
  readonly #foreign = new ForeignSpans();
  readonly #spans: { readonly span: ForeignSpan; readonly place: string }[] = [];
  /** By the ids of their span. */
  readonly #events = new Map<string, WritableEvent[]>();

  add(document: unknown, where = ''): void {
    const sources = otelDocumentsOf(document);
    if (sources === undefined) throw new FormatError(`${where}no span of the collector's OTel mode: documents with "@timestamp", "trace_id", "span_id" and "duration" were expected.`, 0);
    sources.forEach((source, k) => {
      const place = sources.length > 1 ? `${where}document ${k}` : `${where}document`;
      if (!isSpan(source) && !isEvent(source)) this.#foreign.reject(place, 'it is no span and no event of one');
      else if (keyOf(source) === undefined) this.#foreign.reject(place, 'it has no span id');
      else if (isSpan(source)) this.#spans.push({ span: spanOf(source, this.#timeOf(source, place)), place });
      else this.#event(source, this.#timeOf(source, place));
    });
  }

  finish(): SpanBatch {
    const known = new Set<string>();
    for (const { span, place } of this.#spans) {
      const key = keyOfIds(span.ids)!;
      known.add(key);
      const events = this.#events.get(key)?.toSorted((a, b) => (a.timeUnixNano < b.timeUnixNano ? -1 : a.timeUnixNano > b.timeUnixNano ? 1 : 0)) ?? [];
      this.#foreign.add({ ...span, events }, place);
    }
    const lost = [...this.#events].reduce((sum, [key, events]) => sum + (known.has(key) ? 0 : events.length), 0);
    if (lost > 0) this.#foreign.warnings.add(`${lost} ${lost === 1 ? 'event belongs to a span' : 'events belong to spans'} that did not come along.`);
    return this.#foreign.finish();
  }

  #timeOf(document: JsonObject, place: string): bigint {
    const time = otelTime(document['@timestamp']);
    if (time === undefined) this.#foreign.warnings.add(`${place}: its time is no time and was left out.`);
    return time ?? 0n;
  }

  #event(document: JsonObject, time: bigint): void {
    const key = keyOf(document)!;
    const event = { timeUnixNano: time, name: eventName(document)!, attributes: readerOf(document)(document['attributes']).filter((attribute) => attribute.key !== 'event.name'), droppedAttributes: count(document['dropped_attributes_count']) };
    const known = this.#events.get(key);
    if (known === undefined) this.#events.set(key, [event]);
    else known.push(event);
  }
}

const idsOf = (document: JsonObject): ForeignSpan['ids'] => ({ trace: text(document['trace_id']), span: text(document['span_id']), parent: text(document['parent_span_id']) });
const keyOf = (document: JsonObject): string | undefined => keyOfIds(idsOf(document));

/** Of a span, and of its events; undefined without a span id. */
function keyOfIds({ trace, span }: ForeignSpan['ids']): string | undefined {
  const traceId = traceIdOf(trace, new Map());
  const spanId = spanIdOf(span, traceId);
  return spanId === '' ? undefined : `${traceId}${spanId}`;
}

function spanOf(document: JsonObject, start: bigint): ForeignSpan {
  const duration = uint64(document['duration'], { rounded: false });
  const status = isObject(document['status']) ? document['status'] : {};
  const scope = isObject(document['scope']) ? document['scope'] : {};
  const read = readerOf(document);
  return {
    ids: idsOf(document),
    start,
    end: duration === undefined || isOpen(start, duration) ? 0n : endAfter(start, duration),
    resource: read(resourceIn(document)),
    scope: { name: text(scope['name']), version: text(scope['version']), attributes: read(scope['attributes']) },
    traceState: text(document['trace_state']),
    name: text(document['name']),
    kind: kindNamed(text(document['kind'])),
    statusCode: CODES.get(text(status['code']).toLowerCase()) ?? 0,
    statusMessage: text(status['message']),
    attributes: read(document['attributes']),
    links: items(document['links']).filter(isObject).map((link) => ({ trace: text(link['trace_id']), span: text(link['span_id']), traceState: text(link['trace_state']), attributes: read(link['attributes']) })),
    droppedAttributes: count(document['dropped_attributes_count']),
    droppedEvents: count(document['dropped_events_count']),
    droppedLinks: count(document['dropped_links_count']),
  };
}

const resourceIn = (document: JsonObject): unknown => (isObject(document['resource']) ? document['resource']['attributes'] : undefined);

const readerOf = (document: JsonObject): ReadAttributes => attributesOfDocument(document['attributes'], resourceIn(document));

const CODES: ReadonlyMap<string, number> = new Map([['ok', 1], ['error', 2]]);
