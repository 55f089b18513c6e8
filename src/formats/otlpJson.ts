// OTLP/JSON → SpanBatch, with every deviation that real producers emit: base64 ids, enum names, `batches`, instrumentationLibrary*,
// {trace:…} and {result:…} around it, numbers for text, snake_case, nulls, missing kind, status and times.
// Spans are rewritten as OTLP/protobuf. A bad span is rejected, counted and named by its place; its neighbours stay.
import { runAtOnce, type Steps } from '../model/slices.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import type { Attribute } from '../model/attributes.ts';
import { FormatError } from './formatError.ts';
import { attributesOf } from './jsonAnyValue.ts';
import { count, type Exactness, idHex, isObject, isTooLate, items, type JsonObject, LATEST_UNIX_NANO, text, TOO_LATE, uint64 } from './jsonFields.ts';
import { nextPageNote } from './nextPage.ts';
import { decodeOtlpProto } from './otlpProto.ts';
import { OtlpWriter, type WritableEvent, type WritableLink, type WritableSpan } from './otlpWriter.ts';
import { parseJson } from './jsonText.ts';
import { WarningList } from './warningList.ts';

/** A parsed document. Throws FormatError when it is not OTLP trace data at all. */
export function decodeOtlpJson(document: unknown): SpanBatch {
  const converter = new OtlpJsonConverter();
  converter.add(document);
  return converter.finish();
}

/** As decodeOtlpJson, from text: bare numbers beyond 2^53 are read exactly. */
export function decodeOtlpJsonText(json: string): SpanBatch {
  return decodeOtlpJson(parseJson(json));
}

/** The list of resourceSpans in a document, whatever it is called or wrapped in; undefined when there is none. */
export function resourceSpansOf(document: unknown): readonly unknown[] | undefined {
  if (!isObject(document)) return undefined;
  for (const holder of [document, document['trace'], document['result']]) {
    if (!isObject(holder)) continue;
    const list = holder['resourceSpans'] ?? holder['resource_spans'] ?? holder['batches'];
    if (Array.isArray(list)) return list;
    if (list === undefined && holder['resourceSpans'] === null) return [];
  }
  const wrapped = document['trace'] ?? document['result'];
  if (isObject(wrapped) && Object.keys(wrapped).length === 0) return [];
  const bare = isBareSpan(document) ? [document] : document['data'];
  if (!Array.isArray(bare) || !isBareSpan(bare[0])) return undefined;
  const own = bare.some((span) => isObject(span) && (isObject(span['resource']) || isObject(span['scope'])));
  return own ? bare.map((span: unknown) => (isObject(span) ? { resource: span['resource'], scopeSpans: [{ scope: span['scope'], spans: [span] }] } : span)) : [{ scopeSpans: [{ spans: bare }] }];
}

/** A span without resource and scope around it, as Phoenix answers them; or with them in it, as AWS keeps them in its log groups. */
const isBareSpan = (value: unknown): boolean => isObject(value) && (value['spanId'] ?? value['span_id']) !== undefined && (value['traceId'] ?? value['trace_id']) !== undefined;

/** Spans as OTLP/protobuf, and what was found on the way. */
export interface OtlpMessage {
  readonly bytes: Uint8Array;
  readonly rejected: number;
  readonly warnings: readonly string[];
}

/** The items of a list, in groups; none when it is not one. */
export type GroupsOf = (value: unknown) => Iterable<readonly unknown[]>;

const inOneGroup: GroupsOf = (value) => [items(value)];

/** Takes any number of documents and gives one batch. */
export class OtlpJsonConverter {
  readonly #groupsOf: GroupsOf;
  readonly #writer = new OtlpWriter();
  readonly #warnings = new WarningList();
  readonly #exactness: Exactness = { rounded: false };
  #rejected = 0;

  constructor(groupsOf = inOneGroup) {
    this.#groupsOf = groupsOf;
  }

  /** `where` begins the place of a fault, as in "line 7: ". */
  add(document: unknown, where = ''): void {
    runAtOnce(this.addSteps(document, where));
  }

