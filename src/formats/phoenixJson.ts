// Arize Phoenix's own JSON → SpanBatch: spans (REST /v1/projects/{p}/spans, exports of its clients, the JSONL of its examples), traces with the
// spans its list names (/traces?include_spans=true), traces as its command line prints them. Times in whole µs; no service, no scope, no kind but
// OpenInference's. Its OTLP dialect (spans/otlpv1) is otlpJson.ts. From its routers/v1/{spans,traces}.py, 20.26. Knows no HTTP.
import type { Attribute } from '../model/attributes.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { type ForeignSpan, ForeignSpans } from './foreignSpans.ts';
import { FormatError } from './formatError.ts';
import { isoNanos } from './isoTime.ts';
import { isObject, items, type JsonObject, text } from './jsonFields.ts';
import { nextPageNote } from './nextPage.ts';
import { codeNamed } from './otelTags.ts';
import { idText, objectsIn, otherFields, plainAttributes, type PlainWarn, spansIn } from './plainSpan.ts';
import { dottedEntries } from './plainValue.ts';
import { isSnakeContext } from './pythonSpans.ts';

/** A parsed document. Throws FormatError when it is none of Phoenix's. */
export function decodePhoenixJson(document: unknown): SpanBatch {
  const converter = new PhoenixConverter();
  converter.add(document);
  return converter.finish();
}

const isSpan = (value: unknown): value is JsonObject => isObject(value) && isSnakeContext(value['context']) && ('span_kind' in value || 'status_code' in value);
const isListedTrace = (value: unknown): value is JsonObject => isObject(value) && typeof value['trace_id'] === 'string' && typeof value['project_id'] === 'string' && 'spans' in value;
const isPrintedTrace = (value: unknown): value is JsonObject => isObject(value) && typeof value['traceId'] === 'string' && items(value['spans']).some(isSpan);
const isAny = (value: unknown): boolean => isSpan(value) || isListedTrace(value) || isPrintedTrace(value);
const isEmptyPage = (document: unknown): boolean => isObject(document) && 'next_cursor' in document && Array.isArray(document['data']) && document['data'].length === 0;

/** Spans and traces, as they come; undefined where it has none of Phoenix's shapes. */
export const phoenixItemsOf = (document: unknown): readonly unknown[] | undefined => spansIn(document, isAny, 'data') ?? (isEmptyPage(document) ? [] : undefined);

/** Takes any number of documents and gives one batch. */
export class PhoenixConverter {
  readonly #spans = new ForeignSpans();

  add(document: unknown, where = ''): void {
    const found = phoenixItemsOf(document);
    if (found === undefined) throw new FormatError(`${where}none of Phoenix's JSON: spans with "context" and "span_kind", or traces with "trace_id", "project_id" and "spans" were expected.`, 0);
    let [listed, empty] = [0, 0];
    found.forEach((item, k) => {
      const place = `${where}${isSpan(item) || !isAny(item) ? 'span' : 'trace'}${found.length > 1 ? ` ${k}` : ''}`;
      if (isListedTrace(item)) {
        listed++;
        if (!Array.isArray(item['spans'])) empty++;
        this.#listed(item, place);
      } else if (isPrintedTrace(item)) items(item['spans']).forEach((span, i) => this.#span(span, `${place}.spans[${i}]`));
      else this.#span(item, place);
    });
    const warn: PlainWarn = (sentence) => this.#spans.warnings.add(`${where}${sentence}`);
    if (empty > 0) warn(`${empty} of ${listed} traces came without their spans; include_spans=true asks for them.`);
    if (listed > empty) warn('Phoenix lists the spans of traces without their attributes, events and status messages.');
    const more = nextPageNote(document);
    if (more !== undefined) warn(more);
  }

  finish(): SpanBatch {
    return this.#spans.finish();
  }

  #span(span: unknown, place: string): void {
    if (isSpan(span)) this.#spans.add(spanOf(span, (sentence) => this.#spans.warnings.add(`${place}: ${sentence}`)), place);
    else this.#spans.reject(place, "it is none of Phoenix's");
  }

  /** What it says of the trace stands on its root. */
  #listed(trace: JsonObject, place: string): void {
    const spans = items(trace['spans']);
    const root = spans.find((span) => isObject(span) && text(span['parent_id']) === '') ?? spans[0];
    spans.forEach((span, k) => {
      if (!isObject(span)) return this.#spans.reject(`${place}.spans[${k}]`, 'it is not an object');
      const ofTrace = span === root ? otherFields(trace, KNOWN_OF_TRACE, 'phoenix.trace.') : [];
      this.#spans.add({ ...listedSpan(span, text(trace['trace_id'])), resource: [{ key: 'phoenix.project_id', value: text(trace['project_id']) }], attributes: [...kindOf(span, []), ...otherFields(span, KNOWN, 'phoenix.'), ...ofTrace] }, `${place}.spans[${k}]`);
    });
  }
}

const KNOWN: ReadonlySet<string> = new Set(['name', 'context', 'span_id', 'span_kind', 'parent_id', 'start_time', 'end_time', 'status_code', 'status_message', 'attributes', 'events']);
const KNOWN_OF_TRACE: ReadonlySet<string> = new Set(['trace_id', 'project_id', 'start_time', 'end_time', 'spans']);
const KIND = 'openinference.span.kind';

function spanOf(span: JsonObject, warn: PlainWarn): ForeignSpan {
  const context = span['context'] as JsonObject;
  const attributes = dotted(plainObject(span['attributes'], warn));
  return {
    ...listedSpan({ ...span, span_id: context['span_id'] }, text(context['trace_id'])),
    attributes: [...attributes, ...kindOf(span, attributes), ...otherFields(span, KNOWN, 'phoenix.')],
    events: objectsIn(span['events'], 'events', warn).map((event) => ({
      timeUnixNano: isoNanos(event['timestamp']) ?? 0n,
      name: text(event['name']),
      attributes: plainAttributes(event['attributes'], 'attributes of an event', warn),
    })),
  };
}

/** What lists say of a span too. One that has not ended ends in 1970 there. */
function listedSpan(span: JsonObject, trace: string): ForeignSpan {
  return {
    ids: { trace: idText(trace), span: idText(span['span_id']), parent: idText(span['parent_id']) },
    start: isoNanos(span['start_time']),
    end: isoNanos(span['end_time']) ?? 0n,
    resource: [],
    scope: { name: '', version: '' },
    name: text(span['name']),
    statusCode: codeNamed(text(span['status_code'])),
    statusMessage: text(span['status_message']),
  };
}

/** It takes OpenInference's kind out of the attributes, and says UNKNOWN where there was none. */
function kindOf(span: JsonObject, attributes: readonly Attribute[]): Attribute[] {
  const kind = text(span['span_kind']);
  return kind === '' || kind === 'UNKNOWN' || attributes.some(({ key }) => key === KIND) ? [] : [{ key: KIND, value: kind }];
}

function plainObject(value: unknown, warn: PlainWarn): JsonObject {
  if (isObject(value)) return value;
  if (value !== undefined && value !== null) warn('attributes that are no object were left out.');
  return {};
}

/** Its REST API flattens names ("llm.model_name"), its JSONL does not. */
function dotted(attributes: JsonObject): Attribute[] {
  return Object.entries(attributes).flatMap(([key, value]) => (isObject(value) && Object.keys(value).length > 0 ? dottedEntries(value, key) : plainAttributes({ [key]: value }, '', () => undefined)));
}
