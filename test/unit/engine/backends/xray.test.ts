// X-Ray over a strict fake: every request signed and checked, lists through the generic listing, every way to open a trace, every refusal.
import assert from 'node:assert/strict';
import type { Backend, SearchPage, SearchQuery, TraceRef } from '../../../../src/engine/backends/backend.ts';
import { BackendError } from '../../../../src/engine/backends/backend.ts';
import type { SourceQuery } from '../../../../src/engine/backends/source.ts';
import { xray } from '../../../../src/engine/backends/xray.ts';
import { endpointOf } from '../../../../src/engine/backends/xray/api.ts';
import { filterExpression } from '../../../../src/engine/backends/xray/list.ts';
import { hexOfXrayId } from '../../../../src/formats/xrayIds.ts';
import { splitByTrace } from '../../../../src/model/splitByTrace.ts';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import { summaryOf } from '../../../../src/model/traceSummary.ts';
import { loggedSpan } from '../../../support/fakes/cloudWatchLogs.ts';
import { FAKE_REGION, type FakeXrayOptions } from '../../../support/fakes/xray.ts';
import { xrayTrace, xrayTraces } from '../../../support/fakes/xrayTraces.ts';
import { KEYS, NOW_S, xrayConnected, type XrayConnected } from '../../../support/xrayConnected.ts';

