// Langfuse 3 and 4, its Cloud and self-hosted (backends.md §5). v3 lists traces by pages; v4 knows observations only, by a cursor: a trace is
// found by its root, an erring one by the observation that failed. Which of them a server has is told by what it answers, never by its version.
import { isoDown } from '../../formats/isoTime.ts';
import { isObject, items, text, type JsonObject } from '../../formats/jsonFields.ts';
import type { HttpClient } from '../network/httpClient.ts';
import { BackendError, type LoadedTrace, type TimeWindow, type TraceRef } from './backend.ts';
import { LangfuseApi } from './langfuse/api.ts';
import { atLeast, attributeConditions, boundedBy, equals, FAILED_OBSERVATION, FAILED_TRACE, IS_ROOT, oneOfTraces, type Condition } from './langfuse/filters.ts';
import { rowOfMatch, rowOfTrace, rowsOfRoots } from './langfuse/rows.ts';
import type { BackendKind, Detection, Recognised, SourceCapabilities, SourceContext, SourcePage, SourceProbe, SourceQuery, SourceTrace, TraceSource } from './source.ts';

export const langfuse: BackendKind = {
  kind: 'langfuse',
  label: 'Langfuse',
  needsUrl: true,
  localUrls: ['http://localhost:3000'],
  fields: [],
  auth: ['basic', 'headers', 'headersCommand'],
  metered: true,
  recognise,
  pages: /\/(?:project|organization|auth|api\/public)(?:\/.*)?$/,
  detect,
  source: (context) => new LangfuseSource(context),
};

const MS_NS = 1_000_000n;
const HOUR_NS = 3_600_000_000_000n;
/** Roots of traces that failed in a window may have begun so long before it. */
const LONGEST_TRACE_NS = 24n * HOUR_NS;
const FILTERS: SourceCapabilities['filters'] = ['operation', 'attributes', 'minDurationNs', 'errorsOnly'];
const NO_FILTERS = 'This Langfuse is older than its filters (October 2025): errors are in none of its lists, so that they show only when a trace is opened.';
const LIST_FIELDS = 'core,basic,metrics,trace_context';
/** v4 takes 1000; v3 no more than this. */
const MAX_LIMIT = 100;
const ROOTS_LIMIT = 1000;
/** Of v4, which knows no traces; v3 measures a trace from its first observation's start to the last one's end. */
const ROOT_TIME = "A duration here is that of the trace's root observation: what goes on after it shows when the trace is opened.";
const isTimed = ({ unknown }: SourceTrace): boolean => unknown?.includes('duration') !== true;
/** Cloud shows what old SDKs send so much later. */
const LATE_MS = 600_000;

class LangfuseSource implements TraceSource {
  readonly capabilities: SourceCapabilities;
  readonly #context: SourceContext;
  readonly #api: LangfuseApi;
  #filters = true;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#api = new LangfuseApi(context.http, context.now);
    const filters = (): SourceCapabilities['filters'] => (this.#filters ? FILTERS : ['operation']);
    this.capabilities = {
      get filters() {
        return filters();
      },
      order: 'newest',
      maxLimit: MAX_LIMIT,
      timeUnitNs: MS_NS,
      wholeTraces: false,
      cohortLimit: 12,
      cost: 'Langfuse Cloud: 15 to 30 requests a minute on its free plan.',
    };
  }

  async prepare(signal: AbortSignal): Promise<void> {
    this.#filters = await this.#api.hasFilters(signal);
  }

  async probe(signal: AbortSignal): Promise<SourceProbe> {
    const version = await this.#version(signal);
    const api = await this.#api.served(signal);
    const nowNs = this.#nowNs();
    // Where v2 is not served nobody has looked at the keys yet.
    if (api === 'traces') await this.#api.get('/api/public/traces', [['limit', '1'], ['fields', 'core'], ...boundedBy('traces', { startNs: nowNs - HOUR_NS, endNs: nowNs }, [])], signal);
    return { notes: [], ...(version === undefined ? {} : { version }) };
  }

  /** A project is one program to Langfuse: it lists no services. */
  async services(): Promise<readonly string[]> {
    return [];
  }

  async operations(): Promise<readonly string[]> {
    return [];
  }

  async page(query: SourceQuery, signal: AbortSignal): Promise<SourcePage> {
    await this.prepare(signal);
    return this.#api.byServed((api) => (api === 'traces' ? this.#traces(query, signal) : this.#observations(query, signal)), signal);
  }

  async trace(ref: TraceRef, signal: AbortSignal): Promise<LoadedTrace> {
    const loaded = await this.#api.byServed((api) => (api === 'traces' ? this.#api.traceByTraces(ref.traceId, signal) : this.#byObservations(ref, signal)), signal);
    return this.#mayBeLate(ref) ? { ...loaded, notes: [...loaded.notes, `It is younger than ${LATE_MS / 60_000} minutes: Langfuse Cloud may not show all of it yet.`] } : loaded;
  }

