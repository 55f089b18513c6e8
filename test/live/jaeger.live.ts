// What only Jaeger has: where its filters lie, what NaN breaks, what it writes into traces. What every system must do is contract.live.ts.
import assert from 'node:assert/strict';
import type { SearchPage, SearchQuery } from '../../src/engine/backends/backend.ts';
import { jaeger } from '../../src/engine/backends/jaeger.ts';
import { decodeOtlpJson } from '../../src/formats/otlpJson.ts';
import { buildTrace } from '../../src/model/traceBuilder.ts';
import { checkLosses, factsOf } from '../support/sameTrace.ts';
import { standBefore } from '../support/standBefore.ts';
import { connectTo, type LiveConnection } from './connection.ts';
import { deadline, describeLive, eventually } from './live.ts';
import { manyTraces, type ManyTraces } from './send/manyTraces.ts';
import { sendOtlp } from './send/otlp.ts';
import { poisonTrace, renewal, type SentTrace } from './send/reference.ts';
import { sendReferenceTrace } from './send/send.ts';

describeLive('jaeger', (server) => {
  const open: { close(): Promise<void> }[] = [];
  let sent: SentTrace;
  let many: ManyTraces;
  let poison: SentTrace;

  before(async () => {
    sent = await sendReferenceTrace(server, deadline());
    many = manyTraces(400, 30_000);
    await sendOtlp(server.otlpUrl!, many.otlp, 'json', deadline());
    poison = await poisonTrace(renewal(Date.now() - 600_000));
    await sendOtlp(server.otlpUrl!, poison.otlp, 'json', deadline());
    // Beside the poisoned one, of its service: what its list should show all the same.
    const beside = JSON.parse(JSON.stringify(many.otlp).replaceAll(`"${many.service}"`, '"poisoned"').replaceAll(/"traceId":"(.)/g, '"traceId":"0')) as ManyTraces['otlp'];
    await sendOtlp(server.otlpUrl!, beside, 'json', deadline());
    await eventually(async () => assert.equal((await connected().source.services(deadline())).includes('poisoned'), true));
  });
  after(() => Promise.all(open.map((one) => one.close())));

  function connected(url = server.url!): LiveConnection {
    const connection = connectTo(jaeger, url);
    open.push(connection);
    return connection;
  }
  const list = (connection: LiveConnection, query: Partial<SearchQuery>): Promise<SearchPage> => connection.backend.search({ group: 'recent', sort: 'newest', limit: 20, ...query }, deadline());
  const has = (page: SearchPage, id: string): boolean => page.traces.some(({ summary }) => summary.traceId === id);

  /** As versions before 1.51, or a proxy that lets only v1 through. */
  async function onlyV1(): Promise<{ readonly connection: LiveConnection; readonly asked: string[] }> {
    const front = await standBefore(server.url!, (path) => (path.startsWith('/api/v3') ? { status: 200, type: 'text/html', body: '<!DOCTYPE html><title>Jaeger</title>' } : undefined));
    open.push(front);
    return { connection: connected(front.url), asked: front.asked };
  }

  it('is found out by what it answers', async () => {
    const { source, client } = connected();
    assert.equal((await jaeger.detect!(client, deadline())).is, true);
    const { notes, choices } = await source.probe(deadline());
    assert.match(notes.join(), /whole traces/);
    assert.ok(choices!['services']!.includes('api-gateway'));
  });

  it('says which service calls which', async () => {
    const endNs = BigInt(Date.now()) * 1_000_000n;
    const calls = await connected().backend.dependencies!({ startNs: endNs - 86_400_000_000_000n, endNs }, deadline());
    assert.ok(calls.some(({ parent, child, calls: times }) => parent === 'api-gateway' && child === 'auth' && times >= 1), JSON.stringify(calls));
  });

  it('errors are found though its filter finds none, and it is said how far was looked', async () => {
    const connection = connected();
    const page = await list(connection, { group: 'errors', service: 'orchestrator' });
    assert.ok(has(page, sent.traceId));
    assert.match(page.notes.join(), /Errors among the latest/);
    const failing = await list(connection, { group: 'errors', service: many.service });
    assert.ok(failing.traces.length > 0 && failing.traces.every(({ summary }) => (many.ids.indexOf(summary.traceId) + 1) % 20 === 0));
  });

  it('reading a trace often adds nothing to it', async () => {
    const { source } = connected();
    const read = async (): Promise<ReturnType<typeof factsOf>> => factsOf(buildTrace(sent.traceId, (await source.trace({ traceId: sent.traceId }, deadline())).batches.map((batch) => ({ batch }))));
    const expected = factsOf(buildTrace(sent.traceId, [{ batch: decodeOtlpJson(sent.otlp) }]));
    for (let time = 0; time < 3; time++) {
      const got = await read();
      assert.equal(checkLosses(expected, got, [], '').kept, expected.size);
      assert.deepEqual([...got.keys()].filter((path) => path.includes('@jaeger')), [], 'a read adds nothing to what is stored');
    }
  });

  it('a trace with NaN is listed with the others by v3, named, and opened without a loss', async () => {
    assert.equal((await fetch(`${server.url}/api/traces/${poison.traceId}`, { signal: deadline() })).status, 500, 'v1 cannot');
    const connection = connected();
    const page = await list(connection, { service: 'poisoned' });
    assert.ok(has(page, poison.traceId));
    assert.equal(page.traces.length, 20);
    assert.match(page.notes.join(), new RegExp(`${poison.traceId} has values that are no numbers`));
    const expected = factsOf(buildTrace(poison.traceId, [{ batch: decodeOtlpJson(poison.otlp) }]));
    const { batches } = await connection.source.trace({ traceId: poison.traceId }, deadline());
    assert.equal(checkLosses(expected, factsOf(buildTrace(poison.traceId, batches.map((batch) => ({ batch })))), [], '').kept, expected.size);
  });

  it('where v1 is all there is, the poisoned trace is isolated in at most 12 requests and the rest is shown', async () => {
    const { connection, asked } = await onlyV1();
    await connection.source.prepare?.(deadline());
    const from = asked.length;
    const endNs = BigInt(Date.now()) * 1_000_000n;
    const page = await connection.source.page({ service: 'poisoned', window: { startNs: endNs - 3_600_000_000_000n, endNs }, limit: 200 }, deadline());
    const searches = asked.slice(from).filter((path) => path.startsWith('/api/traces?')).length;
    assert.ok(searches <= 12, `${searches} requests`);
    assert.ok(page.traces.length >= 115, `${page.traces.length} traces of 118`);
    assert.match(page.notes.join(), /has a value that is no number/);
    await assert.rejects(connection.source.trace({ traceId: poison.traceId }, deadline()), { kind: 'server' });
  });

  it('both halves of a call that share one id, as of Zipkin’s clients, are told apart', async () => {
    const traceId = `5a${many.ids[0]!.slice(2)}`;
    const half = (service: string, kind: number, from: number): object => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeSpans: [{ spans: [{ traceId, spanId: 'aaaaaaaaaaaaaaaa', name: service, kind, startTimeUnixNano: `${Date.now() - 5000 + from}000000`, endTimeUnixNano: `${Date.now() - 4000 - from}000000` }] }],
    });
    await sendOtlp(server.otlpUrl!, { resourceSpans: [half('shared-web', 3, 0), half('shared-api', 2, 100)] } as SentTrace['otlp'], 'json', deadline());
    for (const { source } of [connected(), (await onlyV1()).connection]) {
      const trace = await eventually(async () => buildTrace(traceId, (await source.trace({ traceId }, deadline())).batches.map((batch) => ({ batch }))));
      assert.deepEqual(Array.from(trace.depth, Number), [1, 2]);
    }
  });

  it('the latest of a root, for comparing, come with their list', async () => {
    const cohort = await connected().backend.cohort(many.service, 'GET /', 50, deadline());
    assert.equal(cohort.length, 50);
    assert.ok(cohort.every(({ loaded }) => loaded !== undefined));
  });
});
