// X-Ray's list: what is asked as a filter expression, and trace summaries as ours (backends.md §6). Must not know how requests are made.
import { isObject, items, type JsonObject, text } from '../../../formats/jsonFields.ts';
import { requestName, seconds } from '../../../formats/xrayFields.ts';
import { hexOfXrayId } from '../../../formats/xrayIds.ts';
import { BackendError, type AttributeFilter, type TimeWindow, type UnknownField } from '../backend.ts';
import type { SourceQuery, SourceTrace } from '../source.ts';

/** As the API's documentation has it. */
const MAX_EXPRESSION = 2000;
const SECOND_NS = 1_000_000_000n;
const DAY_NS = 86_400n * SECOND_NS;
/** Fields of a request that X-Ray indexes under names of its own; under OpenTelemetry's old and new ones they mean the same. */
const KEYWORDS: ReadonlyMap<string, string> = new Map([
  ['http.status', 'http.status'], ['http.status_code', 'http.status'], ['http.response.status_code', 'http.status'], ['http.url', 'http.url'], ['url.full', 'http.url'], ['http.method', 'http.method'], ['http.request.method', 'http.method'],
  ['http.useragent', 'http.useragent'], ['user_agent.original', 'http.useragent'], ['http.clientip', 'http.clientip'], ['client.address', 'http.clientip'], ['user', 'user'], ['enduser.id', 'user'],
]);
/** `error` and its like speak of the root alone; with service() they speak of any. */
const ERRORS = '(fault OR error OR throttle OR service() { fault OR error OR throttle })';

/** undefined: everything. Throws BackendError unsupported for what the language cannot say. */
export function filterExpression(query: SourceQuery, group: string | undefined): string | undefined {
  const terms: string[] = [];
  if (group !== undefined && group !== '' && group !== 'Default') terms.push(`group.name = ${quoted(group)}`);
  if (query.service !== undefined) terms.push(`service(${quoted(query.service)})`);
  // Durations are kept in ms: rounding up finds none that is shorter than asked for.
  if (query.minDurationNs !== undefined) terms.push(`duration >= ${(Math.ceil(query.minDurationNs / 1e6) / 1000).toFixed(3)}`);
  if (query.errorsOnly === true) terms.push(ERRORS);
  for (const attribute of query.attributes ?? []) terms.push(attributeTerm(attribute));
  const expression = terms.join(' AND ');
  if (expression.length > MAX_EXPRESSION) throw new BackendError('unsupported', `X-Ray takes filters of at most ${MAX_EXPRESSION} characters; ask for less at once.`);
  return expression === '' ? undefined : expression;
}

function attributeTerm({ key, value }: AttributeFilter): string {
  const keyword = KEYWORDS.get(key);
  if (keyword === 'http.status') return `http.status = ${/^\d{3}$/.test(value) ? value : '0'}`;
  if (keyword !== undefined) return `${keyword} = ${quoted(value)}`;
  const name = /^\w+$/.test(key) ? `annotation.${key}` : /^[\w.:/-]{1,500}$/.test(key) ? `annotation[${key}]` : undefined;
  if (name === undefined) throw new BackendError('unsupported', `X-Ray cannot be asked for an annotation called ${JSON.stringify(key.slice(0, 60))}.`);
  const typed = /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value) || value === 'true' || value === 'false';
  return typed ? `(${name} = ${quoted(value)} OR ${name} = ${value})` : `${name} = ${quoted(value)}`;
}

function quoted(value: string): string {
  if (/["\\\u0000-\u001f]/.test(value)) throw new BackendError('unsupported', `X-Ray cannot be asked for ${JSON.stringify(value.slice(0, 60))}: its filters have no way to write quotes, backslashes and line breaks.`);
  return `"${value}"`;
}

/** undefined for what is no summary. */
export function tracesOf(answer: JsonObject, window: TimeWindow): SourceTrace[] {
  return items(answer['TraceSummaries']).flatMap((summary) => (isObject(summary) ? (traceOf(summary, window) ?? []) : []));
}

function traceOf(summary: JsonObject, window: TimeWindow): SourceTrace | undefined {
  const native = text(summary['Id']);
  const traceId = hexOfXrayId(native);
  if (traceId === undefined) return undefined;
  const start = startOf(summary, traceId, window);
  const duration = typeof summary['Duration'] === 'number' && summary['Duration'] >= 0 ? BigInt(Math.round(summary['Duration'] * 1e6)) * 1000n : undefined;
  const entry = isObject(summary['EntryPoint']) ? text(summary['EntryPoint']['Name']) : '';
  const http = isObject(summary['Http']) ? summary['Http'] : {};
  const services = [...new Set(items(summary['ServiceIds']).filter(isObject).filter((service) => text(service['Type']) !== 'client').map((service) => text(service['Name'])).filter((name) => name !== ''))];
  const failed = ['HasFault', 'HasError', 'HasThrottle'].some((flag) => summary[flag] === true) || items(summary['FaultRootCauses']).length + items(summary['ErrorRootCauses']).length > 0;
  const unknown: UnknownField[] = ['spans'];
  if (entry === '') unknown.push('root');
  if (services.length === 0) unknown.push('services');
  if (duration === undefined) unknown.push('duration');
  // The flags are the root's; below it something may have failed all the same.
  if (!failed) unknown.push('errors');
  return {
    ref: { traceId, startUnixNano: start.toString(), endUnixNano: (start + (duration ?? 0n) + SECOND_NS).toString() },
    unknown,
    summary: {
      traceId, rootService: entry, rootName: requestName(text(http['HttpMethod']), text(http['HttpURL'])) || entry, startUnixNano: start, durationNs: duration ?? 0n,
      spans: 0, errors: failed ? 1 : 0, orphans: 0, roots: 1, maxDepth: 0, services: services.length === 0 && entry !== '' ? [entry] : services, duplicates: 0, rejected: 0,
      warnings: summary['IsPartial'] === true ? ['X-Ray marks this trace as partial: segments are missing or still to come.'] : [],
      provisional: false,
    },
  };
}

/** Newer answers say it; else the id does, in whole seconds, where it is one of X-Ray's own and no random one. */
function startOf(summary: JsonObject, traceId: string, { startNs, endNs }: TimeWindow): bigint {
  const said = seconds(summary['StartTime']);
  if (said !== undefined) return said;
  const ofId = timeOfId(traceId);
  return ofId > startNs - DAY_NS && ofId < endNs + DAY_NS ? ofId : (seconds(summary['MatchedEventTime']) ?? startNs);
}

/** Epoch ns of the first 8 digits: the start, in ids that X-Ray's own SDKs made. */
export const timeOfId = (traceId: string): bigint => BigInt(Number.parseInt(traceId.slice(0, 8), 16)) * SECOND_NS;
