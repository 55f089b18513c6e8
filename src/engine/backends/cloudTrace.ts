// Google Cloud Trace, read by its v1 API (v2 and the Telemetry API only write): root spans for lists, whole traces where that is chosen.
// Listing is held back to 4 calls a minute: a project has 12 for everybody. Its parts are in cloudTrace/.
import { decodeCloudTrace } from '../../formats/cloudTraceV1.ts';
import { isObject, items, type JsonObject, text } from '../../formats/jsonFields.ts';
import { padHex } from '../../model/ids.ts';
import { answerProblem, parsedJson, retryAfterMs, SEARCH_TIMEOUT_MS, type HttpAnswer } from '../network/httpClient.ts';
import { BackendError, type LoadedTrace } from './backend.ts';
import { filterText, tracesOf } from './cloudTrace/list.ts';
import { Pace } from './cloudTrace/pace.ts';
import type { BackendKind, Recognised, SourceCapabilities, SourceContext, SourcePage, SourceProbe, SourceQuery, TraceSource } from './source.ts';

const ENDPOINT = 'https://cloudtrace.googleapis.com';
const HOUR_NS = 3_600_000_000_000n;
const RETENTION_NS = 30n * 24n * HOUR_NS;
const [LISTS, MINUTE_MS] = [4, 60_000];
/** Of the 300 a project has a minute. */
const UNITS_A_LIST = 25;
/** A call costs the same for one root span and for many. */
const ROOTS_A_LIST = 400;
/** Whole traces begin with as few as asked for; then a call that is one of four a minute brings more. */
const NEXT_WHOLE = 40;
const [MOST_ROOTS, MOST_WHOLE] = [1000, 100];
/** GetTrace answers no more of one trace. */
const MOST_SPANS = 1000;
/** Spans show up so long after they were written. */
const LATE_NS = 120_000_000_000n;
const REMEMBERED = 500;

export const cloudTrace: BackendKind = {
  kind: 'cloudTrace',
  label: 'Google Cloud Trace',
  needsUrl: false,
  takesUrl: true,
  localUrls: [],
  fields: [
    { key: 'project', label: 'Project', help: 'The id of the Google Cloud project that holds the traces.', required: true, placeholder: 'my-project' },
    { key: 'view', label: 'What a list reads', help: 'ROOTSPAN: the first span of each trace, quick. COMPLETE: whole traces, so that errors below the first span are listed; moves more.', required: false, placeholder: 'ROOTSPAN' },
  ],
  auth: ['google'],
  metered: true,
  recognise,
  source: (context) => new CloudTraceSource(context),
};

class CloudTraceSource implements TraceSource {
  readonly capabilities: SourceCapabilities;
  readonly #context: SourceContext;
  readonly #pace: Pace;
  readonly #whole: boolean;
  /** Operations by service, of what was listed: there is no call for them. */
  readonly #seen = new Map<string, Set<string>>();

  constructor(context: SourceContext) {
    this.#context = context;
    this.#whole = context.config.options?.['view'] === 'COMPLETE';
    this.#pace = new Pace({ calls: LISTS, perMs: MINUTE_MS, now: context.now });
    const pace = this.#pace;
    this.capabilities = {
      filters: ['service', 'operation', 'attributes', 'minDurationNs'],
      order: 'newest',
      maxLimit: this.#whole ? MOST_WHOLE : MOST_ROOTS,
      timeUnitNs: 1_000n,
      firstWindowNs: RETENTION_NS,
      retentionNs: RETENTION_NS,
      wholeTraces: this.#whole,
      cohortLimit: 50,
      get cost() {
        return `${pace.recent} of ${LISTS} lists in the last minute, ${UNITS_A_LIST} quota units each; the project has 300 a minute for everybody.`;
      },
    };
  }

  async probe(signal: AbortSignal): Promise<SourceProbe> {
    await this.#list([['view', 'MINIMAL'], ['pageSize', '1']], signal);
    return { notes: [] };
  }

