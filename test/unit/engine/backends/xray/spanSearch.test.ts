// The search of all spans in aws/spans over a strict fake of CloudWatch Logs: what it finds beyond X-Ray's list, what it says it cost, how its rows
// open, and that a query nobody waits for is stopped.
import assert from 'node:assert/strict';
import { BackendError, type DeepQuery, type SearchPage } from '../../../../../src/engine/backends/backend.ts';
import type { SourceQuery } from '../../../../../src/engine/backends/source.ts';
import { LogsApi } from '../../../../../src/engine/backends/xray/logsApi.ts';
import { spansNotes, spansQuestion, tracesOfSpans } from '../../../../../src/engine/backends/xray/spanSearch.ts';
import { ConnectionClient, NO_AUTHORIZER, type Transport } from '../../../../../src/engine/network/connectionClient.ts';
import { loggedSpan, type LoggedSpan } from '../../../../support/fakes/cloudWatchLogs.ts';
import { FAKE_REGION, type FakeXrayOptions } from '../../../../support/fakes/xray.ts';
import { xrayTrace } from '../../../../support/fakes/xrayTraces.ts';
import { startStub } from '../../../../support/stubServer.ts';
import { NOW_S, xrayConnected, type XrayConnected } from '../../../../support/xrayConnected.ts';

const signal = new AbortController().signal;
const SECOND = 1_000_000_000n;
const NOW = BigInt(NOW_S) * SECOND;
const HOUR = { startNs: NOW - 3600n * SECOND, endNs: NOW };

const traceId = (k: number): string => `6b${k.toString(16).padStart(30, '0')}`;
const spanId = (k: number): string => (0xa000 + k).toString(16).padStart(16, '0');

/** A call of the shop and of its database in it, a minute apart; every third database call fails, the seventh is slow. */
const spans: readonly LoggedSpan[] = Array.from({ length: 12 }, (_, k) => {
  const startNs = NOW - BigInt(k + 1) * 60n * SECOND + 123_456_789n;
  const root = { traceId: traceId(k), spanId: spanId(2 * k), name: k % 2 === 0 ? 'GET /cart' : 'POST /order', service: 'shop', startNs, durationNs: k === 7 ? 5n * SECOND : 200_000_001n, attributes: { 'http.response.status_code': k % 3 === 0 ? 500 : 200, tier: k % 4 === 0 ? 'gold' : 'basic' } };
  return [loggedSpan(root), loggedSpan({ traceId: traceId(k), spanId: spanId(2 * k + 1), parentSpanId: spanId(2 * k), name: 'SELECT', service: 'db', startNs: startNs + 1000n, durationNs: 50_000_000n, failed: k % 3 === 0 })];
}).flat();

