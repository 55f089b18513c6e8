// X-Ray as its service model and developer guide describe it: signed requests, strict parameters, lists newest first in pages (also empty ones)
// with tokens bound to their question, traces by at most 5 ids, retrievals that take their time. Throttles and denies when told to.
import { FakeLogs, type FakeLogsOptions } from './cloudWatchLogs.ts';
import type { FakeAnswer, FakeRequest, FakeServer } from './jsonServer.ts';
import { jsonServer } from './jsonServer.ts';
import { signatureProblem, type AwsKeys } from './sigv4.ts';
import { parseFilter, type FilteredTrace } from './xrayFilter.ts';
import { modelProblem, OPERATIONS } from './xrayModel.ts';

export interface FakeXrayTrace extends FilteredTrace {
  /** 1-…: its first part is the start's seconds. */
  readonly id: string;
  /** Epoch seconds. */
  readonly start: number;
  readonly partial?: boolean;
  /** Segment documents as JSON. */
  readonly documents: readonly string[];
  /** Transaction Search picked it for the list. */
  readonly indexed?: boolean;
}

export interface FakeXrayOptions {
  readonly keys: AwsKeys;
  readonly region?: string;
  readonly traces: readonly FakeXrayTrace[];
  readonly pageSize?: number;
  /** Pages with a token and nothing else before each page. */
  readonly emptyPages?: number;
  readonly destination?: 'XRay' | 'CloudWatchLogs';
  readonly indexingPercentage?: number;
  /** Actions that are not allowed. */
  readonly denied?: readonly string[];
  /** Polls after which a retrieval is complete. */
  readonly polls?: number;
  readonly retrievalEnds?: string;
  /** A retrieval starts without a name. */
  readonly noToken?: boolean;
  /** Requests that are answered 429 first. */
  readonly throttled?: number;
  /** By path: requests that are carried out, and whose answer is this all the same: of a gateway between, or of a throttle. */
  readonly lostAnswers?: Readonly<Record<string, { readonly status: 429 | 503; readonly times: number }>>;
  readonly groups?: readonly string[];
  readonly now?: () => number;
  /** CloudWatch Logs beside it, in the same region. */
  readonly logs?: Partial<FakeLogsOptions>;
  /** Retrievals answer spans as they are in the log group, whatever format was asked for. */
  readonly retrievedSpans?: readonly string[];
}

export interface FakeXray extends FakeServer {
  /** Paths, in order. */
  readonly asked: string[];
  readonly bodies: Readonly<Record<string, unknown>>[];
  readonly logs: FakeLogs;
}

export const FAKE_REGION = 'eu-central-1';
const MAX_RANGE_S = 6 * 3600;

export async function fakeXray(options: FakeXrayOptions): Promise<FakeXray> {
  const asked: string[] = [];
  const bodies: Readonly<Record<string, unknown>>[] = [];
  const server = new Server(options);
  const { keys, region = FAKE_REGION, now = Date.now } = options;
  const logs = new FakeLogs({ keys, region, now, ...options.logs });
  const listening = await jsonServer((request) => {
    if (request.headers['host'] === `logs.${region}.amazonaws.com`) return logs.answer(request);
    asked.push(request.url.pathname);
    const answer = server.answer(request);
    bodies.push(JSON.parse(new TextDecoder().decode(request.body) || '{}') as Record<string, unknown>);
    return answer;
  });
  return { ...listening, asked, bodies, logs };
}

class Server {
  readonly #options: FakeXrayOptions;
  #throttled: number;
  readonly #lost = new Map<string, number>();
  readonly #retrievals = new Map<string, { readonly traces: readonly FakeXrayTrace[]; polls: number; cancelled: boolean }>();

  constructor(options: FakeXrayOptions) {
    this.#options = options;
    this.#throttled = options.throttled ?? 0;
  }

