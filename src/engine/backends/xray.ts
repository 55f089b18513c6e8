// AWS X-Ray: lists by GetTraceSummaries, opens by BatchGetTraces or, with Transaction Search, by a retrieval. Its parts are in xray/.
// Spans in CloudWatch Logs that no indexing rule picked are not in the list; the list says what share is, and a search of all of them is offered.
import { isObject, text } from '../../formats/jsonFields.ts';
import { hexOfXrayId } from '../../formats/xrayIds.ts';
import { BackendError } from './backend.ts';
import type { BackendKind, Recognised, SourceCapabilities, SourceContext, SourcePage, SourceProbe, SourceQuery, TraceSource } from './source.ts';
import { XrayApi } from './xray/api.ts';
import { filterExpression, tracesOf } from './xray/list.ts';
import { LogsApi } from './xray/logsApi.ts';
import { XrayOpener, type Destination } from './xray/open.ts';
import { COST_NOTE, SPANS_GROUP, spansNotes, spansQuestion, tracesOfSpans } from './xray/spanSearch.ts';

const SECOND_NS = 1_000_000_000n;
const HOUR_NS = 3600n * SECOND_NS;
/** Pages without a trace that are followed within one: a filter that matches little is searched page by page. */
const EMPTY_PAGES = 5;
const SHARED_MS = 30_000;

export const xray: BackendKind = {
  kind: 'xray',
  label: 'AWS X-Ray',
  needsUrl: false,
  takesUrl: true,
  localUrls: [],
  fields: [
    { key: 'region', label: 'Region', help: 'The AWS region that the traces are sent to, such as eu-central-1. Each region is a connection of its own.', required: true, placeholder: 'eu-central-1' },
    { key: 'group', label: 'Group', help: 'An X-Ray group: only traces that fit its filter are listed. Empty for all.', required: false, listed: true },
    { key: 'timeRange', label: 'Time of a trace', help: 'What the list is searched by: TraceId (start, by the id), Event (last change) or Service (end of segments). Event or Service where ids are random W3C ids.', required: false, placeholder: 'TraceId' },
  ],
  auth: ['aws'],
  signedAs: 'xray',
  metered: true,
  recognise,
  source: (context) => new XraySource(context),
};

class XraySource implements TraceSource {
  readonly capabilities: SourceCapabilities;
  readonly #context: SourceContext;
  readonly #api: XrayApi;
  readonly #logs: LogsApi;
  readonly #opener: XrayOpener;
  #destination: Promise<Destination> | undefined;
  #known: Destination = 'unknown';
  #indexing: Promise<string> | undefined;

  constructor(context: SourceContext) {
    const searchesLogs = (): boolean => this.#known === 'CloudWatchLogs' && this.#knowsLogs();
    this.capabilities = {
      filters: ['service', 'attributes', 'minDurationNs', 'errorsOnly'],
      order: 'newest',
      maxLimit: 1000,
      timeUnitNs: SECOND_NS,
      maxWindowNs: 6n * HOUR_NS,
      retentionNs: 30n * 24n * HOUR_NS,
      wholeTraces: false,
      cohortLimit: 20,
      cost: 'AWS bills every trace that a list scans or that is opened; with Transaction Search, the logs that opening scans as well.',
      get deepSearch() {
        return searchesLogs() ? { label: `all spans in ${SPANS_GROUP}`, costNote: COST_NOTE } : undefined;
      },
    };
    this.#context = context;
    this.#api = new XrayApi(context);
    this.#logs = new LogsApi(context);
    this.#opener = new XrayOpener(this.#api, context.now, () => this.#whereto());
  }