describe('engine/backends/xray: searching all spans', () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  async function set(logs: FakeXrayOptions['logs'] = {}, more: Partial<FakeXrayOptions> = {}): Promise<XrayConnected> {
    const made = await xrayConnected({ destination: 'CloudWatchLogs', logs: { spans, ...logs }, ...more });
    ends.push(() => made.close());
    return made;
  }

  const deep = ({ backend }: XrayConnected, query: Partial<DeepQuery> = {}, until = signal): Promise<SearchPage> => backend.deepSearch!({ window: HOUR, ...query }, until);
  const kindOfError = (kind: string, says: RegExp) => (error: unknown): boolean => {
    assert.ok(error instanceof BackendError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, says);
    return true;
  };

  it('is offered where Transaction Search keeps spans in logs, and nowhere else', async () => {
    const made = await set();
    assert.equal(made.source.capabilities.deepSearch, undefined, 'not known before it was asked');
    await made.backend.search({ group: 'recent', sort: 'newest', limit: 5 }, signal);
    assert.deepEqual(made.source.capabilities.deepSearch, { label: 'all spans in aws/spans', costNote: 'about $0.005 per GB scanned' });
    assert.deepEqual(made.fake.logs.asked, [], 'lists never ask it');
    const plain = await set({}, { destination: 'XRay' });
    await plain.backend.search({ group: 'recent', sort: 'newest', limit: 5 }, signal);
    assert.equal(plain.source.capabilities.deepSearch, undefined);
    await assert.rejects(deep(plain), kindOfError('unsupported', /nothing to search beyond its lists/));
  });

  it('is not offered at an endpoint of one’s own, which is X-Ray’s alone', async () => {
    const asked: string[] = [];
    const server = await startStub((request, response) => {
      asked.push(request.url!);
      response.end(JSON.stringify({ Destination: 'CloudWatchLogs', IndexingRules: [], TraceSummaries: [] }));
    });
    ends.push(() => server.close());
    const made = await xrayConnected({}, { url: server.origin });
    ends.push(() => made.close());
    const { notes } = await made.backend.search({ group: 'recent', sort: 'newest', limit: 5 }, signal);
    assert.ok(asked.includes('/GetTraceSegmentDestination'));
    assert.equal(made.source.capabilities.deepSearch, undefined);
    assert.match(notes.join(), /Transaction Search is on.*Others open by their id\.$/);
    await assert.rejects(deep(made), kindOfError('unsupported', /nothing to search beyond its lists/));
  });

  const offered = async (logs: FakeXrayOptions['logs'] = {}, more: Partial<FakeXrayOptions> = {}): Promise<XrayConnected> => {
    const made = await set(logs, more);
    await made.backend.search({ group: 'recent', sort: 'newest', limit: 5 }, signal);
    return made;
  };

  it('finds traces by their first spans, to the nanosecond, newest first, and says what was scanned and what it cost', async () => {
    const made = await offered({ polls: 3 });
    const { traces, notes, total } = await deep(made);
    assert.equal(total, 12);
    assert.deepEqual(traces.map(({ summary }) => summary.traceId), Array.from({ length: 12 }, (_, k) => traceId(k)));
    const [first] = traces;
    assert.deepEqual([first!.summary.rootService, first!.summary.rootName, first!.summary.startUnixNano, first!.summary.durationNs, first!.summary.errors], ['shop', 'GET /cart', NOW - 60n * SECOND + 123_456_789n, 200_000_001n, 0]);
    assert.deepEqual(first!.unknown, ['spans', 'services', 'errors']);
    assert.deepEqual(first!.ref, { traceId: traceId(0), startUnixNano: String(NOW - 60n * SECOND + 123_456_789n), endUnixNano: String(NOW - 60n * SECOND + 323_456_790n) });
    assert.match(notes[0]!, /^Searched aws\/spans from 2026-11-28T\d\d:\d\d:\d\dZ to 2026-11-28T\d\d:\d\d:\d\dZ: \d+ kB in 24 spans scanned, about \$0\.0000; the price differs by region\.$/);
    assert.match(notes[1]!, /found by their first span/);
    assert.deepEqual(made.fake.logs.asked.map(({ operation }) => operation), ['StartQuery', 'GetQueryResults', 'GetQueryResults', 'GetQueryResults', 'GetQueryResults']);
    assert.deepEqual([made.fake.logs.asked[0]!.body['startTime'], made.fake.logs.asked[0]!.body['endTime']], [NOW_S - 3600, NOW_S]);
  });

  for (const [what, query, wanted] of [
    ['errors, wherever they are', { errorsOnly: true }, [0, 3, 6, 9]],
    ['a service below the root', { service: 'db' }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    ['an operation', { operation: 'POST /order' }, [1, 3, 5, 7, 9, 11]],
    ['a duration', { minDurationNs: 1e9 }, [7]],
    ['an attribute', { attributes: [{ key: 'tier', value: 'gold' }] }, [0, 4, 8]],
    ['an attribute that is a number', { attributes: [{ key: 'http.response.status_code', value: '500' }] }, [0, 3, 6, 9]],
    ['all at once, on one span', { service: 'shop', operation: 'GET /cart', attributes: [{ key: 'tier', value: 'gold' }, { key: 'http.response.status_code', value: '200' }] }, [4, 8]],
    ['text, which is matched here', { text: 'cart' }, [0, 2, 4, 6, 8, 10]],
  ] as const) {
    it(`finds by ${what}`, async () => {
      const made = await offered();
      const { traces, notes } = await deep(made, query as Partial<DeepQuery>);
      assert.deepEqual(traces.map(({ summary }) => summary.traceId), wanted.map(traceId));
      assert.equal(notes.some((note) => /6 of the 12 traces found do not have "cart"/.test(note)), 'text' in query);
    });
  }

  it('finds a service by the name that Application Signals gives it, where it has no other', async () => {
    const { resource: _none, ...span } = loggedSpan({ traceId: traceId(1), spanId: spanId(1), name: 'GET /', service: '', startNs: NOW - 60n * SECOND, durationNs: 1000n, attributes: { 'aws.local.service': 'billing' } });
    const made = await offered({ spans: [span] });
    for (const query of [{}, { service: 'billing' }]) assert.deepEqual((await deep(made, query)).traces.map(({ summary }) => summary.rootService), ['billing']);
    assert.deepEqual((await deep(made, { service: 'shop' })).traces, []);
  });

  it('a trace that is known by a span in the middle says what is not known, and is opened with room around it', async () => {
    const made = await offered();
    const [found] = (await deep(made, { errorsOnly: true })).traces;
    assert.deepEqual(found!.unknown, ['spans', 'services', 'root', 'duration']);
    assert.deepEqual([found!.summary.rootName, found!.summary.errors, found!.summary.services], ['', 1, ['db']]);
    assert.equal(BigInt(found!.ref.endUnixNano!) - BigInt(found!.ref.startUnixNano!), 1800n * SECOND + 50_000_000n);
  });

  it('what it found opens by a retrieval of its times', async () => {
    const start = NOW_S - 60;
    const trace = xrayTrace(1, start, { id: `1-${traceId(0).slice(0, 8)}-${traceId(0).slice(8)}`, indexed: false });
    const made = await offered({}, { traces: [trace] });
    const [found] = (await deep(made, { operation: 'GET /cart' })).traces;
    assert.equal((await made.source.trace(found!.ref, signal)).batches[0]!.count, 2);
    const started = made.fake.bodies[made.fake.asked.indexOf('/StartTraceRetrieval')]!;
    assert.deepEqual([started['StartTime'], started['EndTime']], [start - 60, start + 61]);
  });

  it('says so where more spans match than are brought', () => {
    const rows = spans.slice(0, 2).map((span) => ({ traceId: String(span['traceId']), '@timestamp': '2026-11-28 09:00:00.250' }));
    const answer = { rows: [...rows, { traceId: 'zz' }], bytesScanned: 2_345_678_901, recordsScanned: 7_000_000, recordsMatched: 9 };
    const { traces, unread } = tracesOfSpans(answer);
    assert.deepEqual(spansNotes(answer, unread, { window: HOUR, limit: 3, errorsOnly: true }), [
      'Searched aws/spans from 2026-11-28T20:06:40Z to 2026-11-28T21:06:40Z: 2.35 GB in 7000000 spans scanned, about $0.0117; the price differs by region.',
      'A trace is found by the spans that match; what else is in it shows when it is opened.',
      '9 spans match; the latest 3 of them were brought. Search a shorter time for the others.',
      '1 span without a trace id or a time was left out.',
    ]);
    assert.deepEqual([traces.length, unread, traces[0]!.summary.startUnixNano], [1, 1, BigInt(Date.UTC(2026, 10, 28, 9, 0, 0, 250)) * 1_000_000n]);
  });

  it('times that were written as a double are read as near as they say', () => {
    const { traces } = tracesOfSpans({ rows: [{ traceId: traceId(1), startTimeUnixNano: '1.795900000123E18', durationNano: '5E+8' }], bytesScanned: 0, recordsScanned: 0, recordsMatched: 1 });
    assert.deepEqual([traces[0]!.summary.startUnixNano, traces[0]!.summary.durationNs], [1_795_900_000_123_000_064n, 500_000_000n], 'to the 256 ns that a double tells apart');
  });

  it('a question holds what was meant, and nothing that ends it early', () => {
    const question = (query: Partial<SourceQuery>): string => spansQuestion({ window: HOUR, limit: 10, ...query }).query;
    assert.equal(question({ service: 'a b', attributes: [{ key: 'my-key', value: 'x' }] }), 'fields @timestamp, traceId, spanId, parentSpanId, name, startTimeUnixNano, endTimeUnixNano, durationNano, status.code, resource.attributes.service.name, attributes.aws.local.service | filter ispresent(traceId) and (resource.attributes.service.name = "a b" or attributes.aws.local.service = "a b") and `attributes.my-key` = "x" | sort @timestamp desc | limit 10');
    for (const query of [{ service: 'a" or "1"="1' }, { operation: 'a\\' }, { attributes: [{ key: 'k` = 1 or `x', value: 'x' }] }, { attributes: [{ key: 'k | limit 1', value: 'x' }] }, { attributes: [{ key: 'k', value: 'a\nb' }] }]) assert.throws(() => question(query), kindOfError('unsupported', /Logs Insights/));
  });

  describe('where it goes wrong', () => {
    for (const [what, logs, kind, says] of [
      ['a missing right is named, and what a search takes', { denied: ['logs:StartQuery'] }, 'auth', /lack the right logs:StartQuery\. Allow that action on the log group aws\/spans; a search takes logs:StartQuery, logs:GetQueryResults and logs:StopQuery: User/],
      ['also the right to read what came', { denied: ['logs:GetQueryResults'] }, 'auth', /lack the right logs:GetQueryResults/],
      ['too many at once', { busy: 1 }, 'rateLimit', /as AWS allows at once are running.*concurrency limit/],
      ['an answer that was lost', { lost: 1 }, 'server', /logs StartQuery failed on the server \(503\)/],
      ['there is no such log group', { spans: undefined }, 'notFound', /no log group aws\/spans in this region/],
      ['it failed', { polls: 0, ends: 'Failed' }, 'server', /did not finish the search in aws\/spans \(Failed\)/],
      ['it ran out of time', { polls: 0, ends: 'Timeout' }, 'timeout', /\(Timeout\)/],
      ['somebody stopped it', { polls: 0, ends: 'Cancelled' }, 'server', /\(Cancelled\)/],
    ] as const) {
      it(what, async () => {
        const made = await offered(logs as FakeXrayOptions['logs']);
        await assert.rejects(deep(made), kindOfError(kind, says));
        assert.equal(made.fake.logs.asked.filter(({ operation }) => operation === 'StartQuery').length, 'denied' in logs && logs.denied[0] === 'logs:StartQuery' ? 0 : 1, 'what costs is never asked again by itself');
      });
    }

    const stops = async ({ fake }: XrayConnected): Promise<readonly unknown[]> => {
      for (let k = 0; k < 100 && !fake.logs.asked.some(({ operation }) => operation === 'StopQuery'); k++) await new Promise((resolve) => setTimeout(resolve, 10));
      return fake.logs.asked.filter(({ operation }) => operation === 'StopQuery').map(({ body }) => body['queryId']);
    };

    it('a search that is given up is stopped', async () => {
      const made = await offered({ polls: 1000 });
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 100);
      await assert.rejects(deep(made, {}, stop.signal), kindOfError('aborted', /cancelled/));
      assert.deepEqual(await stops(made), ['query-1']);
    });

    it('being asked after too often is no reason to give up what was paid for', async () => {
      const made = await offered({ throttled: 2, polls: 0 });
      assert.equal((await deep(made)).traces.length, 12);
      assert.deepEqual(made.fake.logs.asked.map(({ operation }) => operation), ['StartQuery', 'GetQueryResults', 'GetQueryResults', 'GetQueryResults']);
    });

    it('also one that was given up while it started', async () => {
      const made = await offered({ polls: 1000 });
      const stop = new AbortController();
      const searching = deep(made, {}, stop.signal);
      stop.abort();
      await assert.rejects(searching, kindOfError('aborted', /cancelled/));
      assert.deepEqual(await stops(made), ['query-1']);
    });

    for (const [what, runsMs] of [['that runs', 100], ['that starts', 0]] as const) {
      it(`one ${what} is stopped when its connection ends, while that can still be asked for`, async () => {
        const made = await offered({ polls: 1000 });
        const searching = assert.rejects(deep(made), kindOfError('aborted', /cancelled/));
        await new Promise((resolve) => setTimeout(resolve, runsMs));
        await made.source.close!();
        assert.deepEqual(made.fake.logs.asked.at(-1), { operation: 'StopQuery', body: { queryId: 'query-1' } });
        await searching;
        const asked = made.fake.logs.asked.length;
        await assert.rejects(deep(made), kindOfError('aborted', /cancelled/));
        await new Promise((resolve) => setTimeout(resolve, 100));
        assert.equal(made.fake.logs.asked.length, asked, 'nothing is started any more');
      });
    }

    it('also where as many requests went out as the user allows in a minute', async () => {
      const asked: string[] = [];
      const answers: Readonly<Record<string, unknown>> = { StartQuery: { queryId: 'q' }, GetQueryResults: { status: 'Running' }, StopQuery: { success: true } };
      const send: Transport['send'] = async ({ headers }) => {
        const operation = headers['x-amz-target']!.split('.')[1]!;
        asked.push(operation);
        return { status: 200, headers: {}, wireBytes: 0, body: Buffer.from(JSON.stringify(answers[operation])) };
      };
      const http = new ConnectionClient({ base: undefined, provesWholeAddresses: true, maxRequestsPerMinute: 2, authorizer: NO_AUTHORIZER, transport: { send, close: async () => undefined } });
      const api = new LogsApi({ config: { id: 'x', kind: 'xray', name: 'X', options: { region: FAKE_REGION } }, http, now: Date.now, changed: () => undefined });
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 100);
      await assert.rejects(api.run({ logGroup: 'aws/spans', query: 'fields a', startTime: 1, endTime: 2 }, stop.signal), kindOfError('aborted', /cancelled/));
      await api.close();
      assert.deepEqual(asked, ['StartQuery', 'GetQueryResults', 'StopQuery']);
    });

    it('the end of a connection does not wait for long for AWS', async () => {
      const made = await offered({ hangs: 'StopQuery', polls: 1000 });
      const searching = assert.rejects(deep(made), kindOfError('aborted', /cancelled/));
      await new Promise((resolve) => setTimeout(resolve, 100));
      const from = performance.now();
      await made.source.close!();
      await searching;
      const took = performance.now() - from;
      assert.ok(took > 1_500 && took < 3_500, `${took} ms`);
    });

    it('one that answered is not', async () => {
      const made = await offered();
      await deep(made);
      assert.equal(made.fake.logs.asked.some(({ operation }) => operation === 'StopQuery'), false);
    });
  });
});