  answer(request: FakeRequest): FakeAnswer {
    const { keys, region = FAKE_REGION, now = Date.now, denied = [] } = this.#options;
    const operation = OPERATIONS[request.url.pathname];
    if (operation === undefined || request.method !== 'POST') return { status: 404, body: { message: 'Unable to determine service/operation name to be authorized' } };
    const problem = signatureProblem(request, keys, { region, service: 'xray' }, now());
    if (problem !== undefined) return failed(403, problem, 'The request signature we calculated does not match the signature you provided.');
    if (denied.includes(operation.action)) {
      return failed(403, 'AccessDeniedException', `User: arn:aws:iam::123456789012:user/dev is not authorized to perform: ${operation.action} because no identity-based policy allows the ${operation.action} action`);
    }
    if (this.#throttled > 0) {
      this.#throttled--;
      return { ...failed(429, 'ThrottledException', 'Rate exceeded'), headers: { 'retry-after': '0' } };
    }
    const body = JSON.parse(new TextDecoder().decode(request.body)) as Record<string, unknown>;
    const wrong = modelProblem(operation, body);
    if (wrong !== undefined) return invalid(wrong);
    const answer = this.#operation(request.url.pathname, body);
    const lost = this.#options.lostAnswers?.[request.url.pathname];
    const before = this.#lost.get(request.url.pathname) ?? 0;
    if (lost === undefined || before >= lost.times) return answer;
    this.#lost.set(request.url.pathname, before + 1);
    return lost.status === 429 ? failed(429, 'ThrottledException', 'Rate exceeded') : failed(503, 'ServiceUnavailableException', 'Service unavailable');
  }

  #operation(path: string, body: Readonly<Record<string, unknown>>): FakeAnswer {
    const { destination = 'XRay', indexingPercentage = 1, groups = [], traces } = this.#options;
    switch (path) {
      case '/TraceSummaries':
        return this.#summaries(body);
      case '/Traces':
        return ok({ Traces: this.#named(body['TraceIds']).filter(() => destination === 'XRay').map(batched), UnprocessedTraceIds: destination === 'XRay' ? this.#unknown(body['TraceIds']) : body['TraceIds'] });
      case '/StartTraceRetrieval': {
        if (destination !== 'CloudWatchLogs') return invalid('Transaction Search is not enabled');
        const [from, to] = [Number(body['StartTime']), Number(body['EndTime'])];
        const token = `retrieval-${this.#retrievals.size + 1}`;
        this.#retrievals.set(token, { traces: this.#named(body['TraceIds']).filter(({ start, duration }) => start + duration >= from && start <= to), polls: 0, cancelled: false });
        return ok(this.#options.noToken === true ? {} : { RetrievalToken: token });
      }
      case '/ListRetrievedTraces':
        return this.#retrieved(body);
      case '/CancelTraceRetrieval': {
        const retrieval = this.#retrievals.get(String(body['RetrievalToken']));
        if (retrieval === undefined) return failed(404, 'ResourceNotFoundException', 'no such retrieval');
        retrieval.cancelled = true;
        return ok({});
      }
      case '/GetTraceSegmentDestination':
        return ok({ Destination: destination, Status: 'ACTIVE' });
      case '/GetIndexingRules':
        return ok({ IndexingRules: [{ Name: 'Default', ModifiedAt: 1, Rule: { Probabilistic: { DesiredSamplingPercentage: indexingPercentage, ActualSamplingPercentage: indexingPercentage } } }] });
      case '/Groups':
        return ok({ Groups: groups.map((name) => ({ GroupName: name, GroupARN: `arn:aws:xray:eu-central-1:1:group/${name}`, FilterExpression: 'fault' })) });
      default:
        return ok({ Services: [...new Set(traces.flatMap(({ services }) => services.map(({ name }) => name)))].map((name, k) => ({ ReferenceId: k, Name: name })).concat([{ ReferenceId: 99, Name: 'client', Type: 'client' } as never]) });
    }
  }

  #summaries(body: Readonly<Record<string, unknown>>): FakeAnswer {
    const { pageSize = 50, emptyPages = 0, traces } = this.#options;
    const [from, to] = [Number(body['StartTime']), Number(body['EndTime'])];
    if (to - from > MAX_RANGE_S) return invalid('The time range is too long');
    let test: (trace: FakeXrayTrace) => boolean;
    try {
      test = body['FilterExpression'] === undefined ? () => true : parseFilter(String(body['FilterExpression']));
    } catch (error) {
      return invalid(`Invalid filter expression: ${String(error)}`);
    }
    const question = JSON.stringify([from, to, body['FilterExpression'], body['TimeRangeType']]);
    const [page, empties, asked] = body['NextToken'] === undefined ? [0, 0, question] : (JSON.parse(Buffer.from(String(body['NextToken']), 'base64').toString()) as [number, number, string]);
    if (asked !== question) return invalid('The token was given to another question');
    const token = (nextPage: number, nextEmpty: number): string => Buffer.from(JSON.stringify([nextPage, nextEmpty, question])).toString('base64');
    if (empties < emptyPages) return ok({ TraceSummaries: [], TracesProcessedCount: 0, ApproximateTime: to, NextToken: token(page, empties + 1) });
    const found = traces.filter((trace) => trace.indexed !== false && trace.start >= from && trace.start < to && test(trace)).toSorted((a, b) => b.start - a.start);
    const end = (page + 1) * pageSize;
    return ok({ TraceSummaries: found.slice(page * pageSize, end).map(summary), TracesProcessedCount: found.length, ApproximateTime: to, ...(end < found.length ? { NextToken: token(page + 1, 0) } : {}) });
  }

  #retrieved(body: Readonly<Record<string, unknown>>): FakeAnswer {
    const retrieval = this.#retrievals.get(String(body['RetrievalToken']));
    if (retrieval === undefined) return failed(404, 'ResourceNotFoundException', 'no such retrieval');
    if (retrieval.cancelled) return ok({ RetrievalStatus: 'CANCELLED', TraceFormat: 'XRAY', Traces: [] });
    const { polls = 1, retrievalEnds = 'COMPLETE', retrievedSpans } = this.#options;
    const status = retrieval.polls++ < polls ? (retrieval.polls === 1 ? 'SCHEDULED' : 'RUNNING') : retrievalEnds;
    const traces = status === 'COMPLETE' ? retrieval.traces.map(({ id, duration, documents }) => ({ Id: id, Duration: duration, Spans: retrievedSpans?.map((document) => ({ Document: document })) ?? documents.map(entry) })) : [];
    return ok({ RetrievalStatus: status, TraceFormat: retrievedSpans === undefined ? (body['TraceFormat'] ?? 'XRAY') : 'OTEL', Traces: traces });
  }

