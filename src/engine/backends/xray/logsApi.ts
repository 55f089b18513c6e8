// CloudWatch Logs Insights as calls: a query is started, asked after and stopped (service model logs 2014-03-28, JSON 1.1). What it scans is
// billed, so that a start is never repeated, and a query nobody waits for is stopped. Must not know what is looked for.
import { isObject, items, type JsonObject, text } from '../../../formats/jsonFields.ts';
import { DEEP_SEARCH_MS } from '../../../protocol/connections.ts';
import { pausedFor } from '../../network/abortable.ts';
import { parsedJson } from '../../network/httpClient.ts';
import { BackendError } from '../backend.ts';
import type { SourceContext } from '../source.ts';
import { endpointOf } from './api.ts';
import { awsErrorOf, awsProblem } from './awsErrors.ts';
import { StartedWork, unlessTooOften } from './startedWork.ts';

type Operation = 'StartQuery' | 'GetQueryResults' | 'StopQuery';

export interface LogsQuestion {
  readonly logGroup: string;
  readonly query: string;
  /** Epoch seconds, both inclusive. */
  readonly startTime: number;
  readonly endTime: number;
}

export interface LogsAnswer {
  /** By field. */
  readonly rows: readonly Readonly<Record<string, string>>[];
  readonly bytesScanned: number;
  readonly recordsScanned: number;
  /** How many fit the query, also beyond its limit. */
  readonly recordsMatched: number;
}

/** It may be asked five times a second, by everybody in the account. */
const [FIRST_POLL_MS, SLOWEST_POLL_MS] = [400, 3_000];

export class LogsApi {
  readonly #context: SourceContext;
  readonly #searches = new StartedWork();

  constructor(context: SourceContext) {
    this.#context = context;
  }

  /** Throws BackendError. Where it ends without an answer, the query is stopped. */
  run({ logGroup, query, startTime, endTime }: LogsQuestion, signal: AbortSignal): Promise<LogsAnswer> {
    return this.#searches.run({
      what: `The search in ${logGroup}`,
      start: async (until) => text((await this.#ask('StartQuery', { logGroupName: logGroup, queryString: query, startTime, endTime }, until, logGroup))['queryId']),
      answer: async (queryId, until) => {
        if (queryId === '') throw new BackendError('badData', `logs StartQuery answered no query for ${logGroup}.`);
        return this.#finished(queryId, logGroup, until);
      },
      stop: (queryId, until) => this.#ask('StopQuery', { queryId }, until, logGroup),
    }, signal);
  }

  /** Stops what runs; to be called while AWS can still be asked. */
  close(): Promise<void> {
    return this.#searches.close();
  }

  async #finished(queryId: string, logGroup: string, signal: AbortSignal): Promise<LogsAnswer> {
    const from = this.#context.now();
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(SLOWEST_POLL_MS, pause * 1.5)) {
      const answer = await unlessTooOften(this.#ask('GetQueryResults', { queryId }, signal, logGroup));
      const status = answer === undefined ? 'Running' : text(answer['status']);
      if (answer !== undefined && status === 'Complete') return answerOf(answer);
      if (status !== 'Scheduled' && status !== 'Running') throw new BackendError(status === 'Timeout' ? 'timeout' : 'server', `CloudWatch Logs did not finish the search in ${logGroup} (${status === '' ? 'no status' : status}); try again, or search a shorter time.`);
      if (this.#context.now() - from > DEEP_SEARCH_MS) throw new BackendError('timeout', `CloudWatch Logs has not finished the search in ${logGroup} within ${DEEP_SEARCH_MS / 60_000} minutes, so it was stopped; search a shorter time.`);
      await pausedFor(pause, signal);
    }
  }

  async #ask(operation: Operation, body: JsonObject, signal: AbortSignal, logGroup: string): Promise<JsonObject> {
    const { config, http } = this.#context;
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `Logs_20140328.${operation}`, accept: 'application/json' };
    const answer = await http.request({ method: 'POST', path: `${endpointOf(config.options?.['region'], 'logs')}/`, headers, body: JSON.stringify(body), readOnly: operation === 'GetQueryResults', atOnce: operation === 'StopQuery' }, signal);
    const what = `logs ${operation}`;
    if (answer.status < 200 || answer.status > 299) {
      const { type, message } = awsErrorOf(answer);
      const says = message === '' ? '' : `: ${message}`;
      if (type.startsWith('LimitExceeded')) throw new BackendError('rateLimit', `As many searches as AWS allows at once are running in this account and region; wait for one to end, and search again${says}.`);
      if (type.startsWith('ResourceNotFound')) throw new BackendError('notFound', `There is no log group ${logGroup} in this region, so no span was ever kept there${says}.`);
      if (type.startsWith('MalformedQuery')) throw new BackendError('badData', `CloudWatch Logs does not understand the search${says}.`);
      throw awsProblem(answer, { what, action: `logs:${operation}`, allowed: ` on the log group ${logGroup}; a search takes logs:StartQuery, logs:GetQueryResults and logs:StopQuery` });
    }
    const parsed = parsedJson(answer, what);
    if (!isObject(parsed)) throw new BackendError('badData', `${what} answered something that is not an object.`);
    return parsed;
  }
}

function answerOf(answer: JsonObject): LogsAnswer {
  const statistics = isObject(answer['statistics']) ? answer['statistics'] : {};
  const number = (name: string): number => (typeof statistics[name] === 'number' ? statistics[name] : 0);
  const rows = items(answer['results']).map((row) => Object.fromEntries(items(row).filter(isObject).map(({ field, value }) => [text(field), text(value)])));
  return { rows, bytesScanned: number('bytesScanned'), recordsScanned: number('recordsScanned'), recordsMatched: number('recordsMatched') };
}
