// Google Cloud Trace's v1 JSON → SpanBatch: a trace, a list of traces, or ListTraces' answer (backends.md §8, discovery document of
// cloudtrace v1). Span ids are decimal, every label is text, status and exceptions are labels. Owns Google's words; knows no HTTP.
import type { Attribute } from '../model/attributes.ts';
import { padHex } from '../model/ids.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { FormatError } from './formatError.ts';
import { isoNanos } from './isoTime.ts';
import { isObject, items, type JsonObject, LATEST_UNIX_NANO, text } from './jsonFields.ts';
import { isJsonText, parsedStack } from './googleStack.ts';
import type { WritableEvent } from './otlpWriter.ts';
import { ResourceKeys } from './resourceKey.ts';
import { SpanGroups } from './spanGroups.ts';
import { WarningList } from './warningList.ts';

/** A parsed document. Throws FormatError when it is none of Cloud Trace's. */
export function decodeCloudTrace(document: unknown): SpanBatch {
  const converter = new CloudTraceConverter();
  converter.add(document);
  return converter.finish();
}

const isTrace = (value: unknown): boolean => isObject(value) && typeof value['projectId'] === 'string' && typeof value['traceId'] === 'string';

/** The traces of a document; undefined when it has none of Cloud Trace's shapes. */
export function cloudTracesOf(document: unknown): readonly unknown[] | undefined {
  if (isTrace(document)) return [document];
  if (Array.isArray(document)) return document.some(isTrace) ? document : undefined;
  return isObject(document) && Array.isArray(document['traces']) && document['traces'].some(isTrace) ? document['traces'] : undefined;
}

/** Takes any number of documents and gives one batch. */
export class CloudTraceConverter {
  readonly #groups = new SpanGroups();
  readonly #resourceKeys = new ResourceKeys();
  readonly #warnings = new WarningList();
  #rejected = 0;

  add(document: unknown, where = ''): void {
    const traces = cloudTracesOf(document);
    if (traces === undefined) throw new FormatError(`${where}not Cloud Trace: traces that have "projectId", "traceId" and "spans" were expected.`, 0);
    traces.forEach((trace, k) => {
      if (isObject(trace)) this.#trace(trace, traces.length > 1 ? `${where}traces[${k}]` : `${where}trace`);
      else this.#warnings.add(`${where}traces[${k}] is not an object and was left out.`);
    });
  }

  finish(): SpanBatch {
    return this.#groups.finish(this.#rejected, this.#warnings, new Map());
  }

  #trace(trace: JsonObject, where: string): void {
    const traceId = padHex(text(trace['traceId']), 32) ?? '';
    if (traceId === '') this.#warnings.add(`${where}: its traceId is not hex of up to 32 digits and was not used.`);
    items(trace['spans']).forEach((span, k) => {
      const spanId = isObject(span) ? decimalId(span['spanId']) : undefined;
      if (isObject(span) && spanId !== undefined && spanId !== '') return this.#span(span, traceId, spanId, `${where}.spans[${k}]`);
      this.#rejected++;
      this.#warnings.add(`${where}.spans[${k}] was rejected: it has no valid spanId (a decimal number of 64 bits, not 0).`);
    });
  }

  #span(span: JsonObject, traceId: string, spanId: string, where: string): void {
    const labels = labelsOf(span);
    const kind = text(span['kind']);
    const problem = problemOf(labels, kind);
    const start = nanosOfDate(text(span['startTime']));
    const end = nanosOfDate(text(span['endTime'])) ?? 0n;
    if (start === undefined) this.#warnings.add(`${where}: its startTime is no date and was left out.`);
    const parentSpanId = decimalId(span['parentSpanId']);
    if (parentSpanId === undefined) this.#warnings.add(`${where}: its parentSpanId is no decimal number of 64 bits; it is shown as a root.`);
    const event = exceptionOf(labels, end === 0n ? (start ?? 0n) : end);
    const { resource, attributes } = sortedOut(labels, event === undefined ? undefined : STACK_LABEL);
    this.#groups.add(this.#resourceKeys.of('', resource), () => resource, NO_SCOPE, {
      traceId, spanId,
      parentSpanId: parentSpanId === spanId ? '' : (parentSpanId ?? ''),
      name: text(span['name']),
      kind: kind === 'RPC_SERVER' ? 2 : kind === 'RPC_CLIENT' ? 3 : 0,
      startUnixNano: start ?? 0n,
      endUnixNano: end,
      statusCode: problem === undefined ? 0 : 2,
      statusMessage: problem ?? '',
      attributes,
      events: event === undefined ? undefined : [event],
    });
  }
}

