// What only Zipkin has: its own wire, spans that two services share, ids of 64 and 128 bits. What every system must do is contract.live.ts.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { SearchPage, SearchQuery } from '../../src/engine/backends/backend.ts';
import { zipkin } from '../../src/engine/backends/zipkin.ts';
import { decodeZipkinJson } from '../../src/formats/zipkinJson.ts';
import { buildTrace } from '../../src/model/traceBuilder.ts';
import { ZIPKIN_LOSSES } from '../support/losses/zipkin.ts';
import { checkLosses, factsOf } from '../support/sameTrace.ts';
import { connectTo, type LiveConnection } from './connection.ts';
import { deadline, describeLive, eventually } from './live.ts';
import { referenceZipkinSpans, renewal, type SentTrace } from './send/reference.ts';
import { sendReferenceTrace } from './send/send.ts';
import { sendZipkin } from './send/zipkin.ts';

describeLive('zipkin', (server) => {
  const by = renewal();
  const open: LiveConnection[] = [];
  let sent: SentTrace;

  before(async () => {
    sent = await sendReferenceTrace(server, deadline(), by);
    await eventually(async () => assert.ok((await connected().source.services(deadline())).includes('orchestrator')));
  });
  after(() => Promise.all(open.map((connection) => connection.close())));

  function connected(url = server.url!): LiveConnection {
    const connection = connectTo(zipkin, url);
    open.push(connection);
    return connection;
  }
  const list = (connection: LiveConnection, query: Partial<SearchQuery>): Promise<SearchPage> => connection.backend.search({ group: 'recent', sort: 'newest', limit: 20, ...query }, deadline());
  const spansOf = (traceId: string, ...spans: readonly object[]): readonly unknown[] => spans.map((span) => ({ traceId, ...span }));

  it('is found out by what it answers, also below /zipkin', async () => {
    for (const url of [server.url!, `${server.url!}/zipkin`]) {
      const { source, client } = connected(url);
      assert.deepEqual(await zipkin.detect!(client, deadline()), { is: true, says: '/api/v2/services lists services.', ...(url === server.url ? { version: server.version } : {}) });
      assert.ok((await source.operations('orchestrator', deadline())).includes('chat_turn'));
    }
  });

  it('says which service calls which', async () => {
    const endNs = BigInt(Date.now()) * 1_000_000n;
    const calls = await connected().backend.dependencies!({ startNs: endNs - 86_400_000_000_000n, endNs }, deadline());
    assert.ok(calls.some(({ parent, child, calls: times }) => parent === 'api-gateway' && child === 'auth' && times >= 1), JSON.stringify(calls));
  });

  it('counts a span that a client and its server share as two', async () => {
    for (const query of [{}, { group: 'errors' }, { group: 'errors', service: 'api-gateway' }] as const) {
      const found = (await list(connected(), query)).traces.find(({ summary }) => summary.traceId === sent.traceId);
      assert.deepEqual([found?.summary.rootService, found?.summary.rootName, found?.summary.spans, found?.summary.errors, found?.summary.orphans], ['api-gateway', 'post /chat', 14, 1, 1], JSON.stringify(query));
      assert.equal(found!.summary.startUnixNano, sent.startUnixNano);
    }
  });

  it('gives the trace back, but for the written losses', async () => {
    const { batches } = await connected().source.trace({ traceId: sent.traceId }, deadline());
    const raw = await (await fetch(`${server.url}/api/v2/trace/${sent.traceId}`, { signal: deadline() })).text();
    const expected = factsOf(buildTrace(sent.traceId, [{ batch: decodeZipkinJson(await referenceZipkinSpans(by)) }]));
    checkLosses(expected, factsOf(buildTrace(sent.traceId, batches.map((batch) => ({ batch })))), ZIPKIN_LOSSES, raw);
  });

  it('a trace whose services report 64 and 128 bits of its id is one, with a server half that has not ended', async () => {
    const full = randomBytes(16).toString('hex');
    const low = full.slice(16);
    const timestamp = (Date.now() - 30_000) * 1000;
    await sendZipkin(server.url!, spansOf(full, { id: 'aaaaaaaaaaaaaaaa', kind: 'CLIENT', name: 'front', timestamp, duration: 9000, localEndpoint: { serviceName: 'mixed-web' } }), deadline());
    await sendZipkin(server.url!, spansOf(low, { id: 'aaaaaaaaaaaaaaaa', kind: 'SERVER', shared: true, name: 'back', timestamp: timestamp + 100, localEndpoint: { serviceName: 'mixed-api' } }), deadline());
    const { source, backend } = connected();
    const trace = await eventually(async () => {
      const { batches } = await source.trace({ traceId: full }, deadline());
      const built = buildTrace(full, batches.map((batch) => ({ batch })));
      assert.equal(built.spans, 2);
      return built;
    });
    assert.deepEqual(Array.from(trace.depth, Number), [1, 2]);
    const listed = await backend.search({ group: 'recent', sort: 'newest', limit: 20 }, deadline());
    assert.deepEqual(listed.traces.filter(({ summary }) => summary.services.some((name) => name.startsWith('mixed'))).map(({ summary }) => [summary.traceId, summary.spans]), [[full, 2]]);
  });

  it('says what it does not have, and what is no id', async () => {
    const { source } = connected();
    await assert.rejects(source.trace({ traceId: 'dead00000000beef' }, deadline()), { kind: 'notFound' });
    await assert.rejects(source.trace({ traceId: 'f'.repeat(31) }, deadline()), { kind: 'notFound' });
    await assert.rejects(source.trace({ traceId: 'zzz' }, deadline()), { kind: 'badData' });
  });
});
