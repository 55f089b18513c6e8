// Grafana Tempo 2.x and 3.x, by itself, in Grafana Cloud, and through any Grafana (backends.md §4, recorded 5). Search is TraceQL with bounds
// in whole seconds; a trace is read as protobuf, which is exact, by the v2 API and where there is none by v1.
import { FormatError } from '../../formats/formatError.ts';
import { isObject, items, text } from '../../formats/jsonFields.ts';
import { decodeOtlpJsonText } from '../../formats/otlpJson.ts';
import { decodeTracesMessage } from '../../formats/protoDocuments.ts';
import { padHex } from '../../model/ids.ts';
import type { SpanBatch } from '../../model/spanBatch.ts';
import { timeText } from '../listing/traceStream.ts';
import { answerProblem, parsedJson, type HttpAnswer, type HttpClient } from '../network/httpClient.ts';
import { BackendError, type LoadedTrace, type TraceRef } from './backend.ts';
import type { BackendKind, Detection, Recognised, SourceCapabilities, SourceContext, SourcePage, SourceProbe, SourceQuery, SourceTrace, TraceSource } from './source.ts';
import { cutValues } from './tempo/cutValues.ts';
import { rowOfHit, unsearched } from './tempo/searchHits.ts';
import { dataSourceLabel, objectOf, TempoServer, versionOf } from './tempo/tempoServer.ts';
import { ofService, traceQlOf } from './tempo/traceQl.ts';

export const tempo: BackendKind = {
  kind: 'tempo',
  label: 'Grafana Tempo',
  needsUrl: true,
  localUrls: ['http://localhost:3200'],
  fields: [
    { key: 'datasource', label: 'Data source of Grafana', help: 'Only where the address is Grafana’s: which of its Tempo data sources is read.', required: false, listed: true },
    { key: 'tenant', label: 'Tenant', help: 'Sent as X-Scope-OrgID, where Tempo keeps several tenants apart; "a|b" reads two of them.', required: false, placeholder: 'team-a' },
  ],
  auth: ['none', 'basic', 'bearer', 'apiKey', 'headers', 'headersCommand', 'clientCertificate'],
  metered: false,
  recognise,
  // Of Grafana, whose page it is that people have open.
  pages: /\/(?:explore|a|d|dashboards|drilldown|connections|alerting|login|api\/(?:(?:v2\/)?(?:traces|search|metrics|status|echo)|datasources))(?:\/.*)?$/,
  detect,
  source: (context) => new TempoSource(context),
};

const SECOND_NS = 1_000_000_000n;
const HOUR_NS = 3600n * SECOND_NS;
/** query_frontend.search.max_duration, unless it was configured otherwise. */
const MAX_WINDOW_HOURS = 168;
/** query_frontend.query_end_cutoff, 3.0 and later. */
const CUTOFF_MS = 30_000;
/** A trace is asked for with room around what its list knew of it: spans may have come later. */
const ROOM_NS = HOUR_NS;

