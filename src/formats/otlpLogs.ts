// OTLP logs (logs/v1/logs.proto) → events of the spans they belong to: a record with a trace and a span id is something that happened in
// that span. Each is encoded as the Span.events field it will be, grouped by trace. Records without a trace id belong to no trace and are
// counted. Must not know the store; how events get into their spans is spanEvents.ts.
import type { Attribute } from '../model/attributes.ts';
import { writeAttribute } from './anyValue.ts';
import { FormatError } from './formatError.ts';
import { attributesOf } from './jsonAnyValue.ts';
import { type Exactness, idHex, isObject, items, text, uint64 } from './jsonFields.ts';
import { parseJson } from './jsonText.ts';
import { ProtoReader, Wire } from './protoReader.ts';
import { ProtoWriter } from './protoWriter.ts';
import { textAt } from './protoText.ts';

/** Of one trace, in the order they came. */
export interface TraceEvents {
  /** 32 hex digits. */
  readonly traceId: string;
  readonly events: readonly SpanEventField[];
}

export interface SpanEventField {
  /** 16 hex digits, or "" where the record names no span: it belongs to the trace. */
  readonly spanId: string;
  /** A whole Span.events field, tag and all. */
  readonly field: Uint8Array;
}

export interface ReceivedLogs {
  readonly traces: readonly TraceEvents[];
  /** Records that belong to no trace. */
  readonly unrelated: number;
}

interface LogRecord {
  traceId: string;
  spanId: string;
  timeUnixNano: bigint;
  eventName: string;
  severity: string;
  scope: string;
  body: Attribute | Uint8Array | undefined;
  /** As attributes, or as KeyValue bodies copied as they came. */
  attributes: readonly Attribute[];
  raw: readonly Uint8Array[];
  isException: boolean;
}

const SPAN_EVENTS = 11;
const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

export function decodeLogsProto(bytes: Uint8Array): ReceivedLogs {
  const grouped = new Grouped();
  const r = new ProtoReader(bytes);
  while (r.next()) {
    if (r.field === 1 && r.expect(Wire.bytes)) resourceLogs(r, grouped);
    else if (r.problem === '') r.skip();
  }
  if (r.problem !== '') throw new FormatError(`Not a readable OTLP/protobuf logs message: ${r.problem}, at byte ${r.problemAt} of ${bytes.length}.`, r.problemAt);
  return grouped.finish();
}

export function decodeLogsJson(json: string): ReceivedLogs {
  const document: unknown = parseJson(json);
  const list = isObject(document) ? (document['resourceLogs'] ?? document['resource_logs']) : undefined;
  if (list !== undefined && !Array.isArray(list)) throw new FormatError('Not OTLP/JSON logs: "resourceLogs" is not a list.', 0);
  const grouped = new Grouped();
  for (const entry of items(list).filter(isObject)) {
    for (const scopeLogs of items(entry['scopeLogs'] ?? entry['scope_logs']).filter(isObject)) {
      const scope = isObject(scopeLogs['scope']) ? text(scopeLogs['scope']['name']) : '';
      for (const record of items(scopeLogs['logRecords'] ?? scopeLogs['log_records'])) grouped.add(jsonRecord(record, scope));
    }
  }
  return grouped.finish();
}

class Grouped {
  readonly #traces = new Map<string, SpanEventField[]>();
  #unrelated = 0;

  add(record: LogRecord | undefined): void {
    if (record === undefined || record.traceId === '') {
      this.#unrelated++;
      return;
    }
    const event = { spanId: record.spanId, field: eventField(record) };
    const events = this.#traces.get(record.traceId);
    if (events === undefined) this.#traces.set(record.traceId, [event]);
    else events.push(event);
  }

