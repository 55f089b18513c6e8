// Phoenix over what a real one answered, and over a server that keeps its documented rules: lists, filters, cursors, projects, losses.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { BackendError, type Backend } from '../../../../src/engine/backends/backend.ts';
import { phoenix } from '../../../../src/engine/backends/phoenix.ts';
import type { TraceSource } from '../../../../src/engine/backends/source.ts';
import { listedBackend } from '../../../../src/engine/listing/listedBackend.ts';
import { decodeOtlpJson } from '../../../../src/formats/otlpJson.ts';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import { httpFake, json, plain, type HttpFake } from '../../../support/fakes/httpFake.ts';
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
    { path: /^\/v1\/projects\/nosuch\//, name: 'phoenix/project-missing' },
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
    assert.match(notes.join(), /keeps no services/);
  });

  it('projects are listed to pick from; one that is not there yet is said, and lists nothing', async () => {
    assert.deepEqual(await connect(await real()).source.probe(signal).then(({ choices, notes }) => [choices, notes]), [{ project: ['default'] }, []]);
    const missing = connect(await real(), { project: 'nosuch' });
    assert.match((await missing.source.probe(signal)).notes.join(), /no project "nosuch" yet; there are default/);
    const page = await recent(missing.backend);
    assert.deepEqual([page.traces, page.notes.some((note) => /has no project "nosuch"/.test(note))], [[], true]);
  });

  describe('a server that keeps its documented rules', () => {
    const span = (id: number, more: object = {}): object => ({ span_id: id.toString(16).padStart(16, '0'), parent_id: null, name: `op ${id}`, status_code: 'OK', start_time: '2026-11-21T00:00:00+00:00', end_time: '2026-11-21T00:00:01+00:00', ...more });
    const traces = Array.from({ length: 450 }, (_, k) => ({
      trace_id: (k + 1).toString(16).padStart(32, '0'), start_time: new Date(RECORDED_MS - (k + 1) * 60_000).toISOString(), end_time: new Date(RECORDED_MS - (k + 1) * 60_000 + 100 + (k % 7) * 500).toISOString(),
      spans: [span(k + 1, k % 50 === 0 ? { status_code: 'ERROR' } : {})],
    }));
    const KNOWN = new Set(['start_time', 'end_time', 'sort', 'order', 'limit', 'cursor', 'include_spans', 'filter']);
    /** `ignoring`: a version that knows no filters takes them and does nothing, as its framework does. */
    const server = (ignoring = false): Promise<HttpFake> => httpFake((url) => {
      if (url.pathname !== '/v1/projects/default/traces') return plain('Not Found', 404);
      const query = url.searchParams;
      for (const name of query.keys()) if (!KNOWN.has(name)) return plain(`unknown ${name}`, 422);
      const limit = Number(query.get('limit') ?? 100);
      if (!(limit > 0 && limit <= 1000)) return plain('limit', 422);
      const [from, to] = [Date.parse(query.get('start_time') ?? ''), Date.parse(query.get('end_time') ?? '')];
      if (Number.isNaN(from) || Number.isNaN(to)) return plain('datetime', 422);
      const filter = ignoring ? '' : (query.get('filter') ?? '');
      const least = /^(?:error_count > 0 and )?latency_ms >= ([\d.]+)$/.exec(filter)?.[1];
      if (filter !== '' && filter !== 'error_count > 0' && least === undefined) return plain('Invalid filter', 400);
      const matching = traces.filter((trace) => Date.parse(trace.start_time) >= from && Date.parse(trace.start_time) < to)
        .filter((trace) => !filter.startsWith('error_count') || trace.spans.some((one) => (one as { status_code: string }).status_code === 'ERROR'))
        .filter((trace) => least === undefined || Date.parse(trace.end_time) - Date.parse(trace.start_time) >= Number(least));
      const start = Number(query.get('cursor') ?? 0);
      const end = start + limit;
      return json({ data: matching.slice(start, end), next_cursor: end < matching.length ? String(end) : null });
    });

    it('pages to the end, every trace once, newest first', async () => {
      const { backend } = connect(await server());
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
      for (const other of ['https://h/projects', 'https://h/projects/mine/traces', 'https://h/']) assert.equal(phoenix.recognise!(new URL(other)), undefined);
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
