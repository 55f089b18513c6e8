// Jaeger's UI JSON (v1 query API, "Download JSON") → SpanBatch: {data:[trace…]}, one trace, or a list of them (backends.md §1.2).
// Tags → attributes, logs → events, references → parent and links, process → resource. Owns Jaeger's words; knows no HTTP.
import type { Attribute, AttributeValue } from '../model/attributes.ts';
import { padHex } from '../model/ids.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { FormatError } from './formatError.ts';
import { endAfter, type Exactness, int64, isObject, isTooLate, items, type JsonObject, LATEST_UNIX_NANO, microseconds, text, TOO_LATE } from './jsonFields.ts';
import { kindNamed, otelParts } from './otelTags.ts';
import type { WritableEvent, WritableLink } from './otlpWriter.ts';
import { SpanGroups } from './spanGroups.ts';
import { WarningList } from './warningList.ts';

/** A parsed document. Throws FormatError when it is not Jaeger's JSON at all. */
export function decodeJaegerJson(document: unknown): SpanBatch {
  const converter = new JaegerConverter();
  converter.add(document);
  return converter.finish();
}

/** The traces of a document; undefined when it has none of Jaeger's shapes. */
export function jaegerTracesOf(document: unknown): readonly unknown[] | undefined {
  if (Array.isArray(document)) return document.some(isTrace) ? document : undefined;
  if (!isObject(document)) return undefined;
  if (isTrace(document)) return [document];
  const data = document['data'];
  if (isTrace(data)) return [data];
  if (Array.isArray(data) ? data.length === 0 || data.some(isTrace) : (data === null || data === undefined) && Array.isArray(document['errors'])) return items(data);
  return undefined;
}

const isTrace = (value: unknown): boolean => isObject(value) && Array.isArray(value['spans']) && ('traceID' in value || 'processes' in value);

/** Takes any number of documents and gives one batch. */
export class JaegerConverter {
  readonly #groups = new SpanGroups();
  readonly #warnings = new WarningList();
  readonly #nativeIds = new Map<string, string>();
  readonly #noProcess: JsonObject = {};
  readonly #exactness: Exactness = { rounded: false };
  #rejected = 0;

  add(document: unknown, where = ''): void {
    const traces = jaegerTracesOf(document);
    if (traces === undefined) throw new FormatError(`${where}not Jaeger JSON: {"data":[…]} with traces that have "traceID", "spans" and "processes" was expected.`, 0);
    const errors = isObject(document) ? items(document['errors']).filter(isObject) : [];
    if (traces.length === 0 && errors.length > 0) throw new FormatError(`${where}no trace but an answer of Jaeger's with ${errorText(errors[0]!)}`, 0);
    for (const error of errors) this.#warnings.add(`${where}Jaeger answered with ${errorText(error)}`);
    traces.forEach((trace, k) => {
      if (isObject(trace)) this.#trace(trace, traces.length > 1 ? `${where}data[${k}]` : `${where}trace`);
      else this.#warnings.add(`${where}data[${k}] is not an object and was left out.`);
    });
    if (this.#exactness.rounded) this.#warnings.add(`${where}integers beyond 2^53 came without quotes and were rounded before they got here.`);
    this.#exactness.rounded = false;
  }

  finish(): SpanBatch {
    return this.#groups.finish(this.#rejected, this.#warnings, this.#nativeIds);
  }

  #trace(trace: JsonObject, where: string): void {
    for (const warning of items(trace['warnings'])) this.#warnings.add(`${where}: Jaeger warns: ${text(warning).slice(0, 500)}`);
    const processes = isObject(trace['processes']) ? trace['processes'] : {};
    items(trace['spans']).forEach((span, k) => {
      const problem = isObject(span) ? this.#span(span, trace, processes, `${where}.spans[${k}]`) : 'it is not an object';
      if (problem === undefined) return;
      this.#rejected++;
      this.#warnings.add(`${where}.spans[${k}] was rejected: ${problem}.`);
    });
  }

  #span(span: JsonObject, trace: JsonObject, processes: JsonObject, where: string): string | undefined {
    const spanId = padHex(text(span['spanID']), 16);
    if (spanId === undefined) return 'no valid span id (up to 16 hex digits, not all zero)';
    const traceId = this.#traceId(span['traceID'] ?? trace['traceID'], where);
    const { parentSpanId, links } = references(span, traceId, (tags) => this.#attributes(tags, `${where}.references`));
    const tags = this.#attributes(span['tags'], where);
    const failed = tags.some(({ key, value }) => key === 'error' && (value === true || value === 'true'));
    const kind = kindNamed(text(tags.find(({ key }) => key === 'span.kind')?.value));
    // A kind that OpenTelemetry does not know stays as the tag it came as.
    const otel = otelParts(kind === 0 ? tags : tags.filter(({ key }) => key !== 'span.kind'), failed);
    const notes = items(span['warnings']).map(text);
    const late = isTooLate(span['startTime'], 1000n);
    const start = late ? LATEST_UNIX_NANO : microseconds(span['startTime'], this.#exactness);
    const duration = microseconds(span['duration'], this.#exactness);
    if (late) this.#warnings.add(`${where}: its start time ${TOO_LATE}.`);
    if (start === undefined) this.#warnings.add(`${where}: its start time is not a number of microseconds and was left out.`);
    const process = processOf(span, processes) ?? this.#noProcess;
    if (process === this.#noProcess) this.#warnings.add(`${where}: its process ${JSON.stringify(text(span['processID']).slice(0, 60))} is not in the trace, so its service is not known.`);
    this.#groups.add(process, () => this.#resource(process, where), { name: otel.scopeName, version: otel.scopeVersion, attributes: span['scopeTags'] === undefined ? undefined : this.#attributes(span['scopeTags'], `${where}.scope`) }, {
      traceId,
      spanId,
      parentSpanId,
      traceState: otel.traceState,
      name: text(span['operationName']),
      kind,
      startUnixNano: start ?? 0n,
      endUnixNano: duration === undefined ? 0n : endAfter(start ?? 0n, duration),
      statusCode: otel.statusCode,
      statusMessage: otel.statusMessage,
      droppedAttributes: otel.dropped.droppedAttributes,
      droppedEvents: otel.dropped.droppedEvents,
      droppedLinks: otel.dropped.droppedLinks,
      attributes: notes.length === 0 ? otel.attributes : [...otel.attributes, { key: '@jaeger@warnings', value: notes }],
      events: items(span['logs']).filter(isObject).map((log) => this.#event(log, where)),
      links,
    });
    return undefined;
  }

  /** 32 digits, "" where there is no valid one. */
  #traceId(value: unknown, where: string): string {
    const native = text(value);
    const padded = padHex(native, 32);
    if (padded === undefined) this.#warnings.add(`${where}: its trace id is not hex of up to 32 digits and was not used.`);
    else if (native.length !== 32) this.#nativeIds.set(padded, native);
    return padded ?? '';
  }

  #resource(process: JsonObject, where: string): Attribute[] {
    const service = text(process['serviceName']);
    const tags = this.#attributes(process['tags'], `${where}.process`);
    return service === '' ? tags : [{ key: 'service.name', value: service }, ...tags.filter(({ key }) => key !== 'service.name')];
  }