  finish(): ReceivedLogs {
    return { traces: [...this.#traces].map(([traceId, events]) => ({ traceId, events })), unrelated: this.#unrelated };
  }
}

/** An exception is one by its attributes, as the SDKs that moved exceptions to logs write them. */
function eventField(record: LogRecord): Uint8Array {
  const w = new ProtoWriter(256);
  w.begin(SPAN_EVENTS, 2);
  w.fixed64(1, record.timeUnixNano);
  w.string(2, record.isException ? 'exception' : record.eventName || 'log');
  if (record.body instanceof Uint8Array) {
    w.begin(3);
    w.string(1, 'log.body');
    w.bytes(2, record.body);
    w.end();
  } else if (record.body !== undefined) {
    writeAttribute(w, 3, record.body.key, record.body.value);
  }
  if (record.severity !== '') writeAttribute(w, 3, 'log.severity', record.severity);
  if (record.scope !== '') writeAttribute(w, 3, 'log.scope', record.scope);
  for (const { key, value } of record.attributes) writeAttribute(w, 3, key, value);
  for (const body of record.raw) w.bytes(3, body);
  return w.finish();
}

function resourceLogs(r: ProtoReader, grouped: Grouped): void {
  const outer = r.enter();
  while (r.next()) {
    if (r.field === 2 && r.expect(Wire.bytes)) scopeLogs(r, grouped);
    else if (r.problem === '') r.skip();
  }
  r.leave(outer);
}

function scopeLogs(r: ProtoReader, grouped: Grouped): void {
  const outer = r.enter();
  const records: LogRecord[] = [];
  let scope = '';
  while (r.next()) {
    if (r.field === 1 && r.expect(Wire.bytes)) scope = scopeName(r);
    else if (r.field === 2 && r.expect(Wire.bytes)) records.push(protoRecord(r));
    else if (r.problem === '') r.skip();
  }
  r.leave(outer);
  // The scope may come behind its records.
  for (const record of records) grouped.add({ ...record, scope });
}

function scopeName(r: ProtoReader): string {
  const outer = r.enter();
  let name = '';
  while (r.next()) {
    if (r.field === 1 && r.expect(Wire.bytes)) name = readText(r);
    else if (r.problem === '') r.skip();
  }
  r.leave(outer);
  return name;
}

function protoRecord(r: ProtoReader): LogRecord {
  const outer = r.enter();
  const record: LogRecord & { raw: Uint8Array[] } = { traceId: '', spanId: '', timeUnixNano: 0n, eventName: '', severity: '', scope: '', body: undefined, attributes: [], raw: [], isException: false };
  let observed = 0n;
  let severityNumber = 0;
  while (r.next()) {
    if (r.field === 1 && r.expect(Wire.fixed64)) record.timeUnixNano = fixed64(r);
    else if (r.field === 11 && r.expect(Wire.fixed64)) observed = fixed64(r);
    else if (r.field === 2 && r.expect(Wire.varint)) severityNumber = r.varint();
    else if (r.field === 3 && r.expect(Wire.bytes)) record.severity = readText(r);
    else if (r.field === 5 && r.expect(Wire.bytes)) record.body = readBytes(r);
    else if (r.field === 6 && r.expect(Wire.bytes)) {
      const attribute = readBytes(r);
      record.raw.push(attribute);
      record.isException ||= isExceptionKey(attribute);
    } else if (r.field === 9 && r.expect(Wire.bytes)) record.traceId = idOf(readBytes(r), 16);
    else if (r.field === 10 && r.expect(Wire.bytes)) record.spanId = idOf(readBytes(r), 8);
    else if (r.field === 12 && r.expect(Wire.bytes)) record.eventName = readText(r);
    else if (r.problem === '') r.skip();
  }
  r.leave(outer);
  return { ...record, timeUnixNano: record.timeUnixNano || observed, severity: record.severity || severityName(severityNumber) };
}

function jsonRecord(value: unknown, scope: string): LogRecord | undefined {
  if (!isObject(value)) return undefined;
  const exactness: Exactness = { rounded: false };
  const quiet = (): void => undefined;
  const time = (name: string, snake: string): bigint => uint64(value[name] ?? value[snake], exactness) ?? 0n;
  const attributes = attributesOf(value['attributes'], exactness, quiet);
  const [body] = value['body'] === undefined || value['body'] === null ? [] : attributesOf([{ key: 'log.body', value: value['body'] }], exactness, quiet);
  return {
    traceId: idHex(value['traceId'] ?? value['trace_id'], 16) ?? '',
    spanId: idHex(value['spanId'] ?? value['span_id'], 8) ?? '',
    timeUnixNano: time('timeUnixNano', 'time_unix_nano') || time('observedTimeUnixNano', 'observed_time_unix_nano'),
    eventName: text(value['eventName'] ?? value['event_name']),
    severity: text(value['severityText'] ?? value['severity_text']) || severityName(Number(value['severityNumber'] ?? value['severity_number'] ?? 0)),
    scope,
    body,
    attributes,
    raw: [],
    isException: attributes.some(({ key }) => key === 'exception.type' || key === 'exception.message'),
  };
}

/** 1 … 24, four to a name (SeverityNumber). */
const severityName = (number: number): string => (number >= 1 && number <= 24 ? SEVERITIES[Math.floor((number - 1) / 4)]! : '');

function isExceptionKey(attribute: Uint8Array): boolean {
  const r = new ProtoReader(attribute);
  if (!r.next() || r.field !== 1 || !r.expect(Wire.bytes)) return false;
  const key = readText(r);
  return key === 'exception.type' || key === 'exception.message';
}

function readBytes(r: ProtoReader): Uint8Array {
  const length = r.length();
  const at = r.pos;
  r.pos += length;
  return r.bytes.subarray(at, at + length);
}

function readText(r: ProtoReader): string {
  const length = r.length();
  const found = textAt(r.bytes, r.pos, length);
  r.pos += length;
  return found;
}

function fixed64(r: ProtoReader): bigint {
  const at = r.take(8);
  return at < 0 ? 0n : r.view.getBigUint64(at, true);
}

/** "" for one of another length, or of zeros only. */
function idOf(bytes: Uint8Array, length: number): string {
  return bytes.length === length && bytes.some((byte) => byte !== 0) ? Buffer.from(bytes).toString('hex') : '';
}