  /** A step takes about a group of items. */
  *addSteps(document: unknown, where = ''): Steps<void> {
    this.#exactness.rounded = false;
    yield* this.#convert(document, where);
    const more = nextPageNote(document);
    if (more !== undefined) this.#warnings.add(`${where}${more}`);
    if (this.#exactness.rounded) this.#warnings.add(`${where}64-bit numbers came without quotes and were rounded before they got here: times may be off by 0.3 µs.`);
  }

  finish(): SpanBatch {
    const batch = decodeOtlpProto(this.#writer.finish());
    this.#warnings.addAll(batch.warnings);
    return { ...batch, rejected: batch.rejected + this.#rejected, warnings: this.#warnings.sentences };
  }

  /** For those who decode it themselves. */
  message(): OtlpMessage {
    return { bytes: this.#writer.finish(), rejected: this.#rejected, warnings: this.#warnings.sentences };
  }

  *#convert(document: unknown, where: string): Steps<void> {
    // An empty message is `{}` in protobuf's JSON, and an empty request is a good one.
    const list = isObject(document) && Object.keys(document).length === 0 ? [] : resourceSpansOf(document);
    if (list === undefined) throw new FormatError(`${where}not OTLP/JSON trace data: an object with a list "resourceSpans" (or "batches") was expected.`, 0);
    let k = 0;
    for (const group of this.#groupsOf(list)) {
      for (const entry of group) yield* this.#resourceSpans(entry, `${where}resourceSpans[${k++}]`);
      yield;
    }
  }

  *#resourceSpans(entry: unknown, where: string): Steps<void> {
    if (!isObject(entry)) {
      this.#warnings.add(`${where} is not an object and was left out.`);
      return;
    }
    const resource = isObject(entry['resource']) ? entry['resource'] : {};
    this.#writer.beginResource(this.#attributes(resource['attributes'], `${where}.resource`));
    const lists = ['scopeSpans', 'scope_spans', 'instrumentationLibrarySpans', 'instrumentation_library_spans'];
    for (const name of lists) {
      let k = 0;
      for (const group of this.#groupsOf(this.#list(entry, name, where))) {
        for (const scopeSpans of group) yield* this.#scopeSpans(scopeSpans, `${where}.${name}[${k++}]`);
        yield;
      }
    }
    this.#writer.endResource();
  }

  *#scopeSpans(entry: unknown, where: string): Steps<void> {
    if (!isObject(entry)) {
      this.#warnings.add(`${where} is not an object and was left out.`);
      return;
    }
    const scope = entry['scope'] ?? entry['instrumentationLibrary'] ?? entry['instrumentation_library'];
    const known = isObject(scope) ? scope : {};
    this.#writer.beginScope({ name: text(known['name']), version: text(known['version']), attributes: this.#attributes(known['attributes'], `${where}.scope`) });
    let k = 0;
    for (const group of this.#groupsOf(this.#list(entry, 'spans', where))) {
      for (const span of group) {
        const problem = this.#span(span, where, k);
        if (problem !== undefined) {
          this.#rejected++;
          this.#warnings.add(`${where}.spans[${k}] was rejected: ${problem}.`);
        }
        k++;
      }
      yield;
    }
    this.#writer.endScope();
  }

  #list(entry: JsonObject, name: string, where: string): unknown {
    const list = entry[name] ?? undefined;
    if (list !== undefined && !Array.isArray(list)) this.#warnings.add(`${where}.${name} is not a list and was left out.`);
    return list;
  }

