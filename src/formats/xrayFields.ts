// What the fields of one X-Ray segment or subsegment mean as a span's: times, kind, flags, http, sql, aws, annotations, metadata, cause.
// Owns X-Ray's words; must not know how documents nest or arrive (xraySegments.ts).
import type { Attribute } from '../model/attributes.ts';
import { padHex } from '../model/ids.ts';
import { AttributeList } from './attributeList.ts';
import { isObject, items, type JsonObject, text } from './jsonFields.ts';
import type { WritableEvent, WritableLink, WritableSpan } from './otlpWriter.ts';
import { dottedEntries, plainEntries, plainIn, plainValue } from './plainValue.ts';
import { stackText } from './stackText.ts';
import { hexOfXrayId } from './xrayIds.ts';

export interface XrayPlace {
  readonly segment: JsonObject;
  readonly document: JsonObject;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly nested: boolean;
  /** The service this call went to, where X-Ray made up a segment for it. */
  readonly inferredService: string | undefined;
  /** All exceptions of all documents by id: a cause may name another segment's. */
  readonly exceptions: ReadonlyMap<string, JsonObject>;
}

/** Fields that become something else than an attribute `aws.xray.<field>`. */
const READ: ReadonlySet<string> = new Set([
  'name', 'id', 'trace_id', 'parent_id', 'start_time', 'end_time', 'in_progress', 'type', 'subsegments', 'http', 'sql', 'aws', 'annotations', 'metadata', 'cause', 'links', 'precursor_ids', 'service', 'user',
  'fault', 'error', 'throttle', 'inferred',
]);
const RESOURCE_PREFIX = 'otel.resource.';
const SERVER = 2;
const [INTERNAL, CLIENT] = [1, 3];
const ERROR = 2;

/** Service, its version, and what the OpenTelemetry exporter put into metadata of the resource. */
export function resourceOf(document: JsonObject, service: string): Attribute[] {
  const list = new AttributeList();
  const metadata = defaultMetadata(document);
  if (service !== '') list.add('service.name', service);
  for (const key of Object.keys(metadata)) if (key.startsWith(RESOURCE_PREFIX)) list.add(key.slice(RESOURCE_PREFIX.length), plainValue(metadata[key]));
  const version = isObject(document['service']) ? text(document['service']['version']) : '';
  const language = sdkLanguage(document);
  if (version !== '') list.add('service.version', version);
  if (language !== '') list.add('telemetry.sdk.language', language);
  return list.attributes;
}

export function spanOf(place: XrayPlace): WritableSpan {
  const { segment, traceId, spanId, parentId } = place;
  const start = seconds(segment['start_time']) ?? 0n;
  const end = segment['in_progress'] === true ? 0n : (seconds(segment['end_time']) ?? 0n);
  const failed = FLAGS.some((flag) => segment[flag] === true);
  return {
    traceId,
    spanId,
    parentSpanId: parentId === spanId ? '' : parentId,
    name: nameOf(place),
    kind: kindOf(place),
    startUnixNano: start,
    endUnixNano: end,
    statusCode: failed ? ERROR : 0,
    statusMessage: failed ? causeMessage(place) : '',
    attributes: attributesOf(place),
    events: segment['cause'] === undefined ? undefined : causeEvents(place, end === 0n ? start : end),
    links: segment['links'] === undefined && segment['precursor_ids'] === undefined ? undefined : linksOf(segment, traceId),
  };
}

const FLAGS = ['fault', 'error', 'throttle'] as const;