  async services(signal: AbortSignal): Promise<readonly string[]> {
    if (this.#seen.size === 0) await this.page({ window: this.#latest(), limit: ROOTS_A_LIST }, signal);
    return [...this.#seen.keys()].toSorted();
  }

  async operations(service: string, signal: AbortSignal): Promise<readonly string[]> {
    if (this.#seen.size === 0) await this.page({ window: this.#latest(), limit: ROOTS_A_LIST }, signal);
    return [...(this.#seen.get(service) ?? [])].toSorted();
  }

  async page(query: SourceQuery, signal: AbortSignal): Promise<SourcePage> {
    const filter = filterText(query);
    const pageSize = Math.max(query.limit, !this.#whole ? ROOTS_A_LIST : query.cursor === undefined ? 0 : NEXT_WHOLE);
    const { answer, waitedMs } = await this.#list(
      [
        ['view', this.#whole ? 'COMPLETE' : 'ROOTSPAN'],
        ['orderBy', 'start desc'],
        ['pageSize', String(Math.min(this.capabilities.maxLimit, pageSize))],
        ['startTime', dateOf(query.window.startNs)],
        // Both bounds are inclusive here.
        ['endTime', dateOf(query.window.endNs - 1n)],
        ...(filter === '' ? [] : [['filter', filter] as const]),
        ...(query.cursor === undefined ? [] : [['pageToken', query.cursor] as const]),
      ],
      signal,
    );
    const traces = tracesOf(answer, this.#whole, (spans, endNs) => this.#notesOf(spans, endNs));
    for (const { summary } of traces) {
      this.#remember(summary.rootService, summary.rootName);
      for (const service of summary.services) this.#remember(service, '');
    }
    const cursor = text(answer['nextPageToken']);
    const notes = [
      ...(this.#whole ? [] : ['Cloud Trace lists the first span of each trace: errors below it show when a trace is opened.']),
      ...(waitedMs < 1000 ? [] : [`It waited ${Math.round(waitedMs / 1000)} s: a project has 12 lists a minute for everybody, and ${LISTS} of them are used here.`]),
    ];
    return { traces, full: cursor !== '', ...(cursor === '' ? {} : { cursor }), notes };
  }

  async trace({ traceId, scope }: { readonly traceId: string; readonly scope?: string }, signal: AbortSignal): Promise<LoadedTrace> {
    const id = padHex(traceId, 32);
    if (id === undefined) throw new BackendError('notFound', `${JSON.stringify(traceId.slice(0, 60))} is no trace id of Cloud Trace's: it has 32 hex digits.`);
    const project = scope === undefined || scope === '' ? this.#project() : scope;
    const answer = await this.#ask(`/v1/projects/${encodeURIComponent(project)}/traces/${id}`, [], signal, `Trace ${id} of the project ${project}`);
    const batch = decodeCloudTrace([{ projectId: project, traceId: id, ...answer }]);
    if (batch.count === 0) throw new BackendError('notFound', `Cloud Trace has no span of trace ${id} in the project ${project} yet; spans appear about a minute after they are written.`);
    let endNs = 0n;
    for (let k = 0; k < batch.count; k++) {
      const end = (BigInt(batch.endTime[2 * k + 1]!) << 32n) | BigInt(batch.endTime[2 * k]!);
      if (end > endNs) endNs = end;
    }
    return { batches: [batch], notes: this.#notesOf(batch.count, endNs) };
  }

  async #list(query: readonly (readonly [string, string])[], signal: AbortSignal): Promise<{ readonly answer: JsonObject; readonly waitedMs: number }> {
    const project = this.#project();
    const waitedMs = await this.#pace.ready((ms) => this.#context.hold?.(`Google's quota: ${LISTS} lists a minute are used of the project's 12`, ms), signal);
    return { answer: await this.#ask(`/v1/projects/${encodeURIComponent(project)}/traces`, query, signal, `The list of the project ${project}`), waitedMs };
  }

  async #ask(path: string, query: readonly (readonly [string, string])[], signal: AbortSignal, what: string): Promise<JsonObject> {
    const { config, http } = this.#context;
    const answer = await http.request({ path: config.url === undefined ? `${ENDPOINT}${path}` : path, query, headers: { accept: 'application/json' }, timeoutMs: SEARCH_TIMEOUT_MS }, signal);
    if (answer.status < 200 || answer.status > 299) throw problemOf(answer, what);
    const parsed = parsedJson(answer, what);
    if (!isObject(parsed)) throw new BackendError('badData', `${what}: the answer is not an object.`);
    return parsed;
  }

  #project(): string {
    const project = this.#context.config.options?.['project'] ?? '';
    if (!/^[a-z][a-z0-9.:-]{2,120}$/.test(project)) throw new BackendError('unsupported', `The connection needs the id of a Google Cloud project${project === '' ? '' : `, and ${JSON.stringify(project.slice(0, 40))} is none`}; edit it.`);
    return project;
  }

  #latest(): SourceQuery['window'] {
    const endNs = BigInt(Math.ceil(this.#context.now())) * 1_000_000n;
    return { startNs: endNs - 24n * HOUR_NS, endNs };
  }

  #notesOf(spans: number, endNs: bigint): string[] {
    const nowNs = BigInt(Math.floor(this.#context.now())) * 1_000_000n;
    return [
      ...(spans >= MOST_SPANS ? [`Cloud Trace answers at most ${MOST_SPANS} spans of a trace; what is beyond them is missing here.`] : []),
      ...(endNs > nowNs - LATE_NS && endNs < nowNs + LATE_NS ? ['This trace is very new: spans appear in Cloud Trace about a minute after they are written, so some may be missing yet.'] : []),
    ];
  }

  #remember(service: string, operation: string): void {
    if (service === '') return;
    let operations = this.#seen.get(service);
    if (operations === undefined && this.#seen.size < REMEMBERED) this.#seen.set(service, (operations = new Set()));
    if (operations !== undefined && operations.size < REMEMBERED && operation !== '') operations.add(operation);
  }
}

/** RFC 3339 with µs, rounded down. */
function dateOf(ns: bigint): string {
  const us = ns / 1_000n;
  return new Date(Number(us / 1_000n)).toISOString().replace('Z', `${(us % 1_000n).toString().padStart(3, '0')}Z`);
}

/** Google's errors: {error: {code, message, status, details}}. */
function problemOf(answer: HttpAnswer, what: string): BackendError {
  const { status, message, reason } = errorOf(answer);
  const says = message === '' ? '' : `: ${message}`;
  if (reason === 'SERVICE_DISABLED') return new BackendError('auth', `${what}: the Cloud Trace API is switched off in that project; enable cloudtrace.googleapis.com${says}.`);
  if (reason === 'USER_PROJECT_DENIED' || /quota project/i.test(message)) return new BackendError('auth', `${what}: Google counts requests for a project that these credentials may not use. Run "gcloud auth application-default set-quota-project"${says}.`);
  if (status === 'PERMISSION_DENIED') return new BackendError('auth', `${what} may not be read with these credentials. They need the role roles/cloudtrace.user (cloudtrace.traces.list and cloudtrace.traces.get) in that project${says}.`);
  if (status === 'RESOURCE_EXHAUSTED') return new BackendError('rateLimit', `${what}: the project's quota of Cloud Trace calls is used up, by everybody who reads it; wait a minute${says}.`, retryAfterMs(answer.headers['retry-after'], Date.now()) ?? MINUTE_MS);
  if (status === 'NOT_FOUND') return new BackendError('notFound', `${what} was not found. Cloud Trace keeps traces for 30 days, and a new one appears after about a minute${says}.`);
  return answerProblem(answer, what, message === '' ? undefined : message);
}

function errorOf({ body }: HttpAnswer): { readonly status: string; readonly message: string; readonly reason: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(body.subarray(0, 65_536)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const error: JsonObject = isObject(parsed) && isObject(parsed['error']) ? parsed['error'] : {};
  const reason = items(error['details']).filter(isObject).map((detail) => text(detail['reason'])).find((given) => given !== '') ?? '';
  return { status: text(error['status']), message: text(error['message']).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 300).replace(/[.\s]+$/, ''), reason };
}

/** The console's pages of a project's traces; a trace's id is in the path or in a parameter, by the age of the console. */
function recognise(url: URL): Recognised | undefined {
  if (url.hostname === 'cloudtrace.googleapis.com') {
    const match = /^\/v[12]\/projects\/([^/]+)(?:\/traces\/([0-9a-f]{32}))?/i.exec(url.pathname);
    return match === null ? undefined : recognised(match[1]!, match[2]);
  }
  if (url.hostname !== 'console.cloud.google.com' || !/^\/traces\b/.test(url.pathname)) return undefined;
  const rest = `${url.pathname}${url.search}${url.hash}`;
  const traceId = /(?:[?&;]tid=|[?&;]traceId=|\/details\/|\/trace\/|\/traces\/)([0-9a-f]{32})(?![0-9a-f])/i.exec(rest)?.[1];
  return recognised(url.searchParams.get('project') ?? undefined, traceId);
}

function recognised(project: string | undefined, traceId: string | undefined): Recognised {
  return { name: project === undefined ? 'Cloud Trace' : `Cloud Trace ${project}`, options: project === undefined ? {} : { project }, auth: 'google', ...(traceId === undefined ? {} : { traceId: traceId.toLowerCase() }) };
}