class TempoSource implements TraceSource {
  readonly capabilities: SourceCapabilities;
  readonly #context: SourceContext;
  readonly #server: TempoServer;
  /** The hint that makes answers the latest ones is understood. */
  #newestFirst = true;
  #bareTraces = false;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#server = new TempoServer(context);
    const isNewestFirst = (): boolean => this.#newestFirst;
    this.capabilities = {
      filters: ['service', 'operation', 'attributes', 'minDurationNs', 'errorsOnly', 'text'],
      get order() {
        return isNewestFirst() ? 'newest' : 'unordered';
      },
      maxLimit: 1000,
      timeUnitNs: SECOND_NS,
      maxWindowNs: BigInt(MAX_WINDOW_HOURS) * HOUR_NS,
      wholeTraces: false,
      cohortLimit: 50,
    };
  }

  async prepare(signal: AbortSignal): Promise<void> {
    const { version } = await this.#server.place(signal);
    if (version !== undefined && isBefore(version, 2, 8)) this.#newestFirst = false;
  }

  async probe(signal: AbortSignal): Promise<SourceProbe> {
    const sources = await this.#choices(signal);
    const choices = sources === undefined ? {} : { choices: { datasource: sources } };
    if (sources !== undefined && sources.length > 1 && (this.#context.config.options?.['datasource'] ?? '') === '') return { notes: [`This is Grafana with ${sources.length} Tempo data sources: pick one.`], mustPick: ['datasource'], ...choices };
    const { version } = await this.#server.place(signal);
    await this.services(signal);
    return { notes: [], ...(version === undefined ? {} : { version }), ...choices };
  }

  async services(signal: AbortSignal): Promise<readonly string[]> {
    return this.#values('resource.service.name', [], signal);
  }

  async operations(service: string, signal: AbortSignal): Promise<readonly string[]> {
    return this.#values('name', [['q', ofService(service)]], signal);
  }

  async page(query: SourceQuery, signal: AbortSignal): Promise<SourcePage> {
    await this.prepare(signal);
    const answer = await this.#search(query, signal);
    const hits = items(answer['traces']);
    const rows = hits.map(rowOfHit);
    const found = rows.filter((row): row is SourceTrace => row !== undefined);
    // A trace belongs to the window it began in; that it was still running in this one is no reason to show it here.
    const traces = found.filter(({ summary }) => summary.startUnixNano >= query.window.startNs);
    const complete = this.#newestFirst && traces.length < found.length;
    const notes = [unsearched(answer), this.#tooFresh(query, (await this.#server.place(signal)).version)];
    if (rows.length > found.length) notes.push(`${rows.length - found.length} answers without a valid trace id or start were left out.`);
    return { traces, full: hits.length >= query.limit && !complete, notes: notes.filter((note) => note !== undefined) };
  }

  async trace(ref: TraceRef, signal: AbortSignal): Promise<LoadedTrace> {
    if (padHex(ref.traceId, 32) === undefined) throw new BackendError('notFound', `${JSON.stringify(ref.traceId.slice(0, 60))} is no id of Tempo's: up to 32 hexadecimal digits.`);
    const bounds = boundsOf(ref);
    const further = bounds.length > 0 && ref.within !== true;
    const batch = (await this.#read(ref, bounds, signal)) ?? (further ? await this.#read(ref, [], signal) : undefined);
    const since = ref.within === true && ref.startUnixNano !== undefined ? `${timeText(BigInt(ref.startUnixNano))}, since when was searched` : 'it keeps';
    if (batch === undefined) throw new BackendError('notFound', `Trace ${ref.traceId} is not in Tempo: it is older than ${since}, not flushed yet (fresh traces take some seconds), or another tenant's.`);
    const cut = cutValues(batch.bytes);
    return { batches: [batch], notes: cut === undefined ? [] : [cut] };
  }

  async #search(query: SourceQuery, signal: AbortSignal): Promise<ReturnType<TempoServer['json']>> {
    const start = query.window.startNs / SECOND_NS;
    const end = (query.window.endNs + SECOND_NS - 1n) / SECOND_NS;
    const ask = (newestFirst: boolean): ReturnType<TempoServer['json']> =>
      this.#server.json('/api/search', [['q', traceQlOf(query, newestFirst)], ['limit', String(query.limit)], ['spss', '3'], ['start', String(start)], ['end', String(end > start ? end : start + 1n)]], signal);
    if (!this.#newestFirst) return ask(false);
    try {
      return await ask(true);
    } catch (error) {
      if (!(error instanceof BackendError) || error.kind !== 'badData') throw error;
      // Either the hint is not understood, or the query is wrong: then this is refused too, with the better reason.
      const answer = await ask(false);
      this.#newestFirst = false;
      return answer;
    }
  }

  async #values(tag: string, query: readonly (readonly [string, string])[], signal: AbortSignal): Promise<readonly string[]> {
    const nowS = Math.ceil(this.#context.now() / 1000);
    const hours = Math.min(this.#context.config.lookbackHours ?? 24, MAX_WINDOW_HOURS);
    const answer = await this.#server.json(`/api/v2/search/tag/${tag}/values`, [...query, ['start', String(nowS - Math.ceil(hours * 3600))], ['end', String(nowS)]], signal);
    if (!('tagValues' in answer) && !isObject(answer['metrics'])) throw new BackendError('badData', `The list of ${tag} was answered with JSON of another shape than Tempo's; the address may be another program's.`);
    return [...new Set(items(answer['tagValues']).filter(isObject).map(({ value }) => text(value)).filter((value) => value !== ''))].toSorted();
  }

  /** undefined: not there. */
  async #read({ traceId }: TraceRef, bounds: readonly (readonly [string, string])[], signal: AbortSignal): Promise<SpanBatch | undefined> {
    const ask = (path: string): Promise<HttpAnswer> => this.#server.request(`${path}/${encodeURIComponent(traceId)}`, bounds, 'application/protobuf', signal);
    if (!this.#bareTraces) {
      const batch = batchOf(await ask('/api/v2/traces'), traceId);
      if (batch !== 'missing') return batch.count === 0 && batch.rejected === 0 ? undefined : batch;
    }
    // Tempo before 2.7 has no v2.
    const batch = batchOf(await ask('/api/traces'), traceId);
    if (batch === 'missing' || (batch.count === 0 && batch.rejected === 0)) return undefined;
    this.#bareTraces = true;
    return batch;
  }

  async #choices(signal: AbortSignal): Promise<readonly string[] | undefined> {
    try {
      return (await this.#server.dataSources(signal))?.map(dataSourceLabel);
    } catch (error) {
      // Reading one data source does not need the right to list them.
      if (error instanceof BackendError && error.kind === 'auth' && this.#context.config.options?.['datasource'] !== undefined) return undefined;
      throw error;
    }
  }

  #tooFresh({ window }: SourceQuery, version: string | undefined): string | undefined {
    const late = window.endNs > BigInt(Math.floor(this.#context.now()) - CUTOFF_MS) * 1_000_000n;
    return late && (version === undefined || !isBefore(version, 3, 0)) ? `Tempo does not search the last ${CUTOFF_MS / 1000} s.` : undefined;
  }
}

function batchOf(answer: HttpAnswer, traceId: string): SpanBatch | 'missing' {
  const what = `Trace ${traceId}`;
  if (answer.status === 404) return 'missing';
  if (answer.status < 200 || answer.status > 299) throw answerProblem(answer, what);
  const type = answer.headers['content-type'] ?? '';
  // Throws: it says what a page may be.
  if (type.includes('html')) parsedJson(answer, what);
  try {
    const json = type.includes('json');
    const batch = json ? decodeOtlpJsonText(new TextDecoder().decode(answer.body)) : decodeTracesMessage(answer.body);
    if (batch !== undefined) return batch;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new BackendError('badData', `${what} was answered with something that is no trace: ${error.message}`);
  }
  throw new BackendError('badData', `${what} was answered with something that is no trace.`);
}

function boundsOf({ startUnixNano, endUnixNano, within }: TraceRef): readonly (readonly [string, string])[] {
  if (startUnixNano === undefined || endUnixNano === undefined) return [];
  const roomNs = within === true ? 0n : ROOM_NS;
  const start = BigInt(startUnixNano) > roomNs ? (BigInt(startUnixNano) - roomNs) / SECOND_NS : 0n;
  return [['start', String(start)], ['end', String((BigInt(endUnixNano) + roomNs) / SECOND_NS + 1n)]];
}

function isBefore(version: string, major: number, minor: number): boolean {
  const match = /^(\d+)\.(\d+)/.exec(version);
  if (match === null) return false;
  const [is, of] = [Number(match[1]), Number(match[2])];
  return is < major || (is === major && of < minor);
}

/** Grafana's Explore with a Tempo trace or query in it, its Traces Drilldown, and Grafana Cloud's own addresses of Tempo. */
function recognise(url: URL): Recognised | undefined {
  if (/^tempo-[\w-]+\.grafana\.net$/.test(url.hostname)) return { name: 'Grafana Cloud Tempo', url: `${url.origin}/tempo`, auth: 'basic' };
  const drilldown = /^(.*)\/a\/grafana-exploretraces-app\b/.exec(url.pathname);
  if (drilldown !== null) return ofGrafana(url, drilldown[1]!, url.searchParams.get('var-ds') ?? '', padHex(url.searchParams.get('traceId') ?? '', 32));
  const explore = /^(.*)\/explore\/?$/.exec(url.pathname);
  const asked = explore === null ? undefined : exploreQueries(url.searchParams).find(({ type }) => type === 'tempo');
  return asked === undefined ? undefined : ofGrafana(url, explore![1]!, asked.uid, asked.traceId);
}

function ofGrafana({ host, origin }: URL, path: string, datasource: string, traceId: string | undefined): Recognised {
  return { name: `Tempo of ${host}`, url: `${origin}${path}`, ...(datasource === '' ? {} : { options: { datasource } }), auth: 'bearer', ...(traceId === undefined ? {} : { traceId }) };
}

function exploreQueries(params: URLSearchParams): { readonly uid: string; readonly type: string; readonly traceId: string | undefined }[] {
  const panes = [params.get('panes'), params.get('left')].flatMap((given) => {
    const json = given === null ? undefined : jsonOrNothing(given);
    return isObject(json) ? (Array.isArray(json['queries']) ? [json] : Object.values(json).filter(isObject)) : [];
  });
  return panes.flatMap((pane) => items(pane['queries']).filter(isObject).flatMap((query) => {
    const source = isObject(query['datasource']) ? query['datasource'] : {};
    const uid = text(source['uid']) || text(pane['datasource']);
    return uid === '' ? [] : [{ uid, type: text(source['type']), traceId: padHex(text(query['query']).trim(), 32) }];
  }));
}

function jsonOrNothing(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function detect(http: HttpClient, signal: AbortSignal): Promise<Detection> {
  const echo = await http.request({ path: '/api/echo' }, signal);
  const build = await http.request({ path: '/api/status/buildinfo', headers: { accept: 'application/json' } }, signal);
  const version = versionOf(build);
  if (new TextDecoder().decode(echo.body.subarray(0, 100)).trim() === 'echo' && version !== undefined) {
    return { is: true, says: `/api/echo and /api/status/buildinfo answered as Tempo does${version === '' ? '' : ` (${version})`}.`, ...(version === '' ? {} : { version }) };
  }
  const health = objectOf(await http.request({ path: '/api/health', headers: { accept: 'application/json' } }, signal));
  if (typeof health?.['database'] !== 'string') return { is: false, says: `/api/echo answered ${echo.status} and /api/status/buildinfo ${build.status}, not as Tempo does.` };
  const listed = await http.request({ path: '/api/datasources', headers: { accept: 'application/json' } }, signal);
  if (listed.status === 401 || listed.status === 403) return { is: true, says: 'Grafana answered; a service-account token is needed to see whether it has Tempo.', needsAuth: true, auth: 'bearer' };
  const list = listed.status === 200 ? jsonOrNothing(new TextDecoder().decode(listed.body)) : undefined;
  const sources = items(list).filter(isObject).filter(({ type }) => type === 'tempo');
  if (sources.length === 0) return { is: false, says: 'Grafana answered, and none of its data sources that these credentials may read is Tempo.' };
  return { is: true, says: `Grafana answered, with ${sources.length} Tempo data ${sources.length === 1 ? 'source' : 'sources'}.`, ...(sources.length === 1 ? { options: { datasource: text(sources[0]!['uid']) } } : {}) };
}
