// Elasticsearch and OpenSearch with spans that Jaeger, the collector's exporters or Data Prepper stored there (backends.md §10). Owns when
// which time is asked for, and what may be missing of an answer; indices, searches and the wire are in elasticsearch/, documents are
// formats/{jaeger,otel,dataPrepper}Documents.ts's.
import { FormatError } from '../../formats/formatError.ts';
import { count, isObject, items, text } from '../../formats/jsonFields.ts';
import { padHex } from '../../model/ids.ts';
import type { SpanBatch } from '../../model/spanBatch.ts';
import { summedWithin } from '../listing/summedWithin.ts';
import { timeText } from '../listing/traceStream.ts';
import { parsedJson, type HttpClient } from '../network/httpClient.ts';
import { BackendError, type LoadedTrace, type TimeWindow, type TraceRef } from './backend.ts';
import { aboutOf, ElasticServer, type SearchAnswer } from './elasticsearch/elasticServer.ts';
import type { Clause } from './elasticsearch/layouts.ts';
import { conditionsOf, leadersOf, leadersSearch, rowsOf, summarySearch, timeRange } from './elasticsearch/listSearch.ts';
import { kindsOf, pickIndices, spanIndices, type SpanIndices } from './elasticsearch/spanIndices.ts';
import { gapNotes, gapsOf } from './elasticsearch/traceGaps.ts';
import { documentsOf, type FoundDocuments } from './elasticsearch/traceSearch.ts';
import type { BackendKind, Detection, Recognised, SourceCapabilities, SourceContext, SourcePage, SourceProbe, SourceQuery, TraceSource } from './source.ts';

export const elasticsearch: BackendKind = {
  kind: 'elasticsearch',
  label: 'Elasticsearch / OpenSearch',
  needsUrl: true,
  localUrls: ['http://localhost:9200'],
  fields: [
    { key: 'index', label: 'Indices', help: 'Names or patterns with commas between, where spans of several kinds are there, or they have names of their own.', required: false, listed: true, placeholder: 'jaeger-span-*' },
    { key: 'region', label: 'AWS region', help: 'Only where requests are signed for AWS and the address is none of AWS\'s own.', required: false, placeholder: 'eu-central-1' },
    { key: 'service', label: 'AWS service', help: 'Only where requests are signed for AWS and the address is none of AWS\'s own: es, or aoss for OpenSearch Serverless.', required: false, placeholder: 'es' },
  ],
  auth: ['none', 'basic', 'apiKey', 'aws', 'bearer', 'headers', 'clientCertificate', 'headersCommand'],
  apiKeyPrefix: 'ApiKey ',
  signedAs: 'es',
  // Managed clusters bill what is searched.
  metered: true,
  recognise,
  detect,
  source: (context) => new ElasticsearchSource(context),
};

const MS_NS = 1_000_000n;
const MINUTE_NS = 60_000_000_000n;
const HOUR_NS = 60n * MINUTE_NS;
const DAY_HOURS = 24;
/** Traces are summed up, and a known one is looked for, over this much more than their time. */
const ROOM_NS = HOUR_NS;
/** Traces named in a question because they would come again: clusters take 65,536 (index.max_terms_count). */
const MAX_WITHOUT = 65_000;
/** Of services and operations, a request. */
const NAMES = 1_000;
const MAX_NAMES = 50_000;

const CAPABILITIES: SourceCapabilities = {
  filters: ['service', 'operation', 'attributes', 'minDurationNs', 'errorsOnly'], order: 'newest', maxLimit: 500, timeUnitNs: MS_NS, wholeTraces: false, cohortLimit: 50, cost: 'Each page of a list is two searches.',
};

/** Where the next page of a window goes on: traces listed already that still ran then. */
interface Place {
  readonly to: string;
  readonly without: readonly string[];
}

