// Spans as OpenSearch's own tools store them: Data Prepper in both of its formats (attributes as keys "span.attributes.http@method", or as
// objects), and the collector's OpenSearch exporter (SS4O: the resource is its attributes, events have "@timestamp"). From data-prepper
// otel-proto-common OTelProto{Opensearch,Standard}Codec.java and collector-contrib exporter/opensearchexporter/sso_model.go.
import type { Attribute } from '../model/attributes.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { attributesIn, attributesOfDocument, type ReadAttributes } from './documentAttributes.ts';
import { at, sourcesOf } from './elasticHits.ts';
import { type ForeignSpan, ForeignSpans } from './foreignSpans.ts';
import { FormatError } from './formatError.ts';
import { isoNanos } from './isoTime.ts';
import { count, endAfter, isObject, items, type JsonObject, text, uint64 } from './jsonFields.ts';
import { kindNamed } from './otelTags.ts';

/** undefined where no document is such a span. */
export function dataPrepperDocumentsOf(document: unknown): readonly unknown[] | undefined {
  const sources = sourcesOf(document);
  return sources.some(isSpan) ? sources : undefined;
}

const isSpan = (value: unknown): value is JsonObject => isObject(value) && 'traceId' in value && 'spanId' in value && isoNanos(value['startTime']) !== undefined && ('endTime' in value || 'durationInNanos' in value);

/** Takes any number of documents and gives one batch. */
export class DataPrepperConverter {
  readonly #spans = new ForeignSpans();

  add(document: unknown, where = ''): void {
    const sources = dataPrepperDocumentsOf(document);
    if (sources === undefined) throw new FormatError(`${where}no span of Data Prepper's: documents with "traceId", "spanId", "startTime" and "endTime" were expected.`, 0);
    sources.forEach((source, k) => {
      const place = sources.length > 1 ? `${where}document ${k}` : `${where}document`;
      if (isSpan(source)) this.#spans.add(spanOf(source), place);
      else this.#spans.reject(place, 'it is no span');
    });
  }

  finish(): SpanBatch {
    return this.#spans.finish();
  }
}

function spanOf(document: JsonObject): ForeignSpan {
  const start = isoNanos(document['startTime'])!;
  const duration = uint64(document['durationInNanos'], { rounded: false });
  const ownAttributes = isObject(document['span']) ? document['span']['attributes'] : undefined;
  const read = attributesOfDocument(document['attributes'], ownAttributes, resourceAttributes(document));
  const scope = (part: string): string => text(at(document, `instrumentationScope.${part}`) ?? at(document, `instrumentationLibrary.${part}`));
  return {
    ids: { trace: text(document['traceId']), span: text(document['spanId']), parent: text(document['parentSpanId']) },
    start,
    end: duration === undefined ? (isoNanos(document['endTime']) ?? 0n) : endAfter(start, duration),
    resource: resourceOf(document, read),
    scope: { name: scope('name'), version: scope('version'), attributes: scopeAttributesOf(document, read) },
    traceState: text(document['traceState']),
    name: text(document['name']),
    kind: kindNamed(text(document['kind']).replace(/^SPAN_KIND_/i, '')),
    statusCode: CODES.get(text(at(document, 'status.code')).toLowerCase().replace(/^status_code_/, '')) ?? 0,
    statusMessage: text(at(document, 'status.message')),
    attributes: [...attributesIn(document, 'span.attributes.'), ...read(ownAttributes), ...read(document['attributes'])],
    events: items(document['events']).filter(isObject).map((event) => ({
      timeUnixNano: isoNanos(event['time']) ?? isoNanos(event['@timestamp']) ?? 0n, name: text(event['name']), attributes: read(event['attributes']), droppedAttributes: count(event['droppedAttributesCount']),
    })),
    links: items(document['links']).filter(isObject).map((link) => ({ trace: text(link['traceId']), span: text(link['spanId']), traceState: text(link['traceState']), attributes: read(link['attributes']) })),
    droppedAttributes: count(document['droppedAttributesCount']),
    droppedEvents: count(document['droppedEventsCount']),
    droppedLinks: count(document['droppedLinksCount']),
  };
}

const CODES: ReadonlyMap<string, number> = new Map([['1', 1], ['ok', 1], ['2', 2], ['error', 2]]);

function scopeAttributesOf(document: JsonObject, read: ReadAttributes): Attribute[] {
  const scope = document['instrumentationScope'];
  return [...attributesIn(document, 'instrumentationScope.attributes.'), ...read(isObject(scope) ? scope['attributes'] : undefined)];
}

/** SS4O has them without an object more around them. */
function resourceAttributes({ resource }: JsonObject): unknown {
  if (!isObject(resource)) return undefined;
  return isObject(resource['attributes']) ? resource['attributes'] : 'droppedAttributesCount' in resource ? undefined : resource;
}

function resourceOf(document: JsonObject, read: ReadAttributes): Attribute[] {
  const found = [...attributesIn(document, 'resource.attributes.'), ...read(resourceAttributes(document))];
  const service = text(document['serviceName']);
  return service === '' || found.some(({ key }) => key === 'service.name') ? found : [{ key: 'service.name', value: service }, ...found];
}