  #named(ids: unknown): readonly FakeXrayTrace[] {
    return this.#options.traces.filter(({ id }) => (ids as readonly string[]).includes(id));
  }

  #unknown(ids: unknown): readonly string[] {
    return (ids as readonly string[]).filter((id) => !this.#options.traces.some((trace) => trace.id === id));
  }
}

const entry = (document: string): object => ({ Id: (JSON.parse(document) as { id: string }).id, Document: document });
const batched = ({ id, duration, documents }: FakeXrayTrace): object => ({ Id: id, Duration: duration, LimitExceeded: false, Segments: documents.map(entry) });

function summary({ id, start, duration, fault, error, throttle, partial = false, services, http, annotations }: FakeXrayTrace): object {
  return {
    Id: id, StartTime: start, Duration: duration, ResponseTime: duration, HasFault: fault, HasError: error, HasThrottle: throttle, IsPartial: partial,
    Http: { ...(http['http.url'] === undefined ? {} : { HttpURL: http['http.url'] }), ...(http['http.method'] === undefined ? {} : { HttpMethod: http['http.method'] }), ...(http['http.status'] === undefined ? {} : { HttpStatus: http['http.status'] }) },
    Annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [key, [{ AnnotationValue: typeof value === 'string' ? { StringValue: value } : typeof value === 'number' ? { NumberValue: value } : { BooleanValue: value } }]])),
    Users: [], ServiceIds: services.map(({ name }) => ({ Name: name, Names: [name] })), EntryPoint: services[0] === undefined ? undefined : { Name: services[0].name, Names: [services[0].name] },
    FaultRootCauses: services.some(({ failed: bad }) => bad) ? [{ Services: [] }] : [], ErrorRootCauses: [], ResponseTimeRootCauses: [], Revision: 1,
  };
}

const ok = (body: unknown): FakeAnswer => ({ status: 200, body });
const failed = (status: number, type: string, message: string): FakeAnswer => ({ status, headers: { 'x-amzn-errortype': type }, body: { __type: `com.amazonaws.xray#${type}`, message } });
const invalid = (message: string): FakeAnswer => failed(400, 'InvalidRequestException', message);
