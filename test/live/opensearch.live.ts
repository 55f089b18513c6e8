// What only the real OpenSearch has, beside the contract: it is found out, what it holds in several kinds can be picked, conditions that
// different spans of a trace meet, matches that no field can hold, and traces of more documents than a page. In three shards each.
import assert from 'node:assert/strict';
import type { SearchQuery } from '../../src/engine/backends/backend.ts';
import { elasticsearch } from '../../src/engine/backends/elasticsearch.ts';
import { connected, type Connected } from '../support/connected.ts';
import { deadline, describeLive } from './live.ts';
import { ELASTIC_PATTERNS, ELASTIC_VARIANTS } from './send/elastic.ts';
import type { OtlpDocument } from './send/otlpTypes.ts';
import type { SentTrace } from './send/reference.ts';
import { sendReferenceTrace, sendTrace } from './send/send.ts';

const WIDE = 5_300;
const WIDE_ID = 'abcdef01'.repeat(4);

/** One time, and many of one id. */
function wideTrace(): OtlpDocument {
  const startMs = Date.now() - 30_000;
  const spans = Array.from({ length: WIDE }, (_, k) => ({ traceId: WIDE_ID, spanId: (k >= 1_500 && k < 2_400 ? 1_501 : k + 1).toString(16).padStart(16, '0'), name: `n${k}`, kind: 1, startTimeUnixNano: `${startMs}000000`, endTimeUnixNano: `${startMs}500000` }));
  return { resourceSpans: [{ resource: { attributes: [{ key: 'service.name', value: { stringValue: 'wide' } }] }, scopeSpans: [{ scope: {}, spans }] }] };
}

describeLive('opensearch', (server) => {
  const open: Connected[] = [];
  let sent: SentTrace;

  before(async () => {
    sent = await sendReferenceTrace(server, deadline());
    await sendTrace(server, { otlp: wideTrace() }, deadline());
  });
  after(() => Promise.all(open.map((connection) => connection.close())));

  function to(options: Readonly<Record<string, string>>): Connected {
    const connection = connected({ kind: 'elasticsearch', url: server.url!, options });
    open.push(connection);
    return connection;
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
      const connection = (): Connected => to({ index: ELASTIC_PATTERNS[variant] });

      it('sums a trace up exactly, by the time of its spans and by conditions that different ones of them meet', async () => {
        // Data Prepper refuses the one that has bytes, which ends last.
        const [spans, durationNs] = variant.startsWith('dataPrepper') ? [13, 8_951_900_000n] : [14, 8_961_000_000n];
        for (const query of [{}, { group: 'errors', service: 'api-gateway' }, { group: 'errors', service: 'orchestrator', minDurationNs: 8e9 }] as const) {
          const page = await connection().backend.search({ group: 'recent', sort: 'newest', limit: 50, ...query } as SearchQuery, deadline());
          const found = page.traces.find(({ summary }) => summary.traceId === sent.traceId)?.summary;
          assert.deepEqual([found?.rootService, found?.rootName, found?.spans, found?.errors, found?.roots, found?.startUnixNano, found?.durationNs], ['api-gateway', 'POST /chat', spans, 1, 1, sent.startUnixNano, durationNs], JSON.stringify(query));
        }
      });

      it('answers nothing where the field cannot hold what is asked for, and to an id that is none', async () => {
        const { traces } = await connection().backend.search({ group: 'recent', sort: 'newest', limit: 20, attributes: [{ key: 'gen_ai.request.max_tokens', value: 'no number' }] }, deadline());
        assert.deepEqual(traces, []);
        await assert.rejects(connection().source.trace({ traceId: '"}]}}' }, deadline()), { kind: 'notFound' });
      });

      it('finds a trace by its id in capitals, with a time', async () => {
        const { batches, notes } = await connection().source.trace({ traceId: sent.traceId.toUpperCase(), startUnixNano: String(sent.startUnixNano) }, deadline());
        assert.deepEqual([notes, batches[0]!.warnings, batches[0]!.rejected], [[], [], 0]);
      });

      it(`reads ${WIDE} spans page by page, every one once`, async () => {
        const { batches, notes } = await connection().source.trace({ traceId: WIDE_ID }, deadline());
        assert.deepEqual([batches.reduce((sum, batch) => sum + batch.count, 0), notes], [WIDE, []]);
      });
    });
  }
});