  #event(log: JsonObject, where: string): WritableEvent {
    const fields = this.#attributes(log['fields'], where);
    // A value that is no text names nothing and stays an attribute.
    const naming = (name: string): Attribute | undefined => fields.find(({ key, value }) => key === name && typeof value !== 'object' && typeof value !== 'bigint');
    const named = naming('event') ?? naming('message');
    return {
      timeUnixNano: microseconds(log['timestamp'], this.#exactness) ?? 0n,
      name: named === undefined ? 'log' : text(named.value),
      attributes: fields.filter((field) => field !== named),
    };
  }

  #attributes(tags: unknown, where: string): Attribute[] {
    const attributes: Attribute[] = [];
    for (const tag of items(tags)) {
      if (isObject(tag) && typeof tag['key'] === 'string') attributes.push({ key: tag['key'], value: this.#value(tag) });
      else this.#warnings.add(`${where}: a tag without a key was left out.`);
    }
    return attributes;
  }

  /** By the tag's type; some look-alikes send every value as text, which is kept when it does not fit the type. */
  #value(tag: JsonObject, type = text(tag['type'])): AttributeValue {
    const value = tag['value'];
    switch (type) {
      case 'bool':
        return value === true || value === 'true' ? true : value === false || value === 'false' ? false : text(value);
      case 'int64':
        return int64(value, this.#exactness) ?? (typeof value === 'number' ? value : text(value));
      case 'float64': {
        const number = typeof value === 'number' ? value : Number(text(value) || 'NaN');
        return Number.isNaN(number) && value !== 'NaN' ? text(value) : number;
      }
      case 'binary':
        return new Uint8Array(Buffer.from(text(value), 'base64'));
      case 'string':
        return text(value);
      default: {
        const lower = type.toLowerCase();
        if (lower !== type) return this.#value(tag, lower);
        return typeof value === 'number' || typeof value === 'boolean' ? value : text(value);
      }
    }
  }
}

const errorText = (error: JsonObject): string => `error ${text(error['code'])}: ${text(error['msg']).slice(0, 200)}`;

function processOf(span: JsonObject, processes: JsonObject): JsonObject | undefined {
  if (isObject(span['process'])) return span['process'];
  const id = text(span['processID']);
  const process = Object.hasOwn(processes, id) ? processes[id] : undefined;
  return isObject(process) ? process : undefined;
}

const NO_LINKS: readonly WritableLink[] = [];

/** The parent is the first CHILD_OF in this trace, else the first FOLLOWS_FROM, else parentSpanID; every other reference is a link. */
function references(span: JsonObject, traceId: string, attributesOf: (tags: unknown) => readonly Attribute[]): { parentSpanId: string; links: readonly WritableLink[] } {
  const given = items(span['references']);
  const [only] = given;
  // Nearly all: none, or the parent and nothing else about it.
  if (only === undefined) return { parentSpanId: padHex(text(span['parentSpanID']), 16) ?? '', links: NO_LINKS };
  if (given.length === 1 && isObject(only) && only['tags'] === undefined && (padHex(text(only['traceID']), 32) ?? '') === traceId) {
    const spanId = padHex(text(only['spanID']), 16);
    if (spanId !== undefined) return { parentSpanId: spanId, links: NO_LINKS };
  }
  const refs = given.filter(isObject).map((ref) => ({
    childOf: text(ref['refType']) === 'CHILD_OF',
    traceId: padHex(text(ref['traceID']), 32) ?? '',
    spanId: padHex(text(ref['spanID']), 16) ?? '',
    traceState: text(ref['traceState']),
    attributes: attributesOf(ref['tags']),
  }));
  const inTrace = refs.filter((ref) => ref.traceId === traceId && ref.spanId !== '');
  const parent = inTrace.find((ref) => ref.childOf) ?? inTrace[0];
  return {
    parentSpanId: parent?.spanId ?? padHex(text(span['parentSpanID']), 16) ?? '',
    links: refs.filter((ref) => ref !== parent),
  };
}