  async #traces(query: SourceQuery, signal: AbortSignal): Promise<SourcePage> {
    const { operation, minDurationNs, errorsOnly, attributes = [], cursor = '1' } = query;
    const { conditions: ofAttributes, byMetadata } = attributeConditions('traces', attributes);
    const conditions: Condition[] = [...ofAttributes];
    const plain = operation !== undefined && !this.#filters;
    if (operation !== undefined && !plain) conditions.push(equals('name', operation));
    if (minDurationNs !== undefined) conditions.push(atLeast(minDurationNs));
    if (errorsOnly === true) conditions.push(FAILED_TRACE);
    const answer = await this.#api.get('/api/public/traces', [['page', cursor], ['limit', String(query.limit)], ['orderBy', 'timestamp.desc'], ['fields', 'core,metrics'], ...(plain ? [['name', operation] as const] : []), ...boundedBy('traces', query.window, conditions)], signal);
    const data = items(answer['data']);
    const meta = isObject(answer['meta']) ? answer['meta'] : {};
    const traces = data.map(rowOfTrace).filter((row) => row !== undefined);
    const next = Number(cursor) + 1;
    const more = data.length > 0 && next <= Number(meta['totalPages'] ?? 0);
    return { traces, full: more, ...(more ? { cursor: String(next) } : {}), notes: [...notesOf(byMetadata, data.length - traces.length), ...(this.#filters ? [] : [NO_FILTERS])] };
  }

  async #observations(query: SourceQuery, signal: AbortSignal): Promise<SourcePage> {
    const { operation, minDurationNs, errorsOnly, attributes = [], cursor } = query;
    const { conditions: ofAttributes, byMetadata } = attributeConditions('observations', attributes);
    const ofOne: Condition[] = [...ofAttributes, ...(errorsOnly === true ? [FAILED_OBSERVATION] : [])];
    const ofRoot: Condition[] = [IS_ROOT, ...(minDurationNs === undefined ? [] : [atLeast(minDurationNs)])];
    const answer = await this.#api.get('/api/public/v2/observations', [
      ['fields', LIST_FIELDS], ['limit', String(query.limit)], ...(cursor === undefined ? [] : [['cursor', cursor] as const]), ...boundedBy('observations', query.window, ofOne.length > 0 ? ofOne : ofRoot),
    ], signal);
    const rows = items(answer['data']).filter(isObject);
    const found = ofOne.length > 0 ? await this.#tracesOf(rows, query, signal) : rowsOfRoots(rows);
    // Nothing on the server says how a trace that nobody named is called.
    const traces = operation === undefined ? found : found.filter(({ summary }) => summary.rootName === operation);
    const next = isObject(answer['meta']) ? text(answer['meta']['cursor']) : '';
    return { traces, full: next !== '', ...(next === '' ? {} : { cursor: next }), notes: [...notesOf(byMetadata, 0), ...(traces.some(isTimed) ? [ROOT_TIME] : [])] };
  }

  /** The traces that observations belong to, by their roots. */
  async #tracesOf(matches: readonly JsonObject[], { window, errorsOnly, minDurationNs = 0 }: SourceQuery, signal: AbortSignal): Promise<SourceTrace[]> {
    const byTrace = Map.groupBy(matches.filter(({ traceId }) => text(traceId) !== ''), ({ traceId }) => text(traceId));
    if (byTrace.size === 0) return [];
    const roots = new Map((await this.#rootsOf([...byTrace.keys()], window, signal)).map((row) => [row.ref.traceId, row]));
    const found = [...byTrace].map(([id, of]) => {
      const root = roots.get(id);
      const errors = errorsOnly === true ? of.length : 0;
      if (root === undefined) return rowOfMatch(of[0]!, errors);
      return errors === 0 ? root : { ...root, summary: { ...root.summary, errors }, unknown: (root.unknown ?? []).filter((field) => field !== 'errors') };
    });
    return found.filter((row) => row !== undefined).filter(({ summary, unknown }) => unknown?.includes('duration') === true || Number(summary.durationNs) >= minDurationNs);
  }

  async #rootsOf(ids: readonly string[], { startNs, endNs }: TimeWindow, signal: AbortSignal): Promise<readonly SourceTrace[]> {
    const from = startNs > LONGEST_TRACE_NS ? startNs - LONGEST_TRACE_NS : 0n;
    try {
      const answer = await this.#api.get('/api/public/v2/observations', [['fields', LIST_FIELDS], ['limit', String(ROOTS_LIMIT)], ...boundedBy('observations', { startNs: from, endNs }, [IS_ROOT, oneOfTraces(ids)])], signal);
      return rowsOfRoots(items(answer['data']).filter(isObject));
    } catch (error) {
      // A server that cannot be asked for several traces: what the matches say of them is shown.
      if (error instanceof BackendError && error.kind === 'badData') return [];
      throw error;
    }
  }

  async #byObservations(ref: TraceRef, signal: AbortSignal): Promise<LoadedTrace> {
    const { windows, says } = this.#whereToLook(ref);
    for (const window of windows) {
      const loaded = await this.#api.traceByObservations(ref.traceId, window, signal);
      if (loaded !== undefined) return loaded;
    }
    throw new BackendError('notFound', `Trace ${JSON.stringify(ref.traceId.slice(0, 80))} is not among Langfuse's traces ${says}.`);
  }

  #whereToLook({ startUnixNano, endUnixNano, within }: TraceRef): { readonly windows: readonly TimeWindow[]; readonly says: string } {
    const nowNs = this.#nowNs();
    if (startUnixNano === undefined && within === true) return { windows: [{ startNs: 0n, endNs: nowNs + HOUR_NS }], says: 'of all times' };
    if (startUnixNano === undefined) {
      const all = [1, 24, this.#context.config.lookbackHours ?? 24];
      const windows = all.filter((hour, k) => k === 0 || hour > all[k - 1]!).map((hour) => ({ startNs: nowNs - BigInt(Math.round(hour * 3600)) * (HOUR_NS / 3600n), endNs: nowNs + HOUR_NS }));
      return { windows, says: `of the last ${Math.max(...all)} hours; to look further, raise how far the connection looks back` };
    }
    const [startNs, endNs] = [BigInt(startUnixNano), BigInt(endUnixNano ?? startUnixNano)];
    if (within === true) return { windows: [{ startNs, endNs }], says: `since ${isoDown(startNs)}` };
    return { windows: [{ startNs: startNs > LONGEST_TRACE_NS ? startNs - LONGEST_TRACE_NS : 0n, endNs: endNs + LONGEST_TRACE_NS }], says: 'of that time' };
  }

  async #version(signal: AbortSignal): Promise<string | undefined> {
    try {
      return text((await this.#api.get('/api/public/health', [], signal))['version']) || undefined;
    } catch (error) {
      // It is a hint only; what matters is asked next.
      if (error instanceof BackendError && (error.kind === 'notFound' || error.kind === 'auth' || error.kind === 'badData')) return undefined;
      throw error;
    }
  }

  #mayBeLate({ endUnixNano }: TraceRef): boolean {
    return endUnixNano !== undefined && /(^|\.)cloud\.langfuse\.com$/.test(hostOf(this.#context.config.url)) && BigInt(endUnixNano) > this.#nowNs() - BigInt(LATE_MS) * MS_NS;
  }

  #nowNs(): bigint {
    return BigInt(Math.floor(this.#context.now())) * MS_NS;
  }
}

const hostOf = (url: string | undefined): string => (url !== undefined && URL.canParse(url) ? new URL(url).hostname : '');

function notesOf(byMetadata: readonly string[], odd: number): string[] {
  const notes = byMetadata.map((key) => `Langfuse was asked for ${JSON.stringify(key.slice(0, 60))} in its metadata; attributes of spans cannot be searched there.`);
  return odd === 0 ? notes : [...notes, `${odd} answers without an id or a time were left out.`];
}

const CLOUDS: ReadonlySet<string> = new Set(['cloud.langfuse.com', 'us.cloud.langfuse.com', 'jp.cloud.langfuse.com', 'hipaa.cloud.langfuse.com']);

/** Its pages are below /project/ID/traces and the like, whatever stands before; a trace is in the path, peeked at, or that of what is. Its API is below /api/public. */
function recognise(url: URL): Recognised | undefined {
  const api = /^(.*)\/api\/public\/(?:traces\/([^/]+)|(?:traces|observations|sessions|scores|metrics|projects|health|ingestion|otel|v2)(?:\/.*)?)\/?$/.exec(url.pathname);
  if (api !== null) return recognised(url, api[1]!, api[2] === undefined ? '' : decoded(api[2]));
  const page = /^(.*)\/project\/[^/]+\/(traces|observations|sessions)(?:\/([^/]+))?\/?$/.exec(url.pathname);
  if (page === null && !CLOUDS.has(url.hostname)) return undefined;
  const [, , list, id] = page ?? [];
  const traceId = list === 'traces' ? (id === undefined ? (url.searchParams.get('peek') ?? '') : decoded(id)) : list === 'observations' ? (url.searchParams.get('traceId') ?? '') : '';
  return recognised(url, page?.[1] ?? '', traceId);
}

function recognised(url: URL, path: string, traceId: string): Recognised {
  const name = CLOUDS.has(url.hostname) ? `Langfuse Cloud (${url.hostname.startsWith('cloud.') ? 'EU' : url.hostname.split('.')[0]!.toUpperCase()})` : `Langfuse at ${url.host}`;
  return { name, url: `${url.origin}${path}`, auth: 'basic', ...(traceId === '' ? {} : { traceId }) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return segment;
    throw error;
  }
}

async function detect(http: HttpClient, signal: AbortSignal): Promise<Detection> {
  const health = await http.json({ path: '/api/public/health' }, signal);
  const version = isObject(health) ? text(health['version']) : '';
  if (!isObject(health) || typeof health['status'] !== 'string' || !/^\d+\.\d+/.test(version)) return { is: false, says: '/api/public/health did not answer as Langfuse does.' };
  return { is: true, says: `/api/public/health answered as Langfuse does (${version}).`, version, needsAuth: true };
}