  /** Why the span cannot be kept; undefined when it was written. */
  #span(span: unknown, scopeWhere: string, index: number): string | undefined {
    if (!isObject(span)) return 'it is not an object';
    const spanId = idHex(span['spanId'] ?? span['span_id'], 8);
    if (spanId === undefined || spanId === '') return 'no valid span id (16 hex digits, not all zero)';
    const warn = (sentence: string): void => this.#warnings.add(`${scopeWhere}.spans[${index}]: ${sentence}`);
    const traceId = idHex(span['traceId'] ?? span['trace_id'], 16);
    if (traceId === undefined) warn('its trace id is neither hex nor base64 of 16 bytes and was not used.');
    const parentSpanId = idHex(span['parentSpanId'] ?? span['parent_span_id'], 8);
    if (parentSpanId === undefined) warn('its parent id is neither hex nor base64 of 8 bytes; the span is shown as a root.');
    const status = isObject(span['status']) ? span['status'] : {};
    const writable: WritableSpan = {
      traceId: traceId ?? '',
      spanId,
      parentSpanId: parentSpanId ?? '',
      traceState: text(span['traceState'] ?? span['trace_state']),
      name: text(span['name']),
      kind: enumValue(span['kind'], KINDS),
      startUnixNano: this.#time(span['startTimeUnixNano'] ?? span['start_time_unix_nano'], 'start time', warn),
      endUnixNano: this.#time(span['endTimeUnixNano'] ?? span['end_time_unix_nano'], 'end time', warn),
      statusCode: enumValue(status['code'], STATUSES),
      statusMessage: text(status['message']),
      attributes: this.#attributes(span['attributes'], `${scopeWhere}.spans[${index}]`),
      events: this.#events(span['events'], warn),
      links: this.#links(span['links'], warn),
      droppedAttributes: count(span['droppedAttributesCount'] ?? span['dropped_attributes_count']),
      droppedEvents: count(span['droppedEventsCount'] ?? span['dropped_events_count']),
      droppedLinks: count(span['droppedLinksCount'] ?? span['dropped_links_count']),
    };
    this.#writer.span(writable);
    return undefined;
  }

  #time(value: unknown, what: string, warn: (sentence: string) => void): bigint {
    if (value === undefined || value === null || value === '') return 0n;
    const nanos = uint64(value, this.#exactness);
    if (nanos !== undefined) return nanos;
    const late = isTooLate(value, 1n);
    warn(late ? `its ${what} ${TOO_LATE}.` : `its ${what} is not a number of nanoseconds and was left out.`);
    return late ? LATEST_UNIX_NANO : 0n;
  }

  #attributes(value: unknown, where: string): Attribute[] {
    return attributesOf(value, this.#exactness, (sentence) => this.#warnings.add(`${where}: ${sentence}`));
  }

  #events(value: unknown, warn: (sentence: string) => void): WritableEvent[] {
    return items(value).filter(isObject).map((event) => ({
      timeUnixNano: this.#time(event['timeUnixNano'] ?? event['time_unix_nano'], 'event time', warn),
      name: text(event['name']),
      attributes: attributesOf(event['attributes'], this.#exactness, warn),
      droppedAttributes: count(event['droppedAttributesCount'] ?? event['dropped_attributes_count']),
    }));
  }

  #links(value: unknown, warn: (sentence: string) => void): WritableLink[] {
    return items(value).filter(isObject).map((link: JsonObject) => {
      const traceId = idHex(link['traceId'] ?? link['trace_id'], 16);
      const spanId = idHex(link['spanId'] ?? link['span_id'], 8);
      if (traceId === undefined || spanId === undefined) warn('a link leads to an id that cannot be read; it is kept without it.');
      return {
        traceId: traceId ?? '',
        spanId: spanId ?? '',
        traceState: text(link['traceState'] ?? link['trace_state']),
        attributes: attributesOf(link['attributes'], this.#exactness, warn),
      };
    });
  }
}

const KINDS = ['SPAN_KIND_UNSPECIFIED', 'SPAN_KIND_INTERNAL', 'SPAN_KIND_SERVER', 'SPAN_KIND_CLIENT', 'SPAN_KIND_PRODUCER', 'SPAN_KIND_CONSUMER'];
const STATUSES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

/** An enum as its number, its number in text, or its name in any case, with or without prefix. 0 for anything else. */
function enumValue(value: unknown, names: readonly string[]): number {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 && value < names.length ? value : 0;
  if (typeof value !== 'string' || value === '') return 0;
  const known = names.indexOf(value);
  if (known >= 0) return known;
  if (/^\d$/.test(value)) return Number(value) < names.length ? Number(value) : 0;
  const upper = value.toUpperCase();
  const at = names.findIndex((name) => name === upper || name.endsWith(`_${upper}`));
  return Math.max(0, at);
}
