// Langfuse over real HTTP against a strict fake of its pinned definition, v3 and v4: lists, filters, paging, opening, upgrades, limits.
import assert from 'node:assert/strict';
import { BackendError, type BackendErrorKind, type SearchQuery } from '../../../../src/engine/backends/backend.ts';
import { langfuse } from '../../../../src/engine/backends/langfuse.ts';
import { buildOpenTrace } from '../../../../src/engine/openTraces.ts';
import type { ConnectionConfig } from '../../../../src/protocol/connections.ts';
import { connected, type Connected } from '../../../support/connected.ts';
import { fakeLangfuse, KEYS, type FakeLangfuse, type FakeLangfuseOptions, type FakeTrace } from '../../../support/fakes/langfuse.ts';
import { byName, recordedText } from '../../../support/formatFixtures.ts';
import { ingested, langfuseTrace, type HandMade } from '../../../support/langfuseTraces.ts';

const signal = new AbortController().signal;
const reference = ingested(recordedText('reference-trace.otlp.json'));
const NOW_MS = Date.parse(reference.timestamp) + 3_600_000;
const NOW_NS = BigInt(NOW_MS) * 1_000_000n;

const ago = (number: number, agoMs: number, more: HandMade = {}): FakeTrace => langfuseTrace(number, NOW_MS - agoMs, more);
const some: readonly FakeTrace[] = [
  ago(1, 60_000, { trace: { sessionId: 'c-1', userId: 'u-1', tags: ['beta'], environment: 'production' } }),
  ago(2, 120_000, { failed: true, root: { model: 'gpt-5-mini', metadata: { channel: 'web' } }, trace: { metadata: { channel: 'web' } } }),
  ago(3, 180_000, { name: 'ingest', ms: 4000 }),
  ago(4, 20 * 3_600_000, { failed: true, ms: 2500, trace: { sessionId: 'c-1' } }),
];