const signal = new AbortController().signal;
describe('engine/backends/xray', () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  async function set(...options: Parameters<typeof xrayConnected>): Promise<XrayConnected> {
    const made = await xrayConnected(...options);
    ends.push(() => made.close());
    return made;
  }

  const ask = (backend: Backend, query: Partial<SearchQuery> = {}): Promise<SearchPage> => backend.search({ group: 'recent', sort: 'newest', limit: 20, ...query }, signal);
  const kindOfError = (kind: string, says: RegExp) => (error: unknown): boolean => {
    assert.ok(error instanceof BackendError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, says);
    return true;
  };

  async function allPages(backend: Backend, query: Partial<SearchQuery> = {}): Promise<{ ids: string[]; notes: string[] }> {
    const ids: string[] = [];
    const notes = new Set<string>();
    for (let cursor: string | undefined; ;) {
      const page = await ask(backend, { ...query, ...(cursor === undefined ? {} : { cursor }) });
      ids.push(...page.traces.map(({ ref }) => ref.traceId));
      for (const note of page.notes) notes.add(note);
      cursor = page.next;
      if (cursor === undefined || ids.length > 5000) return { ids, notes: [...notes] };
    }
  }

  // The signature is made and judged by the clock of this machine, so the fake's is that one too.
  it('lists newest first, over pages and empty pages with a token, every trace once', async () => {
    const traces = xrayTraces(700, NOW_S, 100);
    const { backend, fake } = await set({ traces, pageSize: 30, emptyPages: 3 });
    const { ids, notes } = await allPages(backend);
    assert.deepEqual(ids, traces.map(({ id }) => hexOfXrayId(id)));
    assert.deepEqual(notes, []);
    for (const body of fake.bodies.filter((one) => 'StartTime' in one)) assert.ok(Number(body['EndTime']) - Number(body['StartTime']) <= 6 * 3600);
  });

  it('at any part of a second: the longest question is of the six hours that X-Ray takes', async () => {
    const traces = xrayTraces(100, NOW_S, 800);
    for (const part of [1, 500, 999]) {
      const { backend, fake } = await set({ traces, pageSize: 30 }, {}, KEYS, NOW_S * 1000 + part);
      assert.deepEqual((await allPages(backend)).ids.length, 100, String(part));
      assert.equal(Math.max(...fake.bodies.filter((one) => 'StartTime' in one).map((body) => Number(body['EndTime']) - Number(body['StartTime']))), 6 * 3600, String(part));
    }
  });

  it('a page without any trace still goes on where there is a token', async () => {
    const { source } = await set({ traces: xrayTraces(1, NOW_S, 10), emptyPages: 12 });
    const window = { startNs: BigInt(NOW_S - 3600) * 1_000_000_000n, endNs: BigInt(NOW_S) * 1_000_000_000n };
    const pages = [];
    for (let cursor: string | undefined; ;) {
      const page = await source.page({ window, limit: 100, ...(cursor === undefined ? {} : { cursor }) }, signal);
      pages.push(page.traces.length);
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    assert.deepEqual(pages, [0, 0, 1]);
  });

  it('a summary says what X-Ray knows, and what it does not', async () => {
    const { source } = await set({ traces: [xrayTrace(0, NOW_S - 60, { partial: true }), xrayTrace(1, NOW_S - 120.25)] });
    const { traces } = await source.page({ window: { startNs: BigInt(NOW_S - 3600) * 1_000_000_000n, endNs: BigInt(NOW_S) * 1_000_000_000n }, limit: 100 }, signal);
    const [failed, fine] = traces;
    assert.deepEqual([failed!.summary.rootService, failed!.summary.rootName, failed!.summary.errors, failed!.summary.durationNs, failed!.summary.services], ['api', 'GET /cart', 1, 100_000_000n, ['api', 'db']]);
    assert.match(failed!.summary.warnings.join(), /partial/);
    assert.deepEqual(failed!.unknown, ['spans']);
    assert.deepEqual(fine!.unknown, ['spans', 'errors']);
    assert.equal(fine!.summary.startUnixNano, BigInt(NOW_S - 121) * 1_000_000_000n + 750_000_000n);
    assert.ok(BigInt(fine!.ref.endUnixNano!) > fine!.summary.startUnixNano + fine!.summary.durationNs);
  });

  describe('filters are X-Ray\'s own, and believed only while they are true', () => {
    for (const [what, query, fits] of [
      ['errors, also below the root', { group: 'errors' }, (k: number) => k % 5 === 0 || k % 7 === 3],
      ['a service', { service: 'worker' }, (k: number) => k % 2 === 1],
      ['a service below the root', { service: 'db' }, () => true],
      ['a duration', { minDurationNs: 0.75e9 }, (k: number) => k % 10 >= 7],
      ['an annotation', { attributes: [{ key: 'tier', value: 'gold' }] }, (k: number) => k % 3 === 0],
      ['an annotation that is a number', { attributes: [{ key: 'size', value: '7' }] }, (k: number) => k === 7],
      ['a field of the request', { attributes: [{ key: 'http.response.status_code', value: '500' }] }, (k: number) => k % 5 === 0],
      ['all of them', { service: 'api', minDurationNs: 0.3e9, attributes: [{ key: 'tier', value: 'gold' }] }, (k: number) => k % 2 === 0 && k % 10 >= 2 && k % 3 === 0],
    ] as const) {
      it(what, async () => {
        const traces = xrayTraces(60, NOW_S, 60);
        const { backend } = await set({ traces });
        const { ids, notes } = await allPages(backend, query as Partial<SearchQuery>);
        assert.deepEqual(ids, traces.filter((_, k) => fits(k)).map(({ id }) => hexOfXrayId(id)));
        assert.equal(notes.some((note) => /annotations and fields/.test(note)), 'attributes' in query);
      });
    }

    it('a group', async () => {
      const traces = xrayTraces(10, NOW_S, 60).map((trace, k) => (k < 3 ? { ...trace, groups: ['checkout'] } : trace));
      const { backend } = await set({ traces, groups: ['Default', 'checkout'] }, { options: { region: FAKE_REGION, group: 'checkout' } });
      assert.equal((await allPages(backend)).ids.length, 3);
      assert.deepEqual((await (await set({ groups: ['Default', 'checkout'] })).source.probe(signal)).choices, { group: ['Default', 'checkout'] });
    });
  });

  it('a filter expression holds what was meant, and nothing that ends it early', () => {
    const window = { startNs: 0n, endNs: 1n };
    const expression = (query: Partial<SourceQuery>, group?: string): string | undefined => filterExpression({ window, limit: 1, ...query }, group);
    assert.equal(expression({}), undefined);
    assert.equal(expression({}, 'Default'), undefined);
    assert.equal(expression({ minDurationNs: 1_234_567_890 }), 'duration >= 1.235');
    assert.equal(expression({ attributes: [{ key: 'a.b', value: 'x' }] }), 'annotation[a.b] = "x"');
    assert.equal(expression({ attributes: [{ key: 'ok', value: 'true' }] }), '(annotation.ok = "true" OR annotation.ok = true)');
    assert.equal(expression({ attributes: [{ key: 'enduser.id', value: 'u' }] }), 'user = "u"');
    for (const query of [{ service: 'a" OR fault OR service("' }, { attributes: [{ key: 'a] OR fault', value: 'x' }] }, { attributes: [{ key: 'k', value: 'a\\' }] }, { service: 'a\n' }, { service: 'x'.repeat(2001) }]) {
      assert.throws(() => expression(query), kindOfError('unsupported', /X-Ray/));
    }
  });

  describe('opening', () => {
    const trace = xrayTrace(5, NOW_S - 600);
    const traceId = hexOfXrayId(trace.id)!;

    it('reads the documents, and the list and the trace call it the same', async () => {
      const { source, backend, fake } = await set({ traces: [trace] });
      const { traces } = await ask(backend);
      const { batches, notes } = await source.trace(traces[0]!.ref, signal);
      const [part] = splitByTrace(batches);
      const summary = summaryOf(buildTrace(traceId, part!.selections));
      assert.deepEqual([summary.rootService, summary.rootName, summary.spans, summary.errors, summary.services], [traces[0]!.summary.rootService, traces[0]!.summary.rootName, 2, 1, ['worker', 'db']]);
      assert.deepEqual(notes, []);
      assert.deepEqual(fake.bodies.at(-1), { TraceIds: [trace.id] });
    });

    it('segments in progress are said', async () => {
      const running = { ...trace, documents: [trace.documents[0]!.replace(/"end_time":[\d.]+/, '"in_progress":true'), trace.documents[1]!] };
      const { source } = await set({ traces: [running] });
      assert.deepEqual((await source.trace({ traceId }, signal)).notes, ['1 segment is still in progress: ended ones have not arrived yet.']);
    });

    it('an id is taken as X-Ray, its console and its header write it, and as W3C does', async () => {
      for (const destination of ['XRay', 'CloudWatchLogs'] as const) {
        const { source } = await set({ traces: [trace], destination, polls: 0 });
        for (const written of [trace.id, trace.id.toUpperCase(), traceId.toUpperCase(), `Root=${trace.id};Parent=53995c3f42cd8ad8;Sampled=1`]) {
          assert.equal((await source.trace({ traceId: written }, signal)).batches[0]!.count, 2, written);
        }
        await assert.rejects(source.trace({ traceId: 'no id' }, signal), kindOfError('notFound', /"no id" is no trace id of X-Ray's/));
      }
    });

    it('what is not there is notFound', async () => {
      const { source } = await set();
      await assert.rejects(source.trace({ traceId }, signal), kindOfError('notFound', /no trace 1-[0-9a-f]{8}-[0-9a-f]{24} in this region\. It keeps traces for 30 days/));
    });

    describe('with Transaction Search', () => {
      const options = { traces: [{ ...trace, indexed: false }], destination: 'CloudWatchLogs', indexingPercentage: 2.5 } as const;

      it('retrieves by the times that the list knows', async () => {
        const { source, fake } = await set({ ...options, polls: 2 });
        const ref = { traceId, startUnixNano: `${NOW_S - 600}000000000`, endUnixNano: `${NOW_S - 599}000000000` };
        assert.equal((await source.trace(ref, signal)).batches[0]!.count, 2);
        const started = fake.bodies[fake.asked.indexOf('/StartTraceRetrieval')];
        assert.deepEqual(started, { TraceIds: [trace.id], StartTime: NOW_S - 660, EndTime: NOW_S - 539 });
        assert.equal(fake.asked.includes('/Traces'), false);
      });

      it('retrieves a pasted id by the time in it, or where it is a random one by the last hour and then the day', async () => {
        const { source, fake } = await set(options);
        assert.equal((await source.trace({ traceId }, signal)).batches[0]!.count, 2);
        assert.equal(fake.asked.filter((path) => path === '/StartTraceRetrieval').length, 1);
        const random = { ...trace, id: '1-ffffffff-000000000000000000000001', start: NOW_S - 20_000 };
        const other = await set({ ...options, polls: 0, traces: [random] });
        assert.equal((await other.source.trace({ traceId: hexOfXrayId(random.id)! }, signal)).batches[0]!.rejected, 0);
        const windows = other.fake.bodies.filter((_, k) => other.fake.asked[k] === '/StartTraceRetrieval').map((body) => [NOW_S - Number(body['StartTime']), NOW_S - Number(body['EndTime'])]);
        assert.deepEqual(windows, [[3600, 0], [86_400, 3600]]);
      });

      it('a pasted id is looked for by the time in it, whatever is looked through; a random one where it is asked for', async () => {
        const lookedIn = async (id: string, ref: Partial<TraceRef>): Promise<readonly unknown[]> => {
          const { source, fake } = await set({ ...options, polls: 0, traces: [] });
          await assert.rejects(source.trace({ traceId: hexOfXrayId(id)!, within: true, ...ref }, signal), kindOfError('notFound', /or that were asked for/));
          return fake.bodies.filter((_, k) => fake.asked[k] === '/StartTraceRetrieval').map((body) => [NOW_S - Number(body['StartTime']), NOW_S - Number(body['EndTime'])]);
        };
        const hour = { startUnixNano: `${NOW_S - 3600}000000000`, endUnixNano: `${NOW_S}000000000` };
        assert.deepEqual(await lookedIn(`1-${(NOW_S - 250_000).toString(16)}-000000000000000000000001`, hour), [[250_060, 246_400]]);
        assert.deepEqual(await lookedIn('1-ffffffff-000000000000000000000001', hour), [[3660, -60]]);
        assert.deepEqual(await lookedIn('1-ffffffff-000000000000000000000001', {}), [[30 * 86_400, 0]]);
      });

      it('two looks for one id, an hour back and then a day, scan the hour that the id says once', async () => {
        const { source, fake } = await set({ ...options, polls: 0, traces: [] });
        for (const hours of [1, 24]) await assert.rejects(source.trace({ traceId, within: true, startUnixNano: `${NOW_S - 3600 * hours}000000000`, endUnixNano: `${NOW_S}000000000` }, signal), kindOfError('notFound', /no trace/));
        assert.equal(fake.asked.filter((path) => path === '/StartTraceRetrieval').length, 1);
      });

      it('the list says what share it holds', async () => {
        const { backend } = await set(options);
        assert.deepEqual((await ask(backend)).notes, ['Transaction Search is on: the list holds 2.5 % of the traces, as the indexing rule says. Others open by their id, or are found by searching all spans.']);
        const denied = await set({ ...options, denied: ['xray:GetIndexingRules'] });
        assert.match((await ask(denied.backend)).notes.join(), /a share of the traces that cannot be read \(These credentials lack the right xray:GetIndexingRules/);
      });

      it('that cannot be asked after for a moment is asked after again', async () => {
        const { source } = await set({ ...options, lostAnswers: { '/GetTraceSegmentDestination': { status: 503, times: 3 } } });
        const window = { startNs: BigInt(NOW_S - 3600) * 1_000_000_000n, endNs: BigInt(NOW_S) * 1_000_000_000n };
        const notes = async (): Promise<string> => (await source.page({ window, limit: 10 }, signal)).notes.join();
        assert.equal(await notes(), '');
        assert.match(await notes(), /Transaction Search is on: the list holds 2\.5 %/);
        assert.equal(source.capabilities.deepSearch?.label, 'all spans in aws/spans');
      });

      it('is looked for where the right to ask for it is missing', async () => {
        const { source, fake } = await set({ ...options, denied: ['xray:GetTraceSegmentDestination'] });
        assert.equal((await source.trace({ traceId }, signal)).batches[0]!.count, 2);
        assert.deepEqual(fake.asked.slice(0, 3), ['/GetTraceSegmentDestination', '/Traces', '/StartTraceRetrieval']);
      });

      it('spans that come as OpenTelemetry\'s are read, though X-Ray\'s own format was asked for', async () => {
        const span = loggedSpan({ traceId, spanId: 'a'.repeat(16), name: 'GET /cart', service: 'shop', startNs: 1_795_899_400_123_456_789n, durationNs: 5_000_000n });
        const { source, fake } = await set({ ...options, retrievedSpans: [JSON.stringify(span), '{"id":"x"}'] });
        const { batches, notes } = await source.trace({ traceId }, signal);
        const summary = summaryOf(buildTrace(traceId, splitByTrace(batches)[0]!.selections));
        assert.deepEqual([summary.rootService, summary.rootName, summary.startUnixNano, summary.durationNs], ['shop', 'GET /cart', 1_795_899_400_123_456_789n, 5_000_000n]);
        assert.deepEqual([batches[0]!.rejected, notes], [1, []]);
        assert.ok(fake.bodies.filter((_, k) => fake.asked[k] === '/ListRetrievedTraces').every((body) => body['TraceFormat'] === 'XRAY'));
        const unread = await set({ ...options, retrievedSpans: ['{"id":"x"}'] });
        await assert.rejects(unread.source.trace({ traceId }, signal), kindOfError('badData', /as OpenTelemetry spans that cannot be read: Traces\[0\]\.Spans\[0\]: not OTLP/));
      });

      for (const [status, kind] of [['FAILED', 'server'], ['TIMEOUT', 'timeout'], ['CANCELLED', 'server']] as const) {
        it(`a retrieval that ends ${status} is an error of its kind`, async () => {
          const { source } = await set({ ...options, polls: 0, retrievalEnds: status });
          await assert.rejects(source.trace({ traceId }, signal), kindOfError(kind, /could not retrieve/));
        });
      }

      it('a retrieval whose start was not answered is not started again: it scans logs, which is billed', async () => {
        const { source, fake } = await set({ ...options, lostAnswers: { '/StartTraceRetrieval': { status: 503, times: 1 } } });
        await assert.rejects(source.trace({ traceId }, signal), kindOfError('server', /StartTraceRetrieval failed on the server \(503\)/));
        assert.equal(fake.asked.filter((path) => path === '/StartTraceRetrieval').length, 1);
      });

      it('one that is asked after too often goes on: it is paid for', async () => {
        const { source, fake } = await set({ ...options, polls: 0, lostAnswers: { '/ListRetrievedTraces': { status: 429, times: 4 } } });
        assert.equal((await source.trace({ traceId }, signal)).batches[0]!.count, 2);
        assert.deepEqual(['/StartTraceRetrieval', '/CancelTraceRetrieval'].map((path) => fake.asked.filter((one) => one === path).length), [1, 0]);
      });

      const cancelled = async ({ fake }: XrayConnected): Promise<readonly unknown[]> => {
        for (let k = 0; k < 100 && !fake.asked.includes('/CancelTraceRetrieval'); k++) await new Promise((resolve) => setTimeout(resolve, 10));
        return fake.bodies.filter((_, k) => fake.asked[k] === '/CancelTraceRetrieval').map((body) => body['RetrievalToken']);
      };

      for (const [when, runsMs] of [['while it runs', 100], ['while it starts', 0]] as const) {
        it(`a wait that is given up ${when} stops the retrieval`, async () => {
          const made = await set({ ...options, polls: 1000 });
          await made.source.probe(signal);
          const stop = new AbortController();
          const opening = made.source.trace({ traceId }, stop.signal);
          if (runsMs === 0) for (let k = 0; k < 10; k++) await Promise.resolve();
          else await new Promise((resolve) => setTimeout(resolve, runsMs));
          stop.abort();
          await assert.rejects(opening, kindOfError('aborted', /cancelled/));
          assert.deepEqual(await cancelled(made), ['retrieval-1']);
        });

        it(`the end of its connection ${when} stops the retrieval, while that can still be asked for`, async () => {
          const made = await set({ ...options, polls: 1000 });
          await made.source.probe(signal);
          const opening = assert.rejects(made.source.trace({ traceId }, signal), kindOfError('aborted', /cancelled/));
          if (runsMs === 0) for (let k = 0; k < 10; k++) await Promise.resolve();
          else await new Promise((resolve) => setTimeout(resolve, runsMs));
          await made.source.close!();
          assert.equal(made.fake.asked.at(-1), '/CancelTraceRetrieval');
          await opening;
          const asked = made.fake.asked.length;
          await assert.rejects(made.source.trace({ traceId }, signal), kindOfError('aborted', /cancelled/));
          await new Promise((resolve) => setTimeout(resolve, 100));
          assert.equal(made.fake.asked.length, asked, 'nothing is started any more');
        });
      }

      it('one that was read is not stopped', async () => {
        const { source, fake } = await set(options);
        await source.trace({ traceId }, signal);
        await source.close!();
        assert.equal(fake.asked.includes('/CancelTraceRetrieval'), false);
      });

      it('an answer without a retrieval is said, not asked after', async () => {
        const { source, fake } = await set({ ...options, noToken: true });
        await assert.rejects(source.trace({ traceId }, signal), kindOfError('badData', /xray StartTraceRetrieval answered no retrieval for 1-/));
        assert.equal(fake.asked.includes('/ListRetrievedTraces'), false);
      });
    });
  });

  describe('refusals', () => {
    for (const [what, options, secrets, kind, says] of [
      ['a missing right is named', { denied: ['xray:GetTraceSummaries'] }, KEYS, 'auth', /lack the right xray:GetTraceSummaries\. Allow that action, or attach the managed policy AWSXrayReadOnlyAccess: User: arn/],
      ['a wrong key', {}, { ...KEYS, secretAccessKey: 'wrong' }, 'auth', /does not accept the credentials or their signature/],
      ['an unknown key', {}, { ...KEYS, accessKeyId: 'AKIDOTHER' }, 'auth', /does not accept/],
      ['a wrong region', { region: 'us-east-1' }, KEYS, 'auth', /Check the keys, the region, and this machine's clock/],
      ['a clock that is off', { now: () => Date.now() - 3_600_000 }, KEYS, 'auth', /this machine's clock/],
      ['throttling that does not end', { throttled: 100 }, KEYS, 'rateLimit', /too many requests/],
    ] as const) {
      it(what, async () => {
        const { source } = await set(options as Partial<FakeXrayOptions>, {}, secrets);
        await assert.rejects(source.probe(signal), kindOfError(kind, says));
      });
    }

    it('throttling that ends is waited for', async () => {
      const { source, fake } = await set({ throttled: 2 });
      await source.probe(signal);
      assert.equal(fake.asked.filter((path) => path === '/TraceSummaries').length, 3);
    });

    it('rights that are only good to have are missed without a fault', async () => {
      const { source } = await set({ denied: ['xray:GetGroups', 'xray:GetTraceSegmentDestination'] });
      const { notes, choices } = await source.probe(signal);
      assert.equal(choices, undefined);
      assert.match(notes.join(), /Groups cannot be listed: These credentials lack the right xray:GetGroups/);
    });

    it('a region that is none, and a time that is none', async () => {
      for (const region of [undefined, '', 'x', 'evil.example/', 'eu-central-1.evil.example', 'EU-CENTRAL-1']) assert.throws(() => endpointOf(region), kindOfError('unsupported', /needs a region/));
      assert.equal(endpointOf('cn-north-1'), 'https://xray.cn-north-1.amazonaws.com.cn');
      assert.equal(endpointOf('us-gov-west-1'), 'https://xray.us-gov-west-1.amazonaws.com');
      const { backend } = await set({}, { options: { region: FAKE_REGION, timeRange: 'Sometime' } });
      await assert.rejects(ask(backend), kindOfError('unsupported', /TraceId, Event or Service/));
    });
  });

  it('services come from the service graph; there are no operations', async () => {
    const { source } = await set({ traces: xrayTraces(4, NOW_S, 10) });
    assert.deepEqual(await source.services(signal), ['api', 'db', 'worker']);
    assert.deepEqual(await source.operations('api', signal), []);
  });

  it('recognises addresses of the console and of the API, and no others', () => {
    const id = '1-5759e988-bd862e3fe1be46a994272793';
    for (const [url, region, trace] of [
      [`https://eu-central-1.console.aws.amazon.com/xray/home?region=eu-central-1#/traces/${id}`, 'eu-central-1', true],
      [`https://console.aws.amazon.com/xray/home?region=us-east-1#/traces/${id}`, 'us-east-1', true],
      [`https://us-west-2.console.aws.amazon.com/cloudwatch/home?region=us-west-2#xray:traces/${id}`, 'us-west-2', true],
      [`https://123456789012-abc.us-west-2.console.aws.amazon.com/cloudwatch/home#xray:traces$2f${id}`, 'us-west-2', true],
      ['https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#xray:traces/5759e988bd862e3fe1be46a994272793', 'eu-west-1', true],
      ['https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#xray:service-map/map', 'eu-central-1', false],
      ['https://cn-north-1.console.amazonaws.cn/xray/home?region=cn-north-1#/traces', 'cn-north-1', false],
      ['https://xray.eu-central-1.amazonaws.com/', 'eu-central-1', false],
      ['https://console.aws.amazon.com/xray/home#%', undefined, false],
    ] as const) {
      const found = xray.recognise!(new URL(url));
      assert.deepEqual([found?.options?.['region'], found?.traceId, found?.auth], [region, trace ? '5759e988bd862e3fe1be46a994272793' : undefined, 'aws'], url);
    }
    for (const url of ['https://console.aws.amazon.com/ec2/home#xray', 'https://console.aws.amazon.com.evil.example/xray/home', 'https://evil-console.aws.amazon.com.example/xray/home', 'https://eu-central-1.console.aws.amazon.com/cloudwatch/home#alarms', 'http://localhost:16686/']) {
      assert.equal(xray.recognise!(new URL(url)), undefined, url);
    }
  });
});
