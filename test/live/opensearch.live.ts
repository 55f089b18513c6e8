// The real OpenSearch through our own connection: documents of every writer, in three shards, found, listed, filtered, paged and opened. It
// answers for what the strict stand-in only imitates: collapse, scripts, lenient matches, nanoseconds in sort values.
import assert from 'node:assert/strict';
import type { SearchPage, SearchQuery } from '../../src/engine/backends/backend.ts';
import { elasticsearch } from '../../src/engine/backends/elasticsearch.ts';
import { decodeOtlpJson } from '../../src/formats/otlpJson.ts';
import { buildTrace } from '../../src/model/traceBuilder.ts';
import type { ConnectionConfig } from '../../src/protocol/connections.ts';
import { connected, type Connected } from '../support/connected.ts';
import { ELASTICSEARCH_LOSSES } from '../support/losses/elasticsearch.ts';
import { checkLosses, factsOf } from '../support/sameTrace.ts';
import { deadline, describeLive } from './live.ts';
import { ELASTIC_PATTERNS, ELASTIC_VARIANTS } from './send/elastic.ts';
import { elasticDocuments } from './send/elasticDocuments.ts';
import { manyTraces, type ManyTraces } from './send/manyTraces.ts';
import type { OtlpDocument } from './send/otlpTypes.ts';
import type { SentTrace } from './send/reference.ts';
import { sendReferenceTrace, sendTrace } from './send/send.ts';

const WIDE = 5_300;

describeLive('opensearch', (server) => {
  const open: Connected[] = [];
  let sent: SentTrace;
  let many: ManyTraces;
  const wideId = 'abcdef01'.repeat(4);

  before(async () => {
    sent = await sendReferenceTrace(server, deadline());
    many = manyTraces(300, 30_000);
    await sendTrace(server, many, deadline());
    await sendTrace(server, { otlp: wideTrace() }, deadline());
  });
  after(() => Promise.all(open.map((connection) => connection.close())));

  /** One time, and many of one id. */
  function wideTrace(): OtlpDocument {
    const startMs = Date.now() - 30_000;
    const spans = Array.from({ length: WIDE }, (_, k) => ({ traceId: wideId, spanId: (k >= 1_500 && k < 2_400 ? 1_501 : k + 1).toString(16).padStart(16, '0'), name: `n${k}`, kind: 1, startTimeUnixNano: `${startMs}000000`, endTimeUnixNano: `${startMs}500000` }));
    return { resourceSpans: [{ resource: { attributes: [{ key: 'service.name', value: { stringValue: 'wide' } }] }, scopeSpans: [{ scope: {}, spans }] }] };
  }
  function to(options: Readonly<Record<string, string>>, more: Partial<ConnectionConfig> = {}): Connected {
    const connection = connected({ kind: 'elasticsearch', url: server.url!, options, ...more });
    open.push(connection);
    return connection;
  }
  const list = (connection: Connected, query: Partial<SearchQuery>): Promise<SearchPage> => connection.backend.search({ group: 'recent', sort: 'newest', limit: 20, ...query }, deadline());
  const idsOf = ({ traces }: SearchPage): string[] => traces.map(({ summary }) => summary.traceId);
  async function all(connection: Connected, query: Partial<SearchQuery>): Promise<string[]> {
    const seen: string[] = [];
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page: SearchPage = await list(connection, { limit: 50, ...query, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...idsOf(page));
      cursor = page.next;
    }
    return seen;
  }

  it('is found out by what it answers, and what it holds can be picked', async () => {
    const { http, source } = to({});
    assert.deepEqual(await elasticsearch.detect!(http, deadline()), { is: true, says: `/ is OpenSearch's (${server.version}).`, version: server.version });
    const probe = await source.probe(deadline());
    assert.equal(probe.version, `OpenSearch ${server.version}`);
    assert.deepEqual(probe.notes, ["There are spans of Jaeger and of the collector's OTel mode and of Data Prepper: pick one."]);
    await assert.rejects(to({ index: 'nosuch-*' }).source.services(deadline()), { kind: 'unsupported' });
  });

  for (const variant of ELASTIC_VARIANTS) {
    describe(variant, () => {
      const options = { index: ELASTIC_PATTERNS[variant] };

      it('lists the trace among the latest, the erring, and those of a service with an error elsewhere', async () => {
        for (const query of [{}, { group: 'errors' }, { group: 'errors', service: 'api-gateway' }, { service: 'orchestrator' }] as const) {
          const page = await list(to(options), query);
          const found = page.traces.find(({ summary }) => summary.traceId === sent.traceId)?.summary;
          assert.deepEqual([found?.rootService, found?.rootName, found?.spans, found?.errors, found?.roots, found?.durationNs], ['api-gateway', 'POST /chat', 14, 1, 1, 8_961_000_000n], JSON.stringify(query));
          assert.equal(found!.startUnixNano, sent.startUnixNano);
          assert.deepEqual(page.notes, []);
        }
        assert.ok((await to(options).source.operations('orchestrator', deadline())).includes('chat_turn'));
      });

      it('filters by attribute, operation, duration and error', async () => {
        const connection = to(options);
        assert.deepEqual(idsOf(await list(connection, { service: many.service, attributes: [{ key: 'order.id', value: 'o7' }] })), [many.ids[6]]);
        assert.deepEqual(await all(connection, { service: many.service, operation: 'GET /', minDurationNs: 5e8 }), many.ids.filter((_, k) => (k + 1) % 25 === 0));
        assert.deepEqual(await all(connection, { service: many.service, group: 'errors' }), many.ids.filter((_, k) => (k + 1) % 20 === 0));
        assert.deepEqual(idsOf(await list(connection, { attributes: [{ key: 'gen_ai.request.max_tokens', value: 'no number' }] })), []);
        const unusual = (await list(connection, { group: 'slow', service: many.service })).traces;
        assert.ok(unusual.length > 0 && unusual.every(({ summary, usualNs }) => (many.ids.indexOf(summary.traceId) + 1) % 25 === 0 && usualNs === 1e8));
      });

      it('pages to the end, every trace once', async () => {
        const seen = await all(to(options), {});
        assert.equal(new Set(seen).size, seen.length);
        assert.deepEqual(seen.filter((id) => many.ids.includes(id)), many.ids);
      });

      it('gives the trace back, with a time and without, but for the written losses', async () => {
        const { source } = to(options);
        const expected = factsOf(buildTrace(sent.traceId, [{ batch: decodeOtlpJson(sent.otlp) }]));
        const raw = elasticDocuments(variant, sent.otlp).map((document) => document.source).join('\n');
        for (const ref of [{ traceId: sent.traceId }, { traceId: sent.traceId.toUpperCase(), startUnixNano: String(sent.startUnixNano) }]) {
          const { batches, notes } = await source.trace(ref, deadline());
          assert.deepEqual([notes, batches[0]!.warnings, batches[0]!.rejected], [[], [], 0]);
          checkLosses(expected, factsOf(buildTrace(sent.traceId, batches.map((batch) => ({ batch })))), ELASTICSEARCH_LOSSES[variant], raw);
        }
        await assert.rejects(source.trace({ traceId: 'f'.repeat(32) }, deadline()), { kind: 'notFound' });
        await assert.rejects(source.trace({ traceId: '"}]}}' }, deadline()), { kind: 'notFound' });
      });

      it(`reads ${WIDE} spans page by page, every one once`, async () => {
        const { batches, notes } = await to(options).source.trace({ traceId: wideId }, deadline());
        assert.deepEqual([batches.reduce((sum, batch) => sum + batch.count, 0), notes], [WIDE, []]);
      });
    });
  }
});