/** A segment's own name is its service: what it did is its request. The list names its traces by this as well. */
export function requestName(method: string, url: string): string {
  if (method === '' && url === '') return '';
  const path = url.replace(/^[a-z][\w+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/, '');
  return [method, path === '' && url !== '' ? '/' : path].filter((part) => part !== '').join(' ');
}

function nameOf({ segment, nested }: XrayPlace): string {
  const name = text(segment['name']);
  if (nested || segment['type'] === 'subsegment') return name;
  const request = part(part(segment, 'http'), 'request');
  return requestName(text(request['method']), text(request['url'])) || name;
}

function kindOf({ segment, nested }: XrayPlace): number {
  if (!nested && segment['type'] !== 'subsegment') return SERVER;
  return segment['namespace'] === 'remote' || segment['namespace'] === 'aws' ? CLIENT : INTERNAL;
}

/** Epoch seconds with a fraction: a double of them is good to about a quarter of a µs, so µs is what is read. */
export function seconds(value: unknown): bigint | undefined {
  const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  if (!(number > 0 && number < 1e10)) return undefined;
  const whole = Math.floor(number);
  return BigInt(whole) * 1_000_000_000n + BigInt(Math.round((number - whole) * 1e6) * 1000);
}

function attributesOf({ segment, inferredService }: XrayPlace): Attribute[] {
  const list = new AttributeList();
  const put = (key: string, value: unknown): void => {
    if (value !== undefined && value !== null && value !== '') list.add(key, plainValue(value));
  };
  const annotations = part(segment, 'annotations');
  for (const key of Object.keys(annotations)) list.add(key, plainIn(annotations, key));
  const metadata = part(segment, 'metadata');
  for (const namespace of Object.keys(metadata)) {
    const values = metadata[namespace];
    const ofDefault = namespace === 'default';
    if (!isObject(values)) {
      if (!ofDefault) list.add(namespace, plainValue(values));
      continue;
    }
    for (const key of Object.keys(values)) if (!ofDefault || !key.startsWith(RESOURCE_PREFIX)) list.add(ofDefault ? key : `${namespace}.${key}`, plainIn(values, key));
  }
  if (segment['http'] !== undefined) {
    const request = part(part(segment, 'http'), 'request');
    const response = part(part(segment, 'http'), 'response');
    for (const [key, field] of HTTP_REQUEST) put(key, request[field]);
    for (const [key, field] of HTTP_RESPONSE) put(key, response[field]);
  }
  if (segment['sql'] !== undefined) for (const [key, field] of SQL) put(key, part(segment, 'sql')[field]);
  put('enduser.id', segment['user']);
  put('peer.service', inferredService);
  if (segment['aws'] !== undefined) for (const { key, value } of dottedEntries(part(segment, 'aws'), 'aws')) list.add(key, value);
  for (const flag of FLAGS) if (segment[flag] === true) put(`aws.xray.${flag}`, true);
  if (segment['inferred'] === true) put('aws.xray.inferred', true);
  if (typeof segment['cause'] === 'string') put('aws.xray.cause', segment['cause']);
  put('aws.xray.cause.working_directory', part(segment, 'cause')['working_directory']);
  // What no document describes is shown all the same.
  for (const field of Object.keys(segment)) if (!READ.has(field)) put(`aws.xray.${field}`, segment[field]);
  return list.attributes;
}

const HTTP_REQUEST = [['http.request.method', 'method'], ['url.full', 'url'], ['client.address', 'client_ip'], ['user_agent.original', 'user_agent'], ['aws.xray.http.x_forwarded_for', 'x_forwarded_for'], ['aws.xray.http.traced', 'traced']] as const;
const HTTP_RESPONSE = [['http.response.status_code', 'status'], ['http.response.body.size', 'content_length']] as const;
const SQL = [
  ['db.system.name', 'database_type'], ['db.query.text', 'sanitized_query'], ['db.user', 'user'], ['db.connection_string', 'url'], ['db.connection_string', 'connection_string'], ['aws.xray.sql.database_version', 'database_version'],
  ['aws.xray.sql.driver_version', 'driver_version'], ['aws.xray.sql.preparation', 'preparation'],
] as const;

export function exceptionsOf(segments: readonly JsonObject[]): ReadonlyMap<string, JsonObject> {
  const found = new Map<string, JsonObject>();
  for (const segment of segments) if (segment['cause'] !== undefined) for (const exception of items(part(segment, 'cause')['exceptions'])) if (isObject(exception) && text(exception['id']) !== '') found.set(text(exception['id']), exception);
  return found;
}

function causeMessage({ segment, exceptions }: XrayPlace): string {
  const { cause } = segment;
  const exception = typeof cause === 'string' ? exceptions.get(cause) : items(part(segment, 'cause')['exceptions'])[0];
  return isObject(exception) ? text(exception['message']) : text(part(segment, 'cause')['message']);
}

/** One event an exception, a wrapping one before its cause. X-Ray keeps no time of them: they are at the end. */
function causeEvents({ segment, document }: XrayPlace, timeUnixNano: bigint): WritableEvent[] {
  // The X-Ray SDK for Python lists the outermost call first; every other producer the one that threw.
  const reversed = sdkOf(document) === 'X-Ray for Python';
  return items(part(segment, 'cause')['exceptions']).filter(isObject).map((exception) => {
    const given = items(exception['stack']).filter(isObject).map((frame) => ({ path: text(frame['path']), line: lineOf(frame['line']), functionText: text(frame['label']) }));
    const frames = reversed ? given.toReversed() : given;
    const [type, message, top] = [text(exception['type']), text(exception['message']), frames[0]];
    const attributes: readonly (readonly [string, unknown])[] = [
      ['exception.type', type], ['exception.message', message], ['exception.stacktrace', stackText({ type, message, frames })],
      ['code.file.path', top?.path], ['code.line.number', top?.line], ['code.function.name', top?.functionText],
      ...(['id', 'cause', 'remote', 'truncated', 'skipped'] as const).map((field) => [`aws.xray.exception.${field}`, exception[field]] as const),
    ];
    return { timeUnixNano, name: 'exception', attributes: attributes.filter(([, value]) => value !== undefined && value !== null && value !== '').map(([key, value]) => ({ key, value: plainValue(value) })) };
  });
}

function lineOf(value: unknown): number | undefined {
  const line = Number(typeof value === 'number' ? value : text(value) || Number.NaN);
  return Number.isInteger(line) && line > 0 ? line : undefined;
}

function linksOf(segment: JsonObject, traceId: string): WritableLink[] {
  const linked = items(segment['links']).filter(isObject).map((link) => ({ traceId: hexOfXrayId(text(link['trace_id'])) ?? '', spanId: padHex(text(link['id']), 16) ?? '', attributes: plainEntries(part(link, 'attributes')) }));
  const precursors = items(segment['precursor_ids']).map((id) => ({ traceId, spanId: padHex(text(id), 16) ?? '', attributes: [{ key: 'aws.xray.precursor', value: true }] }));
  return [...linked, ...precursors].filter((link) => link.spanId !== '' && link.traceId !== '');
}

const NOTHING: JsonObject = {};

function part(object: JsonObject, field: string): JsonObject {
  const value = object[field];
  return isObject(value) ? value : NOTHING;
}

const defaultMetadata = (document: JsonObject): JsonObject => part(part(document, 'metadata'), 'default');
const sdkOf = (document: JsonObject): string => text(part(part(document, 'aws'), 'xray')['sdk']);

/** "X-Ray for Node.js", "opentelemetry for java" → as OpenTelemetry calls the language. */
function sdkLanguage(document: JsonObject): string {
  const name = / for (\S+)/.exec(sdkOf(document))?.[1]?.toLowerCase() ?? '';
  return name === 'node.js' ? 'nodejs' : name === '.net' ? 'dotnet' : name;
}