const NO_SCOPE = { name: '', version: '' };

type Labels = ReadonlyMap<string, string>;

export function labelsOf(span: JsonObject): Labels {
  const labels = new Map<string, string>();
  const given = span['labels'];
  if (isObject(given)) for (const key of Object.keys(given)) labels.set(key, text(given[key]));
  return labels;
}

/** 16 hex digits; "" for 0 or none, undefined for what is no such number. */
function decimalId(value: unknown): string | undefined {
  const digits = text(value);
  if (digits === '') return '';
  if (!/^\d{1,20}$/.test(digits)) return undefined;
  const id = BigInt(digits);
  return id > LATEST_UNIX_NANO ? undefined : id === 0n ? '' : id.toString(16).padStart(16, '0');
}

const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** RFC 3339 with up to nine digits of a second → epoch ns. */
export const nanosOfDate = (date: string): bigint | undefined => (DATE.test(date) ? isoNanos(date) : undefined);

/**
 * Why a span counts as failed, undefined where it does not. The rules of Google's own Grafana plugin (backends.md §8): an error label, or an
 * HTTP status of 500 and above; 400 and above is the caller's error only.
 */
export function problemOf(labels: Labels, kind: string): string | undefined {
  const because = labels.get('/error/message') ?? labels.get('/error/name');
  if (because !== undefined) return because;
  const given = labels.get('/http/status_code') ?? labels.get('http.status_code') ?? labels.get('http.response.status_code');
  const status = given === undefined || !/^\d{3}$/.test(given) ? 0 : Number(given);
  return status >= 500 || (status >= 400 && kind === 'RPC_CLIENT') ? `HTTP status ${status}` : undefined;
}

const SERVICE_LABELS = ['service.name', 'g.co/gae/app/module', 'g.co/r/cloud_run_revision/service_name', 'g.co/r/gae_instance/module_id', 'g.co/r/generic_task/job', 'g.co/r/k8s_container/container_name'] as const;

export function serviceOfLabels(labels: Labels): string {
  for (const key of SERVICE_LABELS) {
    const value = labels.get(key) ?? '';
    if (value !== '') return value;
  }
  return '';
}

/** Labels do not say what they were; these names mean what produced the span, and nothing else. */
const isResource = (key: string): boolean => /^(?:service|telemetry|deployment\.environment|vcs\.(?:ref|repository)|host|os|process|container|k8s|cloud)\.|^deployment\.environment$|^g\.co\/(?:r|gae)\//.test(key);

/** `without`: a label that is told in another way. */
function sortedOut(labels: Labels, without: string | undefined): { readonly resource: readonly Attribute[]; readonly attributes: readonly Attribute[] } {
  const service = serviceOfLabels(labels);
  const resource: Attribute[] = service === '' || labels.get('service.name') === service ? [] : [{ key: 'service.name', value: service }];
  const attributes: Attribute[] = [];
  for (const [key, value] of labels) {
    if (!isResource(key)) {
      if (key !== without) attributes.push({ key, value });
    } else if (key !== 'service.name' || value !== '') resource.push({ key, value });
  }
  const agent = /opentelemetry-(\w+)/.exec(labels.get('g.co/agent') ?? '')?.[1]?.toLowerCase() ?? '';
  const language = agent === 'js' || agent === 'node' ? 'nodejs' : agent;
  if (language !== '' && !labels.has('telemetry.sdk.language')) resource.push({ key: 'telemetry.sdk.language', value: language });
  return { resource, attributes };
}

const STACK_LABEL = '/stacktrace';

/** `/stacktrace` as the exception it came from; Cloud Trace keeps no time of it. What cannot be read stays the label that it is: undefined then. */
function exceptionOf(labels: Labels, timeUnixNano: bigint): WritableEvent | undefined {
  const given = labels.get(STACK_LABEL);
  if (given === undefined || given === '') return undefined;
  const [type, message] = [labels.get('/error/name') ?? '', labels.get('/error/message') ?? ''];
  const stack = isJsonText(given) ? parsedStack(given, type, message) : given;
  if (stack === undefined) return undefined;
  const attributes = [['exception.type', type], ['exception.message', message], ['exception.stacktrace', stack]] as const;
  return { timeUnixNano, name: 'exception', attributes: attributes.filter(([, value]) => value !== '').map(([key, value]) => ({ key, value })) };
}
