// Jaeger's answers → rows and batches: v1's traces, v3's merged spans, lists of names. Knows neither paths nor which API is asked when.
import { decodeJaegerJson, jaegerTracesOf } from '../../../formats/jaegerJson.ts';
import { isObject, items, text } from '../../../formats/jsonFields.ts';
import { decodeOtlpJson } from '../../../formats/otlpJson.ts';
import { otlpJsonTraces } from '../../../formats/otlpJsonTraces.ts';
import type { SpanBatch } from '../../../model/spanBatch.ts';
import { WordTable } from '../../../model/wordTable.ts';
import { wholeTraces } from '../../listing/summaries.ts';
import { BackendError } from '../backend.ts';
import type { SourcePage } from '../source.ts';
import type { JaegerSearch, Reply } from './api.ts';
import { holds } from './holds.ts';
import { summariesOf, summaryTrace } from './summaries.ts';

export type Answer = Omit<SourcePage, 'cursor'>;

const EMPTY: Answer = { traces: [], full: false, notes: [] };

/** Undefined where it is no list of summaries. */
export function summaryRows(reply: Reply, { limit }: JaegerSearch): Answer | undefined {
  if (reply === 'nothing') return EMPTY;
  const list = reply === 'notServed' ? undefined : summariesOf(reply.json);
  if (list === undefined) return undefined;
  const traces = list.map(summaryTrace).filter((trace) => trace !== undefined);
  const lost = list.length - traces.length;
  return { traces, full: list.length >= limit, notes: lost === 0 ? [] : [`${lost} of ${list.length} summaries have no trace id or no time and are not listed.`] };
}

export async function v1Traces(reply: Reply, { limit }: JaegerSearch, signal: AbortSignal): Promise<Answer> {
  if (reply === 'nothing' || reply === 'notServed') return EMPTY;
  const documents = jaegerTracesOf(reply.json);
  if (documents === undefined) throw new BackendError('badData', 'The search for traces was answered with JSON that is not Jaeger\'s; check the address.');
  const batches: SpanBatch[] = documents.map((document) => decodeJaegerJson(document));
  const errors = items(reply.json['errors']).filter(isObject).map((error) => `Jaeger answered with error ${text(error['code'])}: ${text(error['msg']).slice(0, 200)}`);
  return { traces: await wholeTraces(batches, signal), full: documents.length >= limit, notes: errors };
}

/** Its versions differ in which conditions they honour, and whole traces came: they are held against them here. */
export async function v3Traces(reply: Reply, search: JaegerSearch, signal: AbortSignal): Promise<Answer> {
  if (reply === 'nothing' || reply === 'notServed') return EMPTY;
  const documents = otlpJsonTraces(reply.json);
  const traces = await wholeTraces(documents.map((document) => decodeOtlpJson(document)), signal);
  return { traces: traces.filter((trace) => holds(trace, search)), full: documents.length >= search.limit, notes: [] };
}

/** A client's and a server's span with one id. */
export function sharesIds({ count, spanId, kind }: SpanBatch): boolean {
  const table = new WordTable(2, count);
  for (let span = 0; span < count; span++) {
    const same = table.add(spanId, 2 * span, span);
    if (same >= 0 && kind[same] !== kind[span]) return true;
  }
  return false;
}

/** Of services or operations, each once. */
export function names(list: unknown): string[] {
  const found = items(list).map((entry) => (isObject(entry) ? text(entry['name']) : text(entry)));
  return [...new Set(found.filter((name) => name !== ''))].toSorted((a, b) => a.localeCompare(b));
}