  async probe(signal: AbortSignal): Promise<SourceProbe> {
    const end = Math.floor(this.#context.now() / 1000);
    await this.#api.ask('TraceSummaries', { StartTime: end - 60, EndTime: end }, signal);
    const groups = await this.#optional(async () => (await this.#api.all('Groups', {}, 'Groups', signal)).entries.map((group) => text(group['GroupName'])).filter((name) => name !== ''));
    const indexing = await this.#indexingNote();
    return { notes: [...(indexing === '' ? [] : [indexing]), ...('lacks' in groups ? [`Groups cannot be listed: ${groups.lacks}`] : [])], ...('lacks' in groups ? {} : { choices: { group: groups.value } }) };
  }

  async services(signal: AbortSignal): Promise<readonly string[]> {
    const end = Math.floor(this.#context.now() / 1000);
    const { entries } = await this.#api.all('ServiceGraph', { StartTime: end - 6 * 3600, EndTime: end }, 'Services', signal);
    return [...new Set(entries.filter((service) => text(service['Type']) !== 'client').map((service) => text(service['Name'])).filter((name) => name !== ''))].toSorted();
  }

  /** X-Ray has no names of operations: a segment is called as its service. */
  async operations(): Promise<readonly string[]> {
    return [];
  }

  async page(query: SourceQuery, signal: AbortSignal): Promise<SourcePage> {
    const expression = filterExpression(query, this.#context.config.options?.['group']);
    const body = {
      StartTime: Number(query.window.startNs / SECOND_NS),
      EndTime: Number((query.window.endNs + SECOND_NS - 1n) / SECOND_NS),
      TimeRangeType: timeRangeOf(this.#context.config.options?.['timeRange']),
      ...(expression === undefined ? {} : { FilterExpression: expression }),
    };
    let token = query.cursor ?? '';
    for (let asked = 1; ; asked++) {
      const answer = await this.#api.ask('TraceSummaries', { ...body, ...(token === '' ? {} : { NextToken: token }) }, signal);
      token = text(answer['NextToken']);
      const traces = tracesOf(answer, query.window);
      if (traces.length === 0 && token !== '' && asked < EMPTY_PAGES) continue;
      return { traces, full: token !== '', ...(token === '' ? {} : { cursor: token }), notes: await this.#notes(query) };
    }
  }

  async deepSearch(query: SourceQuery, signal: AbortSignal): Promise<SourcePage> {
    const answer = await this.#logs.run(spansQuestion(query), signal);
    const { traces, unread } = tracesOfSpans(answer);
    return { traces, full: answer.recordsMatched > answer.rows.length, notes: spansNotes(answer, unread, query) };
  }

  trace: TraceSource['trace'] = (ref, signal) => this.#opener.trace(ref, signal);

  async close(): Promise<void> {
    await Promise.all([this.#logs.close(), this.#opener.close()]);
  }

  async #notes(query: SourceQuery): Promise<string[]> {
    const indexing = await this.#indexingNote();
    return [
      ...(indexing === '' ? [] : [indexing]),
      ...(query.attributes === undefined || query.attributes.length === 0 ? [] : ['X-Ray finds annotations and fields of the request only; what stands in metadata is not indexed.']),
    ];
  }

  /** An endpoint of one's own is X-Ray's: where the logs behind it are asked, nobody said, and AWS's public address is not meant. */
  #knowsLogs(): boolean {
    return this.#context.config.url === undefined;
  }

  /** Asked once, for everybody: no single caller's end ends it. Where it failed for the moment, it is asked again next time. */
  #whereto(): Promise<Destination> {
    const ask = async (): Promise<Destination> => {
      const answer = await this.#optional(async () => text((await this.#api.ask('GetTraceSegmentDestination', {}, AbortSignal.timeout(SHARED_MS)))['Destination']));
      if ('lacks' in answer && answer.forNow) this.#destination = undefined;
      this.#known = 'lacks' in answer ? 'unknown' : answer.value === 'CloudWatchLogs' ? 'CloudWatchLogs' : 'XRay';
      return this.#known;
    };
    const asked = (this.#destination ??= ask());
    asked.catch(() => (this.#destination = undefined));
    return asked;
  }

  /** "" where everything that was sent is in the list. */
  #indexingNote(): Promise<string> {
    const ask = async (): Promise<string> => {
      const destination = await this.#whereto();
      if (this.#destination === undefined) this.#indexing = undefined;
      return destination === 'CloudWatchLogs' ? this.#indexingRate(AbortSignal.timeout(SHARED_MS)) : '';
    };
    const asked = (this.#indexing ??= ask());
    asked.catch(() => (this.#indexing = undefined));
    return asked;
  }

  async #indexingRate(signal: AbortSignal): Promise<string> {
    const rate = await this.#optional(async () => {
      const { entries } = await this.#api.all('GetIndexingRules', {}, 'IndexingRules', signal);
      const rules = entries.map(({ Rule: rule }) => (isObject(rule) && isObject(rule['Probabilistic']) ? rule['Probabilistic'] : {}));
      return rules.map((rule) => rule['ActualSamplingPercentage'] ?? rule['DesiredSamplingPercentage']).find((value) => typeof value === 'number');
    });
    const share = 'lacks' in rate ? `a share of the traces that cannot be read (${rate.lacks.replace(/\.$/, '')})` : rate.value === undefined ? 'a share of the traces' : `${rate.value} % of the traces`;
    return `Transaction Search is on: the list holds ${share}, as the indexing rule says. Others open by their id${this.#knowsLogs() ? ', or are found by searching all spans' : ''}.`;
  }

  /** For what is good to know and not needed: a missing right, or a server that has no such thing, is said and no fault. `forNow`: that may be another next time. */
  async #optional<T>(work: () => Promise<T>): Promise<{ readonly value: T } | { readonly lacks: string; readonly forNow: boolean }> {
    try {
      return { value: await work() };
    } catch (error) {
      if (!(error instanceof BackendError) || !['auth', 'notFound', 'unsupported', 'server', 'badData'].includes(error.kind)) throw error;
      return { lacks: error.message, forNow: error.kind === 'server' };
    }
  }
}

function timeRangeOf(option: string | undefined): string {
  if (option === undefined || option === '') return 'TraceId';
  if (['TraceId', 'Event', 'Service'].includes(option)) return option;
  throw new BackendError('unsupported', `The time of a trace is TraceId, Event or Service, not ${JSON.stringify(option.slice(0, 40))}; edit the connection.`);
}

const CONSOLE = /(?:^|\.)console\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)$/;
const ENDPOINT = /^xray\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

/** The console's pages of X-Ray and of CloudWatch's traces, and the API's own addresses. */
function recognise(url: URL): Recognised | undefined {
  const endpoint = ENDPOINT.exec(url.hostname)?.[1];
  if (endpoint !== undefined) return { name: `X-Ray ${endpoint}`, options: { region: endpoint }, auth: 'aws' };
  if (!CONSOLE.test(url.hostname)) return undefined;
  const rest = decodedHash(url.hash);
  if (!/^\/xray\b/.test(url.pathname) && !(/^\/cloudwatch\b/.test(url.pathname) && /xray|trace|transaction-search|application-signals/i.test(rest))) return undefined;
  const region = url.searchParams.get('region') ?? /(?:^|\.)([a-z]{2,4}(?:-[a-z]+)+-\d{1,2})\.console\./.exec(url.hostname)?.[1];
  const traceId = hexOfXrayId(/1-[0-9a-f]{8}-[0-9a-f]{24}/i.exec(rest)?.[0] ?? /traces?\/([0-9a-f]{32})\b/i.exec(rest)?.[1] ?? '');
  return { name: region === undefined ? 'X-Ray' : `X-Ray ${region}`, options: region === undefined ? {} : { region }, auth: 'aws', ...(traceId === undefined ? {} : { traceId }) };
}

function decodedHash(hash: string): string {
  try {
    // The console's own escape character is $.
    return decodeURIComponent(hash.replaceAll('$', '%'));
  } catch (error) {
    if (error instanceof URIError) return hash;
    throw error;
  }
}