describe('engine/backends/langfuse', () => {
  const open: { close(): Promise<void> }[] = [];
  const connect = (fake: FakeLangfuse, config: Partial<ConnectionConfig> = {}, secret: string = KEYS.secret): Connected => {
    const made = connected({ kind: 'langfuse', url: `${fake.url}${fake.options.base ?? ''}`, auth: { type: 'basic', user: KEYS.user }, ...config }, { secret }, () => NOW_MS);
    open.push(made);
    return made;
  };
  const with_ = async (options: Partial<FakeLangfuseOptions>, config: Partial<ConnectionConfig> = {}): Promise<Connected & { readonly fake: FakeLangfuse }> => {
    const fake = await fakeLangfuse({ version: 4, traces: some, ...options });
    open.push(fake);
    return { fake, ...connect(fake, config) };
  };
  const list = async ({ backend }: Connected, query: Partial<SearchQuery> = {}): Promise<{ ids: string[]; notes: string }> => {
    const page = await backend.search({ group: 'recent', sort: 'newest', limit: 20, ...query }, signal);
    return { ids: page.traces.map(({ ref }) => ref.traceId.replace('trace-', '')), notes: page.notes.join(' ') };
  };
  const rejects = (kind: BackendErrorKind, says: RegExp) => (error: unknown): boolean => {
    assert.ok(error instanceof BackendError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, says);
    return true;
  };
  const paths = ({ fake }: { readonly fake: FakeLangfuse }): string[] => fake.asked.map(({ path }) => path.replace('/api/public', ''));
  afterEach(async () => void (await Promise.all(open.splice(0).map((one) => one.close()))));

  for (const version of [3, 4] as const) {
    describe(`version ${version}`, () => {
      for (const [what, query, ids] of [
        ['recent', {}, ['1', '2', '3', '4']],
        ['errors', { group: 'errors' }, ['2', '4']],
        ['long ones', { minDurationNs: 2.5e9 }, ['3', '4']],
        ['long ones with errors', { group: 'errors', minDurationNs: 2e9 }, ['4']],
        ['of a name', { operation: 'ingest' }, ['3']],
        ['of a session', { attributes: [{ key: 'session.id', value: 'c-1' }] }, ['1', '4']],
        ['of a session, with errors', { group: 'errors', attributes: [{ key: 'session.id', value: 'c-1' }] }, version === 3 ? ['4'] : ['4']],
        ['of a user', { attributes: [{ key: 'user.id', value: 'u-1' }] }, ['1']],
        ['with a tag', { attributes: [{ key: 'langfuse.trace.tags', value: 'beta' }] }, ['1']],
        ['by metadata', { attributes: [{ key: 'channel', value: 'web' }] }, ['2']],
        ['by a part of a name', { text: 'INGE' }, ['3']],
      ] as const) {
        it(what, async () => assert.deepEqual((await list(await with_({ version }), query)).ids, ids));
      }

      it('a list asks for no bodies, and always within a window', async () => {
        const made = await with_({ version });
        await list(made, { group: 'errors', minDurationNs: 1e9 });
        const lists = made.fake.asked.filter(({ path, query }) => /\/(traces|v2\/observations)$/.test(path) && query.get('limit') !== '1');
        assert.ok(lists.length > 0);
        for (const { query } of lists) {
          assert.ok(!/\b(io|metadata|observations)\b/.test(query.get('fields') ?? 'io'), query.get('fields')!);
          const filter = JSON.parse(query.get('filter') ?? '[]') as { column: string; operator: string }[];
          assert.ok(filter.length === 0 || (filter[0]!.operator === '>=' && filter[1]!.operator === '<' && /^(timestamp|startTime)$/.test(filter[0]!.column)));
          assert.ok(query.has(version === 3 ? 'fromTimestamp' : 'fromStartTime') && query.has(version === 3 ? 'toTimestamp' : 'toStartTime'));
        }
      });

      it('a row says what it knows, and what not', async () => {
        const { backend } = await with_({ version });
        const [first] = (await backend.search({ group: 'errors', sort: 'newest', limit: 1 }, signal)).traces;
        const { summary, unknown, ref } = first!;
        assert.deepEqual([summary.rootName, summary.rootService, summary.durationNs, summary.startUnixNano], ['support-chat', '', 100_000_000n, NOW_NS - 120_000_000_000n]);
        assert.deepEqual([unknown?.includes('spans'), unknown?.includes('services'), unknown?.includes('errors')], [true, true, version === 3]);
        assert.deepEqual(ref, { traceId: 'trace-2', startUnixNano: String(summary.startUnixNano), endUnixNano: String(summary.startUnixNano + 100_000_000n) });
      });

      it('250 traces, 20 a page: every one once, newest first', async () => {
        const { backend, fake } = await with_({ version, traces: Array.from({ length: 250 }, (_, k) => ago(k + 1, (k + 1) * 10_000)) });
        const ids: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await backend.search({ group: 'recent', sort: 'newest', limit: 20, ...(cursor === undefined ? {} : { cursor }) }, signal);
          ids.push(...page.traces.map(({ ref }) => ref.traceId));
          cursor = page.next;
        } while (cursor !== undefined && ids.length < 1000);
        assert.deepEqual(ids, Array.from({ length: 250 }, (_, k) => `trace-${k + 1}`));
        assert.ok(fake.asked.length < 12, `${fake.asked.length} requests`);
      });

      it('opens by an id that is any text, with its scores', async () => {
        const id = 'chat 55/turn 3?#ü';
        const scores = [{ id: 's', name: 'tone', value: 0.5, dataType: 'NUMERIC', source: 'API', timestamp: '2026-11-20T10:00:00.000Z', traceId: id, comment: 'fine' }, { id: 's2', name: 'kind', value: 1, dataType: 'NUMERIC', source: 'API', traceId: id, observationId: `${id}/step 0` }];
        const made = await with_({ version, traces: [ago(1, 5000, { id, scores })] });
        const [found] = (await made.backend.search({ group: 'recent', sort: 'newest', limit: 5 }, signal)).traces;
        const { trace } = await buildOpenTrace({ connection: 'x', ...found!.ref }, (key, aborted) => made.source.trace(key, aborted), signal);
        assert.deepEqual([trace.traceId, trace.count], [id, 2]);
        const spans = byName((await made.source.trace(found!.ref, signal)).batches[0]!);
        assert.deepEqual([spans.get('support-chat')!.events.length, spans.get('step 0')!.events.length, spans.get('step 0')!.parentSpanId], [1, 1, spans.get('support-chat')!.spanId]);
        assert.equal(spans.get('support-chat')!.events[0]!.attributes.find(({ key }) => key.endsWith('explanation'))?.value, 'fine');
      });

      it('a trace too large for one answer is read in parts', async () => {
        const { source, fake } = await with_({ version, traces: [ago(1, 5000, { below: 450 })], mostRows: 220 });
        const { batches } = await source.trace({ traceId: 'trace-1' }, signal);
        assert.deepEqual([batches.reduce((sum, batch) => sum + batch.count, 0), batches[0]!.rejected], [451, 0]);
        assert.ok(fake.asked.length < 12, `${fake.asked.length} requests`);
      });

      for (const [what, id, kind, says] of [['an unknown trace', 'nope', 'notFound', /nope/]] as const) {
        it(what, async () => assert.rejects((await with_({ version })).source.trace({ traceId: id }, signal), rejects(kind, says)));
      }

      it('the cohort of a root, though lists know no services', async () => {
        const { backend } = await with_({ version });
        assert.deepEqual((await backend.cohort('orchestrator', 'support-chat', 50, signal)).map(({ traceId }) => traceId), ['trace-1', 'trace-2', 'trace-4']);
      });

      it('wrong keys', async () => {
        const { fake } = await with_({ version });
        await assert.rejects(connect(fake, {}, 'wrong').source.probe(signal), rejects('auth', /401.*Invalid credentials/));
        await assert.rejects(connect(fake, { auth: { type: 'none' } }).source.probe(signal), rejects('auth', /No authorization header/));
      });

      it('below a path, and told by its health', async () => {
        const made = await with_({ version, base: '/tools/langfuse' });
        assert.deepEqual(await made.source.probe(signal), { notes: [], version: version === 4 ? '4.16.0' : '3.120.0' });
        assert.deepEqual((await list(made)).ids, ['1', '2', '3', '4']);
        const { says, ...rest } = await langfuse.detect!(made.http, signal);
        assert.deepEqual(rest, { is: true, version: version === 4 ? '4.16.0' : '3.120.0', needsAuth: true });
        assert.match(says, /answered as Langfuse does/);
      });

      it('429 is waited for', async () => assert.deepEqual((await list(await with_({ version, limited: 1 }))).ids, ['1', '2', '3', '4']));
    });
  }

  describe('which API is served', () => {
    it('is asked once a connection', async () => {
      const made = await with_({ version: 3 });
      await list(made);
      await made.source.trace({ traceId: 'trace-1' }, signal);
      assert.equal(paths(made).filter((path) => path === '/v2/observations').length, 2, 'once by the backend, once by the bare source beside it');
      assert.equal(made.fake.asked[0]!.query.get('limit'), '1');
    });

    it('and found out anew after a 404: the server was upgraded', async () => {
      const made = await with_({ version: 3 });
      assert.deepEqual((await list(made)).ids, ['1', '2', '3', '4']);
      made.fake.options = { ...made.fake.options, version: 4 };
      assert.deepEqual((await list(made, { group: 'errors' })).ids, ['2', '4']);
      assert.equal((await made.source.trace({ traceId: 'trace-1' }, signal)).batches[0]!.count, 2);
      made.fake.options = { ...made.fake.options, version: 3 };
      assert.equal((await made.source.trace({ traceId: 'trace-2' }, signal)).batches[0]!.count, 2, 'and back');
    });

    it('a missing trace of v3 is no upgrade', async () => {
      const made = await with_({ version: 3 });
      await made.source.trace({ traceId: 'trace-1' }, signal);
      await assert.rejects(made.source.trace({ traceId: 'nope' }, signal), rejects('notFound', /Trace nope not found within authorized project/));
      assert.deepEqual((await list(made)).ids, ['1', '2', '3', '4']);
    });

    it('without a health page it is still asked', async () => assert.equal((await (await with_({ noHealth: true })).source.probe(signal)).version, undefined));
  });

  describe('a version 3 without filters, which leaves them out without a word', () => {
    const old = { version: 3, noFilters: true } as const;
    for (const [what, query, ids, says] of [
      ['lists', {}, ['1', '2', '3', '4'], /^This Langfuse is older than its filters/],
      ['lists no trace as failed that is not', { group: 'errors' }, [], /Langfuse is older than its filters.*errors are in none of its lists/],
      ['is looked through for what takes long', { minDurationNs: 2.5e9 }, ['3', '4'], /Searched: the latest 4 traces/],
      ['has a filter for names', { operation: 'ingest' }, ['3'], /^This Langfuse[^.]*\.$/],
      ['finds no attributes', { attributes: [{ key: 'session.id', value: 'c-1' }] }, [], /cannot be asked for attributes/],
    ] as const) it(what, async () => {
      const found = await list(await with_(old), query);
      assert.deepEqual(found.ids, ids);
      assert.match(found.notes, says);
    });

    it('is found out once, and a version that has them is believed', async () => {
      const made = await with_(old);
      for (const query of [{}, { group: 'errors' }, { minDurationNs: 1e9 }] as const) await list(made, query);
      assert.equal(made.fake.asked.filter(({ path, query }) => path.endsWith('/traces') && query.get('limit') === '1').length, 1);
      const newer = await with_({ version: 3 });
      assert.deepEqual((await list(newer, { group: 'errors' })).ids, ['2', '4']);
    });

    it('and upgraded to version 4 has them', async () => {
      const made = await with_(old);
      await list(made);
      made.fake.options = { version: 4, traces: some };
      assert.equal((await made.backend.trace({ traceId: 'trace-1' }, signal)).batches[0]!.count, 2);
      assert.deepEqual((await list(made, { group: 'errors' })).ids, ['2', '4']);
    });
  });

  describe('version 4 by itself', () => {
    it('erring traces are found by the observation that failed, and shown by their root', async () => {
      const made = await with_({ traces: [...some, ago(5, 3_700_000, { failed: true, ms: 3_600_000 })] });
      const page = await made.backend.search({ group: 'errors', sort: 'newest', limit: 10 }, signal);
      assert.deepEqual(page.traces.map(({ ref, summary }) => [ref.traceId, summary.errors, summary.durationNs]), [['trace-2', 1, 100_000_000n], ['trace-5', 1, 3_600_000_000_000n], ['trace-4', 1, 2_500_000_000n]]);
    });

    it('where several traces cannot be asked for at once, the observation tells', async () => {
      const { backend } = await with_({ noOptions: true });
      const [first] = (await backend.search({ group: 'errors', sort: 'newest', limit: 10 }, signal)).traces;
      assert.deepEqual([first!.ref.traceId, first!.summary.rootName, first!.unknown?.includes('duration')], ['trace-2', 'support-chat', true]);
    });

    it('a trace that nobody named is called as its root', async () => {
      const made = await with_({ traces: [ago(1, 5000, { name: 'handle', trace: { name: null } })] });
      assert.deepEqual((await list(made, { operation: 'handle' })).ids, ['1']);
      assert.deepEqual((await list(made, { operation: 'other' })).ids, []);
    });

    it('attributes of spans are not searched there, and said so', async () => {
      assert.match((await list(await with_({}), { attributes: [{ key: 'http.route', value: '/a' }] })).notes, /asked for "http.route" in its metadata; attributes of spans cannot be searched/);
      assert.doesNotMatch((await list(await with_({}), { attributes: [{ key: 'gen_ai.request.model', value: 'gpt-5-mini' }] })).notes, /metadata/);
    });

    it('a model is one', async () => assert.deepEqual((await list(await with_({}), { attributes: [{ key: 'gen_ai.request.model', value: 'gpt-5-mini' }] })).ids, ['2']));

    it('an id without a time is looked for in the last hour, then day, then as far as the connection looks', async () => {
      const made = await with_({}, { lookbackHours: 48 });
      assert.equal((await made.source.trace({ traceId: 'trace-4' }, signal)).batches[0]!.count, 2);
      const from = made.fake.asked.filter(({ query }) => query.get('fields')?.includes('io') === true).map(({ query }) => (NOW_MS - Date.parse(query.get('fromStartTime')!)) / 3_600_000);
      assert.deepEqual(from, [1, 24]);
      await assert.rejects(made.source.trace({ traceId: 'nope' }, signal), rejects('notFound', /last 48 hours; to look further, raise how far the connection looks back/));
    });

    it('a pasted id is looked for where it is asked for, and no further before somebody says so', async () => {
      const made = await with_({}, { lookbackHours: 48 });
      const look = (hours: number | undefined): Promise<number> => made.source.trace({ traceId: 'trace-4', within: true, ...(hours === undefined ? {} : { startUnixNano: String(NOW_NS - BigInt(hours) * 3_600_000_000_000n), endUnixNano: String(NOW_NS) }) }, signal).then(({ batches }) => batches[0]!.count);
      await assert.rejects(look(1), rejects('notFound', /not among Langfuse's traces since \d{4}-/));
      assert.equal(await look(24), 2);
      assert.equal(await look(undefined), 2);
      const from = made.fake.asked.filter(({ query }) => query.get('fields')?.includes('io') === true).map(({ query }) => query.get('fromStartTime')!);
      assert.deepEqual(from, [new Date(NOW_MS - 3_600_000).toISOString(), new Date(NOW_MS - 24 * 3_600_000).toISOString(), '1970-01-01T00:00:00.000Z']);
    });

    it('says whose duration a row has, where it is not the trace\'s', async () => {
      const made = await with_({});
      const { traces, notes } = await made.backend.search({ group: 'recent', sort: 'newest', limit: 10 }, signal);
      const opened = await made.source.trace(traces[0]!.ref, signal);
      assert.ok(traces.length > 0 && opened.batches.length > 0);
      assert.deepEqual(notes.filter((note) => /duration/.test(note)), ["A duration here is that of the trace's root observation: what goes on after it shows when the trace is opened."]);
    });

    it('metadata that was cut is said; what OpenTelemetry sent is asked for whole', async () => {
      const long = 'x'.repeat(300);
      const { source } = await with_({ traces: [ago(1, 5000, { root: { metadata: { attributes: { sql: long }, own: long } } })] });
      const { batches, notes } = await source.trace({ traceId: 'trace-1' }, signal);
      assert.deepEqual(notes, ['Langfuse cuts metadata off after 200 characters; some of it is.']);
      const { attributes } = byName(batches[0]!).get('support-chat')!;
      assert.equal(attributes.find(({ key }) => key === 'sql')?.value, long);
    });

    for (const [what, options, events, note] of [['scores of v2, where there are none of v3', { noV3Scores: true }, 150, undefined], ['150 of v3, by their cursor', {}, 150, undefined], ['scores that cannot be read', { scoresFail: true }, 0, /scores could not be read/]] as const) {
      it(what, async () => {
        const scores = Array.from({ length: 150 }, (_, k) => ({ id: `s${k}`, name: `s${k}`, value: k, dataType: 'NUMERIC', source: 'API', traceId: 'trace-1' }));
        const { source } = await with_({ traces: [ago(1, 5000, { scores: 'noV3Scores' in options ? scores.slice(0, 100) : scores })], ...options });
        const loaded = await source.trace({ traceId: 'trace-1' }, signal);
        assert.equal(byName(loaded.batches[0]!).get('support-chat')!.events.length, 'noV3Scores' in options ? 100 : events);
        if (note === undefined) assert.deepEqual(loaded.notes, []);
        else assert.match(loaded.notes.join(), note);
      });
    }
  });

  describe('links people paste', () => {
    for (const [link, wanted] of [
      ['https://cloud.langfuse.com/project/abc/traces/2c15?observation=x', { name: 'Langfuse Cloud (EU)', url: 'https://cloud.langfuse.com', auth: 'basic', traceId: '2c15' }],
      ['https://us.cloud.langfuse.com/project/abc/traces?peek=chat%2055', { name: 'Langfuse Cloud (US)', url: 'https://us.cloud.langfuse.com', auth: 'basic', traceId: 'chat 55' }],
      ['https://tools.example/langfuse/project/abc/traces/a%2Fb', { name: 'Langfuse at tools.example', url: 'https://tools.example/langfuse', auth: 'basic', traceId: 'a/b' }],
      ['https://tools.example/project/abc/observations?peek=0856a1825ccee968&traceId=2c15', { name: 'Langfuse at tools.example', url: 'https://tools.example', auth: 'basic', traceId: '2c15' }],
      ['https://tools.example/project/abc/sessions/s1?peek=x', { name: 'Langfuse at tools.example', url: 'https://tools.example', auth: 'basic' }],
      ['https://cloud.langfuse.com/', { name: 'Langfuse Cloud (EU)', url: 'https://cloud.langfuse.com', auth: 'basic' }],
      ['http://localhost:3000/', undefined],
    ] as const) {
      it(link, () => assert.deepEqual(langfuse.recognise!(new URL(link)), wanted));
    }
    it('another program’s health is not Langfuse’s', async () => {
      const { http } = await with_({ noHealth: true });
      await assert.rejects(langfuse.detect!(http, signal), rejects('notFound', /404/));
    });
  });
});