class ElasticsearchSource implements TraceSource {
  readonly capabilities = CAPABILITIES;
  readonly #context: SourceContext;
  readonly #server: ElasticServer;
  #indices: SpanIndices | undefined;
  /** Until the cluster refuses one. */
  #scripts = true;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#server = new ElasticServer(context.http);
  }

  async probe(signal: AbortSignal): Promise<SourceProbe> {
    const found = await spanIndices(this.#server, this.#picked(), signal);
    const about = await this.#server.about(signal);
    const known = { choices: { index: found.map(({ pattern }) => pattern) }, ...(about === undefined ? {} : { version: `${about.name} ${about.version}` }) };
    if (found.length > 1 && this.#picked() === '') return { notes: [`${kindsOf(found)}: pick one.`], mustPick: ['index'], ...known };
    const indices = this.#use(found);
    // That they may be read is another right than that they are seen.
    await this.#names(indices, indices.service, 'The list of services', [], this.#since(1), signal);
    return { notes: [`Spans of ${indices.layout.label} are read from ${indices.pattern}.`], ...known };
  }

  async services(signal: AbortSignal): Promise<readonly string[]> {
    const indices = await this.#open(signal);
    return this.#names(indices, indices.service, 'The list of services', [], this.#since(this.#lookbackHours()), signal);
  }

  async operations(service: string, signal: AbortSignal): Promise<readonly string[]> {
    const indices = await this.#open(signal);
    return this.#names(indices, indices.operation, 'The list of operations', [{ term: { [indices.service]: service } }], this.#since(this.#lookbackHours()), signal);
  }

  async page(query: SourceQuery, signal: AbortSignal): Promise<SourcePage> {
    const indices = await this.#open(signal);
    const { window, limit } = query;
    const place = placeOf(query.cursor);
    if (place !== undefined && place.without.length > MAX_WITHOUT) throw new BackendError('tooLarge', `The ${place.without.length} traces that are listed already are more than the cluster can be told to leave out: look through a shorter time, or filter by a service.`);
    const slice = place === undefined ? window : { startNs: window.startNs, endNs: BigInt(place.to) };
    const conditions = conditionsOf(indices, query);
    const { hits, partial } = await this.#server.search(indices.pattern, 'The search for traces', leadersSearch(indices, conditions, slice, place?.without ?? [], limit), signal);
    const leaders = leadersOf(indices, hits);
    const notes = [...partial, ...(indices.hasDuration && (query.minDurationNs ?? 0) > 0 ? ['The duration is that of spans: a trace is not found that is long only over several.'] : [])];
    const oldest = leaders.reduce((least, { timeNs }) => (timeNs < least ? timeNs : least), slice.endNs);
    if (leaders.length === 0) return { traces: [], full: false, notes, completeTo: window.startNs };
    const around = { startNs: oldest - ROOM_NS, endNs: slice.endNs + ROOM_NS };
    const summed = await this.#summaries(indices, leaders.map(({ id }) => id), around, conditions, signal);
    const rows = rowsOf(indices, summed.aggregations, conditions);
    const traces = rows.filter((row) => row !== undefined);
    notes.push(...summed.partial, ...(this.#scripts ? [] : ['The cluster refuses scripts: a trace is listed as long as its root.']));
    if (traces.length > 0) notes.push(summedWithin(ROOM_NS));
    if (traces.length < rows.length) notes.push(`${rows.length - traces.length} traces without a time were left out.`);
    if (leaders.length < limit) return { traces, full: false, notes, completeTo: window.startNs };
    // Others may have a span in the millisecond of the oldest: all of it is asked for again.
    const to = (oldest / MS_NS + 1n) * MS_NS;
    const begunSince = new Set(traces.filter(({ summary }) => summary.startUnixNano >= to).map(({ ref }) => ref.traceId));
    const without = [...(place?.without ?? []), ...leaders.map(({ id }) => id).filter((id) => !begunSince.has(id))];
    return { traces, full: false, notes, completeTo: to, cursor: JSON.stringify({ to: to.toString(), without } satisfies Place) };
  }

  async trace(ref: TraceRef, signal: AbortSignal): Promise<LoadedTrace> {
    const indices = await this.#open(signal);
    const ids = idsOf(ref.traceId);
    for (const window of this.#windowsOf(ref)) {
      const found = await this.#documents(indices, ids, window, signal);
      if (found.sources.length > 0) return this.#whole(indices, ids, ref.within === true, window, found, signal);
      if (found.notes.length > 0) throw new BackendError('timeout', `Trace ${ids[0]!.slice(0, 80)} was not found in what could be searched. ${found.notes.join(' ')}`);
    }
    throw new BackendError('notFound', `Trace ${ids[0]!.slice(0, 80)} is not in ${indices.pattern}: it never arrived there, or ${this.#looked(ref)}.`);
  }

  /** A trace may be longer than where it was found: what lies beyond, as far as its spans say that, is looked for once, to as much more as is looked back. */
  async #whole(indices: SpanIndices, ids: readonly string[], within: boolean, window: TimeWindow, found: FoundDocuments, signal: AbortSignal): Promise<LoadedTrace> {
    const nowNs = BigInt(Math.floor(this.#context.now())) * MS_NS;
    const known = batchOf(indices, found.sources);
    const { before, after } = within ? { before: false, after: false } : gapsOf(known, window, nowNs);
    const farNs = BigInt(Math.round(this.#hours().at(-1)! * 60)) * MINUTE_NS;
    const earlier = { startNs: window.startNs - farNs, endNs: window.startNs };
    const later = { startNs: window.endNs, endNs: window.endNs + farNs };
    const [earlierFound, laterFound] = [before ? await this.#documents(indices, ids, earlier, signal) : undefined, after ? await this.#documents(indices, ids, later, signal) : undefined];
    const looked = { startNs: before ? earlier.startNs : window.startNs, endNs: after ? later.endNs : window.endNs };
    const parts = [found, earlierFound, laterFound, await this.#events(indices, ids, looked, signal)].filter((part) => part !== undefined);
    const sources = parts.flatMap((part) => part.sources);
    const batch = sources.length === found.sources.length ? known : batchOf(indices, sources);
    const gaps = gapsOf(batch, looked, nowNs);
    // Parents that are in nothing of that time are nowhere: of those the trace tells.
    const left = { ...gaps, before: gaps.before && earlierFound?.sources.length !== 0 };
    return { batches: [batch], notes: [...new Set([...parts.flatMap(({ notes }) => notes), ...gapNotes(left, looked)])] };
  }

  #documents(indices: SpanIndices, ids: readonly string[], window: TimeWindow, signal: AbortSignal): Promise<FoundDocuments> {
    return documentsOf(this.#server, indices, indices.pattern, 'The trace', [{ terms: { [indices.traceId]: ids } }, timeRange(indices, window)], signal);
  }

  /** Where they are documents of their own. A trace without them is better than none. */
  async #events(indices: SpanIndices, ids: readonly string[], window: TimeWindow, signal: AbortSignal): Promise<FoundDocuments> {
    if (indices.eventsPattern === undefined) return { sources: [], notes: [] };
    try {
      return await documentsOf(this.#server, indices, indices.eventsPattern, 'The events of the trace', [{ terms: { [indices.traceId]: ids } }, { exists: { field: 'event_name' } }, timeRange(indices, window)], signal);
    } catch (error) {
      if (!(error instanceof BackendError) || error.kind === 'aborted') throw error;
      return { sources: [], notes: [`Events of spans are missing. ${error.message}`] };
    }
  }

  async #summaries(indices: SpanIndices, ids: readonly string[], window: TimeWindow, conditions: readonly Clause[], signal: AbortSignal): Promise<SearchAnswer> {
    const ask = (scripts: boolean): Promise<SearchAnswer> => this.#server.search(indices.pattern, 'The summary of traces', summarySearch(indices, ids, window, conditions, scripts), signal);
    if (!this.#scripts) return ask(false);
    try {
      return await ask(true);
    } catch (error) {
      if (!(error instanceof BackendError) || error.kind !== 'badData') throw error;
      // Either scripts are refused, or the question is wrong: then this is refused too, with the better reason.
      const answer = await ask(false);
      this.#scripts = false;
      return answer;
    }
  }

  async #names(indices: SpanIndices, field: string, what: string, filter: readonly Clause[], window: TimeWindow, signal: AbortSignal): Promise<readonly string[]> {
    const found = new Set<string>();
    for (let before = -1, more = true; more && found.size > before;) {
      before = found.size;
      if (before >= MAX_NAMES) throw new BackendError('tooLarge', `${what} has more than ${MAX_NAMES} names: let the connection look back less far.`);
      const terms = { field, size: NAMES, ...(before === 0 ? {} : { exclude: [...found] }) };
      const { aggregations } = await this.#server.search(indices.pattern, what, { size: 0, query: { bool: { filter: [timeRange(indices, window), ...filter] } }, aggs: { names: { terms } } }, signal);
      const names = isObject(aggregations['names']) ? aggregations['names'] : {};
      for (const { key } of items(names['buckets']).filter(isObject)) found.add(text(key));
      more = count(names['sum_other_doc_count']) > 0;
    }
    return [...found].filter((name) => name !== '').toSorted((a, b) => a.localeCompare(b));
  }

  async #open(signal: AbortSignal): Promise<SpanIndices> {
    return this.#indices ?? this.#use(await spanIndices(this.#server, this.#picked(), signal));
  }

  #use(found: readonly SpanIndices[]): SpanIndices {
    return (this.#indices = pickIndices(found, this.#picked()));
  }

  #picked(): string {
    return (this.#context.config.options?.['index'] ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '').join(',');
  }

  #lookbackHours(): number {
    return this.#context.config.lookbackHours ?? DAY_HOURS;
  }

  #hours(): readonly number[] {
    return [1, DAY_HOURS, this.#lookbackHours()].filter((hours, k, all) => k === 0 || hours > all[k - 1]!);
  }

  /** Until now, and a minute of clocks that differ. */
  #since(hours: number): TimeWindow {
    const endNs = BigInt(Math.floor(this.#context.now())) * MS_NS + MINUTE_NS;
    return { startNs: endNs - BigInt(Math.round(hours * 60)) * MINUTE_NS, endNs };
  }

  /** Where a trace is looked for, one after the other: never in all there is, unless somebody said so. Of whole milliseconds, as that is what searches tell apart. */
  #windowsOf({ startUnixNano, endUnixNano, within }: TraceRef): readonly TimeWindow[] {
    const room = within === true ? 0n : ROOM_NS;
    const given = startUnixNano === undefined ? undefined : { startNs: (BigInt(startUnixNano) / MS_NS) * MS_NS - room, endNs: (BigInt(endUnixNano ?? startUnixNano) / MS_NS + 1n) * MS_NS + room };
    if (within === true) return [given ?? { startNs: 0n, endNs: this.#since(1).endNs }];
    return [...(given === undefined ? [] : [given]), ...this.#hours().map((hours) => this.#since(hours))];
  }

  /** What was looked through where a trace is not. */
  #looked({ startUnixNano, within }: TraceRef): string {
    if (within !== true) return `is older than the ${this.#hours().at(-1)} hours that were searched: open it from a list, or let the connection look back further`;
    return startUnixNano === undefined ? 'is older than what is kept there: all of it was searched' : `is older than ${timeText(BigInt(startUnixNano))}, since when was searched`;
  }
}

function batchOf({ layout, pattern }: SpanIndices, sources: readonly unknown[]): SpanBatch {
  const converter = layout.converter();
  try {
    converter.add(sources, '');
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new BackendError('badData', `The documents of the trace in ${pattern} are no spans of ${layout.label}: ${error.message}`);
  }
  return converter.finish();
}

function placeOf(cursor: string | undefined): Place | undefined {
  return cursor === undefined ? undefined : (JSON.parse(cursor) as Place);
}

/** As it was given, in lower case with all its digits, and without leading zeros, as old writers of Jaeger's stored it. */
function idsOf(traceId: string): readonly string[] {
  const given = traceId.trim();
  const hex = padHex(given, 32);
  return [...new Set([given, ...(hex === undefined ? [] : [hex, hex.replace(/^0+/, ''), hex.replace(/^0{16}/, '')])])];
}

/** Addresses of the clouds. */
function recognise(url: URL): Recognised | undefined {
  const name = `at ${url.hostname}`;
  if (/\.(?:es|aoss)\.amazonaws\.com(?:\.cn)?$/.test(url.hostname)) return { name: `OpenSearch ${name}`, url: url.origin, auth: 'aws' };
  if (/\.(?:elastic-cloud\.com|elastic\.cloud|cloud\.es\.io|found\.io)$/.test(url.hostname) && !/\.kb\./.test(url.hostname)) return { name: `Elasticsearch ${name}`, url: url.origin, auth: 'apiKey' };
  return undefined;
}

async function detect(http: HttpClient, signal: AbortSignal): Promise<Detection> {
  const answer = await http.request({ path: '/', headers: { accept: 'application/json' } }, signal);
  // Theirs on every answer; people have their page open, and not the cluster's.
  const ui = 'kbn-name' in answer.headers ? 'Kibana' : 'osd-name' in answer.headers ? 'OpenSearch Dashboards' : undefined;
  if (ui !== undefined) return { is: false, says: `this is ${ui}, which no spans are read from: give the address of what is behind it, whose port is usually 9200.` };
  if (answer.status === 401 || answer.status === 403) {
    const asked = /ApiKey|OpenSearch Security|realm="security"/i.test(answer.headers['www-authenticate'] ?? '') || /"type"\s*:\s*"security_exception"|es:ESHttp/.test(new TextDecoder().decode(answer.body.subarray(0, 4096)));
    return asked ? { is: true, says: '/ asks for credentials as Elasticsearch and OpenSearch do.', needsAuth: true } : { is: false, says: `/ answered ${answer.status}, not as Elasticsearch or OpenSearch do.` };
  }
  if (answer.status !== 200 || answer.body[0] !== 0x7b) return { is: false, says: `/ answered no version of Elasticsearch or OpenSearch (${answer.status}).` };
  const about = aboutOf(parsedJson(answer, 'The version'));
  return about === undefined ? { is: false, says: '/ answered JSON of something else.' } : { is: true, says: `/ is ${about.name}'s (${about.version}).`, version: about.version };
}
