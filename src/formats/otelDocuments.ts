// Spans as the collector's Elasticsearch exporter stores them in OTel mode (collector-contrib exporter/elasticsearchexporter,
// otelserializer/traces.go): attributes as objects, times as "milliseconds.nanoseconds" or ISO, and each event of a span as a document
// of its own (in logs-*.otel-*), which finds its span again by both ids. Must not know HTTP.
import type { SpanBatch } from '../model/spanBatch.ts';
import { attributesOfDocument, documentAttributes, type ReadAttributes } from './documentAttributes.ts';
import { sourcesOf } from './elasticHits.ts';
import { spanIdOf, traceIdOf } from './foreignIds.ts';
import { FormatError } from './formatError.ts';
import { isoNanos } from './isoTime.ts';
import { count, endAfter, isObject, isOpen, items, type JsonObject, text, uint64 } from './jsonFields.ts';
import { kindNamed } from './otelTags.ts';
import type { WritableEvent, WritableSpan } from './otlpWriter.ts';
import { resourceKeyOf } from './resourceKey.ts';
import { SpanGroups } from './spanGroups.ts';
import { WarningList } from './warningList.ts';

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
  readonly #warnings = new WarningList();
  readonly #nativeIds = new Map<string, string>();
  readonly #spans: { readonly document: JsonObject; readonly span: WritableSpan }[] = [];
  readonly #events = new Map<string, WritableEvent[]>();
  #rejected = 0;

  add(document: unknown, where = ''): void {
    const sources = otelDocumentsOf(document);
    if (sources === undefined) throw new FormatError(`${where}no span of the collector's OTel mode: documents with "@timestamp", "trace_id", "span_id" and "duration" were expected.`, 0);
    sources.forEach((source, k) => {
      const place = sources.length > 1 ? `${where}document ${k}` : `${where}document`;
      const problem = isSpan(source) ? this.#span(source, place) : isEvent(source) ? this.#event(source, place) : 'it is no span and no event of one';
      if (problem === undefined) return;
      this.#rejected++;
      this.#warnings.add(`${place} was rejected: ${problem}.`);
    });
  }

  finish(): SpanBatch {
    const groups = new SpanGroups();
    for (const { document, span } of this.#spans) {
      const key = `${span.traceId}${span.spanId}`;
      const events = this.#events.get(key)?.toSorted((a, b) => (a.timeUnixNano < b.timeUnixNano ? -1 : a.timeUnixNano > b.timeUnixNano ? 1 : 0)) ?? [];
      const read = readerOf(document);
      const resource = read(resourceIn(document));
      const scope = isObject(document['scope']) ? document['scope'] : {};
      groups.add(resourceKeyOf('', resource), () => resource, { name: text(scope['name']), version: text(scope['version']), attributes: read(scope['attributes']) }, { ...span, events });
    }
    const known = new Set(this.#spans.map(({ span }) => `${span.traceId}${span.spanId}`));
    const lost = [...this.#events].reduce((sum, [key, events]) => sum + (known.has(key) ? 0 : events.length), 0);
    if (lost > 0) this.#warnings.add(`${lost} ${lost === 1 ? 'event belongs to a span' : 'events belong to spans'} that did not come along.`);
    return groups.finish(this.#rejected, this.#warnings, this.#nativeIds);
  }

  #span(document: JsonObject, where: string): string | undefined {
    const traceId = traceIdOf(text(document['trace_id']), this.#nativeIds);
    const spanId = spanIdOf(text(document['span_id']), traceId);
    if (spanId === '') return 'it has no span id';
    const start = otelTime(document['@timestamp']);
    if (start === undefined) this.#warnings.add(`${where}: its time is no time and was left out.`);
    const duration = uint64(document['duration'], { rounded: false });
    const status = isObject(document['status']) ? document['status'] : {};
    const read = readerOf(document);
    this.#spans.push({
      document,
      span: {
        traceId,
        spanId,
        parentSpanId: spanIdOf(text(document['parent_span_id']), traceId),
        traceState: text(document['trace_state']),
        name: text(document['name']),
        kind: kindNamed(text(document['kind'])),
        startUnixNano: start ?? 0n,
        endUnixNano: duration === undefined || isOpen(start ?? 0n, duration) ? 0n : endAfter(start ?? 0n, duration),
        statusCode: CODES.get(text(status['code']).toLowerCase()) ?? 0,
        statusMessage: text(status['message']),
        attributes: read(document['attributes']),
        links: items(document['links']).filter(isObject).map((link) => ({
          traceId: traceIdOf(text(link['trace_id']), new Map()), spanId: spanIdOf(text(link['span_id']), text(link['trace_id'])), traceState: text(link['trace_state']), attributes: read(link['attributes']),
        })),
        droppedAttributes: count(document['dropped_attributes_count']),
        droppedEvents: count(document['dropped_events_count']),
        droppedLinks: count(document['dropped_links_count']),
      },
    });
    return undefined;
  }

  #event(document: JsonObject, where: string): string | undefined {
    const traceId = traceIdOf(text(document['trace_id']), new Map());
    const spanId = spanIdOf(text(document['span_id']), traceId);
    if (spanId === '') return 'it has no span id';
    const time = otelTime(document['@timestamp']);
    if (time === undefined) this.#warnings.add(`${where}: its time is no time and was left out.`);
    const key = `${traceId}${spanId}`;
    const event = { timeUnixNano: time ?? 0n, name: eventName(document)!, attributes: readerOf(document)(document['attributes']).filter((attribute) => attribute.key !== 'event.name'), droppedAttributes: count(document['dropped_attributes_count']) };
    const known = this.#events.get(key);
    if (known === undefined) this.#events.set(key, [event]);
    else known.push(event);
    return undefined;
  }
}

const resourceIn = (document: JsonObject): unknown => (isObject(document['resource']) ? document['resource']['attributes'] : undefined);

const readerOf = (document: JsonObject): ReadAttributes => attributesOfDocument(document['attributes'], resourceIn(document));

const CODES: ReadonlyMap<string, number> = new Map([['ok', 1], ['error', 2]]);
