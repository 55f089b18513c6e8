// The search of all spans that Transaction Search keeps in the log group aws/spans, whatever an indexing rule picked for X-Ray's list: what is
// asked, in Logs Insights' language, and the spans found as rows of their traces. A span there is a JSON object with OTLP's names, attributes as a
// map (read from programs that take spans out of it: dev7a/serverless-otlp-forwarder). Must not know how requests are made.
import { hexOfXrayId } from '../../../formats/xrayIds.ts';
import { BackendError, type AttributeFilter, type UnknownField } from '../backend.ts';
import type { SourceQuery, SourceTrace } from '../source.ts';
import type { LogsAnswer, LogsQuestion } from './logsApi.ts';

export const SPANS_GROUP = 'aws/spans';
const PRICE_PER_GB = 0.005;
export const COST_NOTE = `about $${PRICE_PER_GB} per GB scanned`;

const SECOND_NS = 1_000_000_000n;
/** A trace of which only a span in the middle is known may have begun so long before, and end so long after. */
const AROUND_NS = 15n * 60n * SECOND_NS;
const ROOT = '(not ispresent(parentSpanId) or parentSpanId = "")';
const SERVICE = 'resource.attributes.service.name';
/** As Application Signals calls it, where a segment of X-Ray's own was made a span. */
const LOCAL_SERVICE = 'attributes.aws.local.service';
const FIELDS = ['@timestamp', 'traceId', 'spanId', 'parentSpanId', 'name', 'startTimeUnixNano', 'endTimeUnixNano', 'durationNano', 'status.code', SERVICE, LOCAL_SERVICE];

type Filters = Pick<SourceQuery, 'service' | 'operation' | 'attributes' | 'minDurationNs' | 'errorsOnly'>;

/** Throws BackendError unsupported for what the language cannot say. */
export function spansQuestion({ window, limit, ...filters }: SourceQuery): LogsQuestion {
  const query = [`fields ${FIELDS.join(', ')}`, `filter ${['ispresent(traceId)', ...conditionsOf(filters)].join(' and ')}`, 'sort @timestamp desc', `limit ${limit}`].join(' | ');
  return { logGroup: SPANS_GROUP, query, startTime: Number(window.startNs / SECOND_NS), endTime: Number((window.endNs + SECOND_NS - 1n) / SECOND_NS) };
}

/** Without a condition that any span may meet, a trace is found by its first span. */
function conditionsOf({ service, operation, attributes = [], minDurationNs = 0, errorsOnly = false }: Filters): string[] {
  const ofSpan = [
    ...(service === undefined ? [] : [`(${SERVICE} = ${quoted(service)} or ${LOCAL_SERVICE} = ${quoted(service)})`]),
    ...(operation === undefined ? [] : [`name = ${quoted(operation)}`]),
    ...attributes.map(attributeCondition),
    ...(errorsOnly ? ['status.code = "ERROR"'] : []),
  ];
  return [...(ofSpan.length === 0 ? [ROOT] : ofSpan), ...(minDurationNs > 0 ? [`durationNano >= ${Math.floor(minDurationNs)}`] : [])];
}

function attributeCondition({ key, value }: AttributeFilter): string {
  if (!/^[\w.:/@-]{1,500}$/.test(key)) throw new BackendError('unsupported', `Logs Insights cannot be asked for an attribute called ${JSON.stringify(key.slice(0, 60))}.`);
  const field = /^[\w.]+$/.test(key) ? `attributes.${key}` : `\`attributes.${key}\``;
  return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value) ? `(${field} = ${quoted(value)} or ${field} = ${value})` : `${field} = ${quoted(value)}`;
}

