// Phoenix over what a real one answered, and over a server that keeps its documented rules: lists, filters, cursors, projects, losses.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { BackendError, type Backend } from '../../../../src/engine/backends/backend.ts';
import { phoenix } from '../../../../src/engine/backends/phoenix.ts';
import type { TraceSource } from '../../../../src/engine/backends/source.ts';
import { listedBackend } from '../../../../src/engine/listing/listedBackend.ts';
import { decodeOtlpJson } from '../../../../src/formats/otlpJson.ts';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import { connected } from '../../../support/connected.ts';
import { httpFake, json, plain, type HttpFake } from '../../../support/fakes/httpFake.ts';
import { phoenixFake, phoenixId, type PhoenixRow, type PhoenixWorld } from '../../../support/fakes/phoenix.ts';
import { PHOENIX_LOSSES } from '../../../support/losses/phoenix.ts';
import { replay } from '../../../support/recordedReplay.ts';
import { checkLosses, factsOf, lossesOf } from '../../../support/sameTrace.ts';

const signal = new AbortController().signal;
const REFERENCE = '4bf92f3577b34da6a3ce929d0e0e4736';
const recorded = (name: string): string => readFileSync(new URL(`../../../fixtures/recorded/${name}`, import.meta.url), 'utf8');
/** When the recording was made. */
const RECORDED_MS = Date.parse('2026-11-21T00:40:00Z');

