// The real Phoenix through our own connection: takes the reference trace by OTLP/protobuf, lists it, and gives back what it keeps of it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { SearchPage, SearchQuery } from '../../src/engine/backends/backend.ts';
import { phoenix } from '../../src/engine/backends/phoenix.ts';
import { decodeOtlpJson } from '../../src/formats/otlpJson.ts';
import { buildTrace } from '../../src/model/traceBuilder.ts';
import { detailsOf } from '../support/formatFixtures.ts';
import { phoenixLosses } from '../support/losses/phoenix.ts';
import { checkLosses, factsOf } from '../support/sameTrace.ts';
import { connectTo, type LiveConnection } from './connection.ts';
import { deadline, describeLive, eventually, loss } from './live.ts';
import { sendOtlp } from './send/otlp.ts';
import type { OtlpDocument, OtlpSpan } from './send/otlpTypes.ts';
import type { SentTrace } from './send/reference.ts';
import { sendReferenceTrace } from './send/send.ts';

describeLive('phoenix', (server) => {
  let sent: SentTrace;
  let connection: LiveConnection;
  before(async () => {
    connection = connectTo(phoenix, server.url!);
    sent = await sendReferenceTrace(server, deadline());
    await eventually(async () => assert.ok((await list({})).traces.some(({ summary }) => summary.traceId === sent.traceId && summary.spans >= 13)));
  });
  after(() => connection.close());
  const list = (query: Partial<SearchQuery>): Promise<SearchPage> => connection.backend.search({ group: 'recent', sort: 'newest', limit: 20, askedAtMs: Date.now(), ...query }, deadline());

  it('is found out by what it answers', async () => {
    assert.deepEqual(await phoenix.detect!(connection.client, deadline()), { is: true, says: '/v1/projects lists projects.', version: server.version });
    assert.deepEqual((await connection.source.probe(deadline())).choices, { project: ['default'] });
  });

  it('lists the trace among the latest, the erring and the slow, by its own filters', async () => {
    for (const query of [{}, { group: 'errors' }, { minDurationNs: 8e9 }] as const) {
      const found = (await list(query)).traces.find(({ summary }) => summary.traceId === sent.traceId);
      assert.deepEqual([found?.summary.rootName, found?.summary.spans, found?.summary.errors, found?.unknown], ['POST /chat', 13, 1, ['services']], JSON.stringify(query));
      assert.equal(found!.summary.startUnixNano, sent.startUnixNano);
    }
    assert.ok(!(await list({ minDurationNs: 60e9 })).traces.some(({ summary }) => summary.traceId === sent.traceId));
  });

  it('gives the trace back, but for the written losses', async () => {
    const raw = await (await fetch(`${server.url}/v1/projects/default/spans/otlpv1?limit=1000&trace_id=${sent.traceId}`, { signal: deadline() })).text();
    const expected = buildTrace(sent.traceId, [{ batch: decodeOtlpJson(sent.otlp) }]);
    const { batches } = await connection.source.trace({ traceId: sent.traceId }, deadline());
    const got = buildTrace(sent.traceId, batches.map((batch) => ({ batch })));
    const facts = factsOf(expected);
    const losses = phoenixLosses(facts);
    checkLosses(facts, factsOf(got), losses, raw);
    for (const { what } of losses) loss(server, what);
  });

  it('keeps spans whose parent never came, and none with bytes among their values', async () => {
    const { traceId, otlp } = bareTrace([{ name: 'root' }, { name: 'orphan', parentSpanId: 'ff'.repeat(8) }, { name: 'bytes', attributes: [{ key: 'raw', value: { bytesValue: 'AAE=' } }] }, { name: 'last' }]);
    await sendOtlp(server.otlpUrl!, otlp, 'protobuf', deadline());
    await eventually(async () => {
      const { batches } = await connection.source.trace({ traceId }, deadline());
      assert.deepEqual(batches.flatMap(detailsOf).map(({ name }) => name).toSorted(), ['last', 'orphan', 'root']);
    });
  });

  it('says what it does not have', async () => {
    await assert.rejects(connection.source.trace({ traceId: 'f'.repeat(32) }, deadline()), /has no trace/);
    const other = connectTo(phoenix, server.url!, { project: 'nosuch' });
    assert.match((await other.backend.search({ group: 'recent', sort: 'newest', limit: 5 }, deadline())).notes.join(), /has no project "nosuch"/);
    await other.close();
  });
});

/** Spans one after the other, of no resource. */
function bareTrace(spans: readonly Partial<OtlpSpan>[]): { readonly traceId: string; readonly otlp: OtlpDocument } {
  const traceId = randomBytes(16).toString('hex');
  const [start, end] = [`${Date.now()}000000`, `${Date.now() + 1}000000`];
  return { traceId, otlp: { resourceSpans: [{ scopeSpans: [{ spans: spans.map((span) => ({ traceId, spanId: randomBytes(8).toString('hex'), name: '', startTimeUnixNano: start, endTimeUnixNano: end, ...span })) }] }] } };
}