function quoted(value: string): string {
  if (/["\\\u0000-\u001f]/.test(value)) throw new BackendError('unsupported', `Logs Insights is not asked for ${JSON.stringify(value.slice(0, 60))}: it has quotes, backslashes or line breaks in it.`);
  return `"${value}"`;
}

interface FoundSpan {
  readonly traceId: string;
  readonly root: boolean;
  readonly name: string;
  readonly service: string;
  readonly failed: boolean;
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** One row a trace. `unread`: spans without an id or a time. */
export function tracesOfSpans({ rows }: LogsAnswer): { readonly traces: readonly SourceTrace[]; readonly unread: number } {
  const spans = rows.map(spanOf).filter((span) => span !== undefined);
  const traces = [...Map.groupBy(spans, ({ traceId }) => traceId).values()].map(traceOf);
  return { traces, unread: rows.length - spans.length };
}

function spanOf(row: Readonly<Record<string, string>>): FoundSpan | undefined {
  const traceId = hexOfXrayId(row['traceId'] ?? '');
  const startNs = nanos(row['startTimeUnixNano']) ?? timestamp(row['@timestamp']);
  if (traceId === undefined || startNs === undefined) return undefined;
  const endNs = nanos(row['endTimeUnixNano']) ?? startNs + (nanos(row['durationNano']) ?? 0n);
  return { traceId, root: (row['parentSpanId'] ?? '') === '', name: row['name'] ?? '', service: (row[SERVICE] || row[LOCAL_SERVICE]) ?? '', failed: /(?:^|_)ERROR$/i.test(row['status.code'] ?? ''), startNs, endNs: endNs < startNs ? startNs : endNs };
}

/** Whole; or as a double writes it, then rounded. */
function nanos(value: string | undefined): bigint | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,20}$/.test(value)) return BigInt(value);
  return /^\d{1,20}(?:\.\d{1,20})?(?:E\+?\d{1,2})?$/i.test(value) ? BigInt(Math.round(Number(value))) : undefined;
}

/** `2024-10-30 12:24:00.218`, UTC. */
function timestamp(value: string | undefined): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,3})?)$/.exec(value ?? '');
  const ms = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}Z`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n;
}

function traceOf(spans: readonly FoundSpan[]): SourceTrace {
  const { traceId } = spans[0]!;
  const root = spans.filter((span) => span.root).reduce<FoundSpan | undefined>((first, span) => (first === undefined || span.startNs < first.startNs ? span : first), undefined);
  const start = root?.startNs ?? spans.reduce((least, { startNs }) => (startNs < least ? startNs : least), spans[0]!.startNs);
  const end = root?.endNs ?? spans.reduce((most, { endNs }) => (endNs > most ? endNs : most), start);
  const around = root === undefined ? AROUND_NS : 0n;
  const errors = spans.filter(({ failed }) => failed).length;
  const unknown: UnknownField[] = ['spans', 'services', ...(root === undefined ? (['root', 'duration'] as const) : []), ...(errors === 0 ? (['errors'] as const) : [])];
  return {
    ref: { traceId, startUnixNano: (start - around).toString(), endUnixNano: (end + around).toString() },
    unknown,
    summary: {
      traceId, rootService: root?.service ?? '', rootName: root?.name ?? '', startUnixNano: start, durationNs: root === undefined ? 0n : end - start, spans: 0, errors, orphans: 0, roots: 1, maxDepth: 0,
      services: [...new Set(spans.map(({ service }) => service).filter((name) => name !== ''))], duplicates: 0, rejected: 0, warnings: [], provisional: false,
    },
  };
}

/** What was looked through and what it cost; what was not brought. */
export function spansNotes({ rows, bytesScanned, recordsScanned, recordsMatched }: LogsAnswer, unread: number, { window, ...filters }: SourceQuery): string[] {
  const conditions = conditionsOf(filters);
  return [
    `Searched ${SPANS_GROUP} from ${isoOf(window.startNs)} to ${isoOf(window.endNs)}: ${sizeOf(bytesScanned)} in ${recordsScanned} spans scanned, about $${(bytesScanned / 1e9 * PRICE_PER_GB).toFixed(4)}; the price differs by region.`,
    conditions.includes(ROOT) ? 'Traces are found by their first span: those whose first span is not kept there are missing.' : conditions.length > 1 ? 'All conditions are met by one span.' : 'A trace is found by the spans that match; what else is in it shows when it is opened.',
    ...(recordsMatched > rows.length ? [`${recordsMatched} spans match; the latest ${rows.length} of them were brought. Search a shorter time for the others.`] : []),
    ...(unread === 0 ? [] : [`${unread} ${unread === 1 ? 'span without a trace id or a time was' : 'spans without a trace id or a time were'} left out.`]),
  ];
}

const isoOf = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString().replace(/\.\d+Z$/, 'Z');
const sizeOf = (bytes: number): string => (bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1000)} kB`);

