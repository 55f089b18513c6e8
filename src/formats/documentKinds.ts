// What a parsed JSON document is, by its shape, and which converter takes it: one row of the table per kind.
// A new JSON format is one row here and its own file.
import type { SpanBatch } from '../model/spanBatch.ts';
import { ClickHouseConverter, clickHouseRowsOf } from './clickhouseRows.ts';
import { DataPrepperConverter, dataPrepperDocumentsOf } from './dataPrepperDocuments.ts';
import { JaegerDocumentConverter, jaegerDocumentsOf } from './jaegerDocuments.ts';
import { JaegerConverter, jaegerTracesOf } from './jaegerJson.ts';
import { isObject } from './jsonFields.ts';
import { JS_SPANS } from './jsSpans.ts';
import { LangfuseConverter, langfusePartsOf } from './langfuse.ts';
import { OtlpJsonConverter, resourceSpansOf } from './otlpJson.ts';
import { OtelDocumentConverter, otelDocumentsOf } from './otelDocuments.ts';
import { CloudTraceConverter, cloudTracesOf } from './cloudTraceV1.ts';
import { PhoenixConverter, phoenixItemsOf } from './phoenixJson.ts';
import { PlainSpansConverter, spansIn } from './plainSpan.ts';
import { PYTHON_SPANS } from './pythonSpans.ts';
import { isXrayDocument, XrayConverter } from './xraySegments.ts';
import { ZipkinConverter, zipkinSpansOf } from './zipkinJson.ts';

/** Takes documents of one kind and gives one batch. */
export interface DocumentConverter {
  add(document: unknown, where: string): void;
  finish(): SpanBatch;
}

export interface DocumentKind {
  readonly format: string;
  readonly matches: (document: unknown) => boolean;
  /** Documents may be converted in several batches; false where pieces of one span may be spread over them. */
  readonly separable: boolean;
  /** Its values have no types beside them: integers that a double would round are wanted as bigint, or they would be text. */
  readonly untyped?: boolean;
  readonly converter: () => DocumentConverter;
}

export const DOCUMENT_KINDS: readonly DocumentKind[] = [
  // Before OTLP/JSON, where spans without a resource around them have both ids too.
  { format: 'Jaeger documents of Elasticsearch', matches: (document) => jaegerDocumentsOf(document) !== undefined, separable: true, untyped: true, converter: () => new JaegerDocumentConverter() },
  { format: 'OTel mode documents of Elasticsearch', matches: (document) => otelDocumentsOf(document) !== undefined, separable: false, untyped: true, converter: () => new OtelDocumentConverter() },
  { format: 'Data Prepper documents of OpenSearch', matches: (document) => dataPrepperDocumentsOf(document) !== undefined, separable: true, untyped: true, converter: () => new DataPrepperConverter() },
  { format: 'OTLP/JSON', matches: (document) => resourceSpansOf(document) !== undefined, separable: true, converter: () => new OtlpJsonConverter() },
  // Before Jaeger's, whose answers are {"data":[]} when they are empty, X-Ray's, whose segments have "id", "name" and "start_time" too, and
  // Zipkin's, whose spans have "id" and "traceId" too.
  { format: 'Phoenix JSON', matches: (document) => phoenixItemsOf(document) !== undefined, separable: true, converter: () => new PhoenixConverter() },
  { format: 'OpenTelemetry Python spans', matches: (document) => spansIn(document, PYTHON_SPANS.isSpan) !== undefined, separable: true, converter: () => new PlainSpansConverter(PYTHON_SPANS) },
  { format: 'OpenTelemetry JavaScript spans', matches: (document) => spansIn(document, JS_SPANS.isSpan) !== undefined, separable: true, converter: () => new PlainSpansConverter(JS_SPANS) },
  { format: 'Jaeger JSON', matches: (document) => jaegerTracesOf(document) !== undefined, separable: true, converter: () => new JaegerConverter() },
  // Before X-Ray's, whose segments have "id", "trace_id" and "start_time" too.
  { format: 'ClickHouse rows', matches: (document) => clickHouseRowsOf(document) !== undefined, separable: true, converter: () => new ClickHouseConverter() },
  { format: 'Google Cloud Trace v1', matches: (document) => cloudTracesOf(document) !== undefined, separable: true, converter: () => new CloudTraceConverter() },
  { format: 'X-Ray segments', matches: isXrayDocument, separable: false, converter: () => new XrayConverter() },
  // Before Zipkin's, whose spans have "id" and "traceId" too.
  { format: 'Langfuse JSON', matches: (document) => langfusePartsOf(document) !== undefined, separable: false, converter: () => new LangfuseConverter() },
  { format: 'Zipkin v2 JSON', matches: (document) => zipkinSpansOf(document) !== undefined, separable: false, converter: () => new ZipkinConverter() },
];

/** For sentences: "A, B or C"; what a store keeps of others' documents comes after those. */
export function jsonFormats(last: 'and' | 'or'): string {
  const formats = DOCUMENT_KINDS.toSorted((a, b) => Number(a.untyped === true) - Number(b.untyped === true)).map(({ format }) => format);
  return `${formats.slice(0, -1).join(', ')} ${last} ${formats.at(-1)}`;
}

const OTHER_SIGNALS: readonly (readonly [signal: string, keys: readonly string[]])[] = [
  ['logs', ['resourceLogs', 'resource_logs']],
  ['metrics', ['resourceMetrics', 'resource_metrics']],
  ['profiles', ['resourceProfiles', 'resource_profiles']],
];

/** The OTLP signal of a document that holds no traces; undefined when it is none. */
export function otherSignalOf(document: unknown): string | undefined {
  if (!isObject(document)) return undefined;
  return OTHER_SIGNALS.find(([, keys]) => keys.some((key) => Array.isArray(document[key])))?.[0];
}
