// The real Phoenix through our own connection: takes the reference trace by OTLP/protobuf, lists it, and gives back what it keeps of it.
import assert from 'node:assert/strict';
import type { SearchPage, SearchQuery } from '../../src/engine/backends/backend.ts';
import { phoenix } from '../../src/engine/backends/phoenix.ts';
import { decodeOtlpJson } from '../../src/formats/otlpJson.ts';
import { buildTrace } from '../../src/model/traceBuilder.ts';
import { phoenixLosses } from '../support/losses/phoenix.ts';
import { checkLosses, factsOf } from '../support/sameTrace.ts';
import { connectTo, type LiveConnection } from './connection.ts';
import { deadline, describeLive, eventually, loss } from './live.ts';
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
    const orphan = [...facts.keys()].map((path) => path.split('/')[0]!).find((id) => !factsOf(got).has(`${id}/name`))!;
    const losses = phoenixLosses(orphan);
    checkLosses(facts, factsOf(got), losses, raw);
    for (const { what } of losses) loss(server, what);
  });

  it('says what it does not have', async () => {
    await assert.rejects(connection.source.trace({ traceId: 'f'.repeat(32) }, deadline()), /has no trace/);
    const other = connectTo(phoenix, server.url!, { project: 'nosuch' });
    assert.match((await other.backend.search({ group: 'recent', sort: 'newest', limit: 5 }, deadline())).notes.join(), /has no project "nosuch"/);
    await other.close();
  });
});
