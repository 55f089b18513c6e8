// The three ways in which spans lie in indices (backends.md §10): names of fields by who wrote them, and what is a root, an error and an
// attribute there, as clauses of a search. Must not know HTTP, nor how lists are made.
import { at } from '../../../formats/elasticHits.ts';
import { documentAttributes } from '../../../formats/documentAttributes.ts';
import { DataPrepperConverter } from '../../../formats/dataPrepperDocuments.ts';
import type { DocumentConverter } from '../../../formats/documentKinds.ts';
import { isoNanos } from '../../../formats/isoTime.ts';
import { JaegerDocumentConverter } from '../../../formats/jaegerDocuments.ts';
import { isObject, type JsonObject, microseconds, text, uint64 } from '../../../formats/jsonFields.ts';
import { OtelDocumentConverter, otelTime } from '../../../formats/otelDocuments.ts';

export type Clause = JsonObject;

export interface Layout {
  readonly name: 'jaeger' | 'otel' | 'dataPrepper';
  /** In a sentence. */
  readonly label: string;
  /** Where its writers put it, unless they were told otherwise. */
  readonly pattern: string;
  /** Where events lie that are documents of their own. */
  readonly eventsPattern?: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: string;
  /** Milliseconds or finer: what is searched by time. */
  readonly time: string;
  /** What is sorted by, and its unit where it is no date. */
  readonly order: string;
  readonly orderUnitNs?: bigint;
  /** The first that there is. */
  readonly services: readonly string[];
  readonly operation: string;
  readonly duration: string;
  readonly durationUnitNs: bigint;
  readonly end?: string;
  /** What of a document a row of a list needs. */
  readonly rowSource: readonly string[];
  /** Has a parent by something else than the field. */
  readonly isChild?: Clause;
  readonly isError: Clause;
  readonly attribute: (key: string, value: string) => Clause;
  /** Epoch ns. */
  readonly startOf: (source: JsonObject) => bigint | undefined;
  readonly durationOf: (source: JsonObject) => bigint | undefined;
  readonly serviceOf: (source: JsonObject) => string;
  readonly converter: () => DocumentConverter;
}

/** Whatever the field's type is: text of digits finds numbers, and other text simply none. */
const match = (field: string, query: string): Clause => ({ match: { [field]: { query, operator: 'and', lenient: true } } });
const any = (should: readonly Clause[]): Clause => ({ bool: { should, minimum_should_match: 1 } });
const nestedTag = (path: string, key: string, value: string): Clause => ({ nested: { path, ignore_unmapped: true, query: { bool: { filter: [{ term: { [`${path}.key`]: key } }, { term: { [`${path}.value`]: value } }] } } } });

const jaegerTags = (of: string, key: string, value: string): readonly Clause[] => [nestedTag(`${of}tags`, key, value), match(`${of}tag.${key.replaceAll('.', '@')}`, value)];

const jaeger: Layout = {
  name: 'jaeger',
  label: 'Jaeger',
  // Rotated by day, behind aliases (which patterns find too), or a data stream, each with or without a prefix. The archive holds copies.
  pattern: '*jaeger-span-*,*jaeger.spans*,-*jaeger-span-archive*',
  traceId: 'traceID',
  spanId: 'spanID',
  parent: 'parentSpanID',
  time: 'startTimeMillis',
  order: 'startTime',
  orderUnitNs: 1000n,
  services: ['process.serviceName'],
  operation: 'operationName',
  duration: 'duration',
  durationUnitNs: 1000n,
  rowSource: ['startTime', 'duration', 'operationName', 'process.serviceName'],
  isChild: { nested: { path: 'references', ignore_unmapped: true, query: { term: { 'references.refType': 'CHILD_OF' } } } },
  isError: any([...jaegerTags('', 'error', 'true'), ...jaegerTags('', 'otel.status_code', 'ERROR')]),
  attribute: (key, value) => any([...jaegerTags('', key, value), ...jaegerTags('process.', key, value)]),
  startOf: (source) => microseconds(source['startTime'], EXACT),
  durationOf: (source) => microseconds(source['duration'], EXACT),
  serviceOf: (source) => text(at(source, 'process.serviceName')),
  converter: () => new JaegerDocumentConverter(),
};

const otel: Layout = {
  name: 'otel',
  label: "the collector's OTel mode",
  pattern: 'traces-*.otel-*',
  eventsPattern: 'logs-*.otel-*',
  traceId: 'trace_id',
  spanId: 'span_id',
  parent: 'parent_span_id',
  time: '@timestamp',
  order: '@timestamp',
  services: ['resource.attributes.service.name'],
  operation: 'name',
  duration: 'duration',
  durationUnitNs: 1n,
  rowSource: ['@timestamp', 'duration', 'name', 'resource'],
  isError: match('status.code', 'Error'),
  attribute: (key, value) => any([match(`attributes.${key}`, value), match(`resource.attributes.${key}`, value)]),
  startOf: (source) => otelTime(source['@timestamp']),
  durationOf: (source) => uint64(source['duration'], EXACT),
  serviceOf: (source) => serviceIn(isObject(source['resource']) ? source['resource']['attributes'] : undefined),
  converter: () => new OtelDocumentConverter(),
};

const dataPrepper: Layout = {
  name: 'dataPrepper',
  label: 'Data Prepper',
  pattern: 'otel-v1-apm-span*,ss4o_traces-*',
  traceId: 'traceId',
  spanId: 'spanId',
  parent: 'parentSpanId',
  time: 'startTime',
  order: 'startTime',
  services: ['serviceName', 'resource.service.name'],
  operation: 'name',
  duration: 'durationInNanos',
  durationUnitNs: 1n,
  end: 'endTime',
  rowSource: ['startTime', 'endTime', 'durationInNanos', 'name', 'serviceName', 'resource'],
  // A number, or a word by the collector's exporter.
  isError: any(['2', 'Error', 'STATUS_CODE_ERROR'].map((code) => match('status.code', code))),
  attribute: (key, value) => any([`span.attributes.${key.replaceAll('.', '@')}`, `resource.attributes.${key.replaceAll('.', '@')}`, `attributes.${key}`, `resource.attributes.${key}`, `resource.${key}`].map((field) => match(field, value))),
  startOf: (source) => isoNanos(source['startTime']),
  durationOf: (source) => uint64(source['durationInNanos'], EXACT) ?? between(isoNanos(source['startTime']), isoNanos(source['endTime'])),
  serviceOf: (source) => text(source['serviceName']) || serviceIn(source['resource']),
  converter: () => new DataPrepperConverter(),
};

export const LAYOUTS: readonly Layout[] = [jaeger, otel, dataPrepper];

const EXACT = { rounded: false };

const serviceIn = (attributes: unknown): string => text(documentAttributes(attributes).find(({ key }) => key === 'service.name')?.value);

const between = (start: bigint | undefined, end: bigint | undefined): bigint | undefined => (start === undefined || end === undefined || end < start ? undefined : end - start);