describe('engine/backends/phoenix', () => {
  const fakes: HttpFake[] = [];
  afterEach(() => Promise.all(fakes.splice(0).map((fake) => fake.close())));

  function connect(fake: HttpFake, options: Readonly<Record<string, string>> = {}, nowMs = RECORDED_MS): { source: TraceSource; backend: Backend } {
    fakes.push(fake);
    const source = phoenix.source({ config: { id: 'p', kind: 'phoenix', name: 'p', url: fake.url, options }, http: fake.client, now: () => nowMs, changed: () => undefined });
    return { source, backend: listedBackend({ source, now: () => nowMs, slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }), lookbackNs: 86_400_000_000_000n, received: () => 0 }) };
  }
  const real = (): Promise<HttpFake> => replay([
    { path: /^\/v1\/projects\/nosuch(\/|$)/, name: 'phoenix/project-missing' },
    { path: /^\/v1\/projects\/default\/traces$/, query: { include_spans: /^true$/ }, name: 'phoenix/traces-with-spans' },
    { path: /^\/v1\/projects\/default\/spans\/otlpv1$/, query: { trace_id: new RegExp(REFERENCE) }, name: 'phoenix/spans-otlp' },
    { path: /^\/v1\/projects$/, name: 'phoenix/projects' },
  ]);
  const recent = (backend: Backend, more: object = {}): ReturnType<Backend['search']> => backend.search({ group: 'recent', sort: 'newest', limit: 20, ...more }, signal);

  it('lists the recorded trace with what its list knows, and says what it does not', async () => {
    const { traces } = await recent(connect(await real()).backend);
    assert.deepEqual(traces.map(({ summary, unknown, ref }) => [summary.traceId, summary.rootName, summary.spans, summary.errors, Number(summary.durationNs), unknown, ref.scope]), [[REFERENCE, 'POST /chat', 13, 1, 8_951_900_000, ['services'], 'default']]);
    assert.equal(traces[0]!.summary.startUnixNano, BigInt(Date.parse('2026-11-21T00:31:19Z')) * 1_000_000n);
  });

  it('the recorded trace comes out the same but for the written losses, its rounded times made whole again', async () => {
    const { batches, notes } = await connect(await real()).source.trace({ traceId: REFERENCE }, signal);
    const expected = factsOf(buildTrace(REFERENCE, [{ batch: decodeOtlpJson(JSON.parse(recorded('reference-trace.otlp.json'))) }]));
    const got = factsOf(buildTrace(REFERENCE, batches.map((batch) => ({ batch }))));
    checkLosses(expected, got, lossesOf(PHOENIX_LOSSES, 'first'), recorded('phoenix/spans-otlp.body'));
    assert.deepEqual(notes, ['Phoenix keeps times in whole µs and no spans that have bytes among their values; it answered without services, resources, scopes, span kinds and links.']);
  });

  it('projects are listed to pick from; one that is not there yet is said, and lists nothing', async () => {
    assert.deepEqual(await connect(await real()).source.probe(signal).then(({ choices, notes }) => [choices, notes]), [{ project: ['default'] }, []]);
    const missing = connect(await real(), { project: 'nosuch' });
    assert.match((await missing.source.probe(signal)).notes.join(), /no project "nosuch" yet; there are default/);
    const page = await recent(missing.backend);
    assert.deepEqual([page.traces, page.notes.some((note) => /has no project "nosuch"/.test(note))], [[], true]);
  });

  describe('a server that keeps its documented rules', () => {
    const span = (id: number, more: object = {}): PhoenixRow<'status_code'> => ({ span_id: id.toString(16).padStart(16, '0'), parent_id: null, name: `op ${id}`, status_code: 'OK', start_time: '2026-11-21T00:00:00+00:00', end_time: '2026-11-21T00:00:01+00:00', ...more });
    const traces = Array.from({ length: 450 }, (_, k) => ({
      trace_id: (k + 1).toString(16).padStart(32, '0'), start_time: new Date(RECORDED_MS - (k + 1) * 60_000).toISOString(), end_time: new Date(RECORDED_MS - (k + 1) * 60_000 + 100 + (k % 7) * 500).toISOString(),
      spans: [span(k + 1, k % 50 === 0 ? { status_code: 'ERROR' } : {})],
    }));
    const server = (ignoresFilters = false, cursorsByRow = false): Promise<HttpFake> => phoenixFake({ traces, ignoresFilters, cursorsByRow });

    for (const cursorsByRow of [false, true]) it(`pages to the end, every trace once, newest first${cursorsByRow ? ', also where cursors lose what was stored late' : ''}`, async () => {
      const { backend } = connect(await server(false, cursorsByRow));
      const ids: number[] = [];
      for (let cursor: string | undefined, pages = 0; pages < 50; pages++) {
        const page = await recent(backend, { limit: 40, ...(cursor === undefined ? {} : { cursor }) });
        ids.push(...page.traces.map(({ summary }) => Number.parseInt(summary.traceId, 16)));
        cursor = page.next;
        if (cursor === undefined) break;
      }
      assert.deepEqual(ids, traces.map((_, k) => k + 1));
    });

    for (const ignoring of [false, true]) {
      it(`errors and durations ${ignoring ? 'are found by us where the filter does nothing' : 'by its own filters'}`, async () => {
        const { backend } = connect(await server(ignoring));
        const errors = await recent(backend, { group: 'errors' });
        assert.deepEqual(errors.traces.map(({ summary }) => Number.parseInt(summary.traceId, 16)), ignoring ? [1, 51, 101, 151, 201, 251, 301, 351] : [1, 51, 101, 151, 201, 251, 301, 351, 401]);
        assert.equal(errors.notes.some((note) => /Errors among the latest 400/.test(note)), ignoring);
        const slow = await recent(backend, { minDurationNs: 3e9, limit: 5 });
        assert.deepEqual(slow.traces.map(({ summary }) => Number.parseInt(summary.traceId, 16) % 7), [0, 0, 0, 0, 0]);
      });
    }
  });

  describe('projects', () => {
    const names = Array.from({ length: 2345 }, (_, k) => `team ${k}`);
    const probed = async (world: PhoenixWorld, project: string): Promise<{ readonly notes: readonly string[]; readonly choices: readonly string[] }> => {
      const { notes, choices } = await connect(await phoenixFake(world), { project }).source.probe(signal);
      return { notes, choices: choices?.['project'] ?? [] };
    };

    it('are read to the last page', async () => {
      assert.deepEqual(await probed({ projects: names }, 'team 2344'), { notes: [], choices: names });
    });

    it('are one by its id as well as by its name, as a link from its pages says it', async () => {
      assert.deepEqual(await probed({ projects: ['shop', 'default'] }, phoenixId('Project', 2)), { notes: [], choices: ['shop', 'default'] });
      assert.deepEqual(fakes.at(-1)!.asked.map((asked) => asked.replace(/\?.*/, '')), ['/v1/projects', '/arize_phoenix_version'], 'what is listed is not asked for again');
      assert.deepEqual(await probed({ projects: ['shop', 'default'] }, phoenixId('Project', 3)), { notes: [`There is no project "${phoenixId('Project', 3)}" yet; there are shop, default.`], choices: ['shop', 'default'] });
    });

    it('may be none at all', async () => assert.deepEqual((await probed({ projects: [] }, 'default')).notes, ['There is no project "default" yet.']));

    it('that are not listed, as those of experiments are not, exist all the same', async () => {
      assert.deepEqual((await probed({ projects: ['default'], before: ({ pathname }) => (pathname === '/v1/projects/experiment' ? json({ data: { name: 'experiment', id: phoenixId('Project', 9) } }) : undefined) }, 'experiment')).notes, []);
    });

    it('beyond the bound are said to be there; what is not among the listed ones is asked for', async () => {
      // A server that gives two a page, whatever is asked for.
      const world: PhoenixWorld = { projects: names, before: (url) => void url.searchParams.set('limit', '2') };
      const { notes, choices } = await probed(world, 'team 2000');
      assert.deepEqual([choices.length, notes], [20, ['The list of projects was not read to its end; 20 of them can be picked, others can be typed.']]);
      const missing = await probed(world, 'nosuch');
      assert.deepEqual(missing.notes, ['The list of projects was not read to its end; 20 of them can be picked, others can be typed.', 'There is no project "nosuch" yet; there are team 0, team 1, team 2, team 3, team 4, team 5, team 6, team 7, team 8, team 9, ….']);
    });

    it('of a server whose cursor leads nowhere are read once', async () => {
      const { notes, choices } = await probed({ before: (url) => (url.pathname === '/v1/projects' ? json({ data: [{ name: 'default', id: phoenixId('Project', 1) }], next_cursor: 'again' }) : undefined) }, 'default');
      assert.deepEqual([choices, notes], [['default'], ['The list of projects was not read to its end; 1 of them can be picked, others can be typed.']]);
    });
  });

  describe('a trace of several pages', () => {
    const span = (k: number, more: object = {}): PhoenixRow<'trace_id'> => ({ trace_id: REFERENCE, span_id: (k + 1).toString(16).padStart(16, '0'), name: `op ${k}`, start_time_unix_nano: 1795221079000000000 + k * 1000, end_time_unix_nano: 1795221080000000000, kind: 'SPAN_KIND_INTERNAL', ...more });
    const spans = Array.from({ length: 2500 }, (_, k) => span(k));
    const read = async (world: PhoenixWorld): Promise<readonly [spans: number, ...notes: string[]]> => {
      const { batches, notes } = await connect(await phoenixFake(world)).source.trace({ traceId: REFERENCE }, signal);
      return [new Set(batches.flatMap((batch) => factIds(batch))).size, ...notes.slice(1)];
    };
    const factIds = (batch: Parameters<typeof buildTrace>[1][number]['batch']): string[] => [...factsOf(buildTrace(REFERENCE, [{ batch }])).keys()].filter((path) => path.endsWith('/name'));

    for (const [what, world, ...expected] of [
      ['is read whole', { spans }, 2500],
      ['whose project is deleted meanwhile keeps what was read, and says so', { spans, before: (url) => (url.searchParams.has('cursor') ? plain('Project with name default not found', 404) : undefined) }, 1000, 'Phoenix answered 404 for the rest of the trace, which was perhaps deleted meanwhile; the 1000 spans before it are shown.'],
      ['whose cursor comes again is not called whole', { spans, before: (url) => void (url.searchParams.has('cursor') && url.searchParams.set('cursor', phoenixId('Span', 1500))) }, 2000, 'Phoenix answered a page that it had answered before, so the trace may have more spans than are shown.'],
      ['of more pages than are read says how many spans were', { spans, before: (url) => void url.searchParams.set('limit', '3') }, 600, 'Only 600 spans were read; the trace has more.'],
    ] as const satisfies readonly (readonly [string, PhoenixWorld, ...unknown[]])[]) {
      it(what, async () => assert.deepEqual(await read(world), expected));
    }

    it('that keeps more than others is not said to lose it', async () => {
      const full = { kind: 'SPAN_KIND_SERVER', links: [{ trace_id: REFERENCE, span_id: '00000000000000ff' }] };
      const { notes } = await connect(await phoenixFake({ spans: [span(0), span(1, full)] })).source.trace({ traceId: REFERENCE }, signal);
      assert.deepEqual(notes, ['Phoenix keeps times in whole µs and no spans that have bytes among their values; it answered without services, resources and scopes.']);
    });
  });

  it('is asked below its base path, with its key', async () => {
    const fake = await phoenixFake({ basePath: '/tools/phoenix', key: 'k3y', spans: [{ trace_id: REFERENCE, span_id: '00000000000000aa', name: 'op' }] });
    fakes.push(fake);
    const open = (auth: object, secret?: string): ReturnType<typeof connected> => connected({ kind: 'phoenix', url: `${fake.url}/`, ...auth }, secret === undefined ? {} : { secret });
    const [keyed, keyless] = [open({ auth: { type: 'bearer' } }, 'k3y'), open({})];
    try {
      assert.deepEqual([(await keyed.source.probe(signal)).version, (await keyed.source.trace({ traceId: REFERENCE }, signal)).batches[0]!.count], ['20.26.1', 1]);
      assert.deepEqual((await keyed.backend.search({ group: 'recent', sort: 'newest', limit: 5 }, signal)).traces, []);
      await assert.rejects(keyless.source.probe(signal), (error) => error instanceof BackendError && error.kind === 'auth' && /list of projects was refused \(401\)/.test(error.message));
      assert.ok(fake.asked.every((asked) => asked.startsWith('/tools/phoenix/')), fake.asked.join('\n'));
    } finally {
      await Promise.all([keyed.close(), keyless.close()]);
    }
  });

  describe('is found out by what it answers', () => {
    for (const [what, answers, wanted] of [
      ['a Phoenix', { '/v1/projects': json({ data: [{ name: 'default', id: 'UHJvamVjdDox' }], next_cursor: null }), '/arize_phoenix_version': plain('20.26.1', 200) }, { is: true, version: '20.26.1' }],
      ['one that wants a key', { '/v1/projects': plain('Invalid token', 401), '/arize_phoenix_version': plain('20.26.1', 200) }, { is: true, version: '20.26.1', needsAuth: true }],
      ['something else that wants a key', { '/v1/projects': plain('no', 401) }, { is: false }],
      ['a page', { '/v1/projects': { status: 200, type: 'text/html', body: '<html>' } }, { is: false }],
      ['other projects', { '/v1/projects': json({ data: [{ title: 'x' }] }) }, { is: false }],
      ['nothing', {}, { is: false }],
    ] as const) {
      it(what, async () => {
        const fake = await httpFake((url) => (answers as Readonly<Record<string, ReturnType<typeof plain>>>)[url.pathname] ?? plain('Not Found', 404));
        fakes.push(fake);
        const { says, ...rest } = await phoenix.detect!(fake.client, signal);
        assert.deepEqual(rest, wanted);
        assert.match(says, /\/v1\/projects .*\.$/);
      });
    }
    it('a link of its pages names server, project and trace', () => {
      assert.deepEqual(phoenix.recognise!(new URL(`https://h/base/projects/UHJvamVjdDox/traces/${REFERENCE}?x=1`)), { name: 'Arize Phoenix at h', url: 'https://h/base', options: { project: 'UHJvamVjdDox' }, traceId: REFERENCE });
      for (const other of ['https://h/projects', 'https://h/projects/mine/traces', 'https://h/', 'https://h/projects/UHJvamVjdD%zz']) assert.equal(phoenix.recognise!(new URL(other)), undefined);
    });
  });

  it('what it does not have, what is no id, and what is no Phoenix', async () => {
    const { source } = connect(await httpFake((url) => (url.pathname.endsWith('otlpv1') ? json({ data: [], next_cursor: null }) : json({ things: [] }))));
    const kind = (wanted: BackendError['kind'], says: RegExp) => (error: unknown): boolean => error instanceof BackendError && error.kind === wanted && says.test(error.message);
    await assert.rejects(source.trace({ traceId: REFERENCE }, signal), kind('notFound', /has no trace/));
    await assert.rejects(source.trace({ traceId: 'no id' }, signal), kind('badData', /no trace id/));
    await assert.rejects(source.probe(signal), kind('badData', /no "data"/));
  });
});
