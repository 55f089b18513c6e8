// Elasticsearch and OpenSearch over real HTTP by a strict stand-in: indices found by their fields, lists of two searches, paging, filters,
// opening with events of their own, what is missing of an answer, and what goes wrong. No real server was asked: marked fake-verified.
import assert from 'node:assert/strict';
import type { SearchQuery } from '../../../../src/engine/backends/backend.ts';
import { decodeOtlpProto } from '../../../../src/formats/otlpProto.ts';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import { summaryOf } from '../../../../src/model/traceSummary.ts';
import type { ConnectionConfig, ConnectionSecrets } from '../../../../src/protocol/connections.ts';
import { elasticDocuments, type ElasticVariant } from '../../../live/send/elasticDocuments.ts';
import type { OtlpAttribute, OtlpDocument, OtlpSpan } from '../../../live/send/otlpTypes.ts';
import { connected, type Connected } from '../../../support/connected.ts';
import { ELASTIC_MAPPINGS } from '../../../support/fakes/elasticFields.ts';
import { fakeElasticsearch, type FakeElastic, type FakeElasticOptions, type FakeIndex } from '../../../support/fakes/elasticsearch.ts';
import { recorded, recordedText } from '../../../support/formatFixtures.ts';
import { ELASTICSEARCH_LOSSES } from '../../../support/losses/elasticsearch.ts';
import { checkLosses, factsOf } from '../../../support/sameTrace.ts';
import { shuffled } from '../listing/fakeSource.ts';

const signal = new AbortController().signal;
const NOW_MS = Date.UTC(2026, 10, 29, 12);
const NOW_NS = BigInt(NOW_MS) * 1_000_000n;
const MINUTE_NS = 60_000_000_000n;
const VARIANTS = ['jaeger', 'jaegerFields', 'otel', 'dataPrepper', 'dataPrepperStandard', 'ss4o'] as const;
const REFERENCE = JSON.parse(recordedText('reference-trace.otlp.json')) as OtlpDocument;
const REFERENCE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

interface FakeSpan extends Partial<OtlpSpan> {
  readonly id: number;
  readonly agoNs: bigint;
  readonly durationNs?: bigint;
  readonly service?: string;
  readonly failed?: boolean;
  readonly child?: boolean;
}

const idOf = (id: number): string => `${'e'.repeat(24)}${id.toString(16).padStart(8, '0')}`;
const string = (key: string, value: string): OtlpAttribute => ({ key, value: { stringValue: value } });

/** Every span of a resource of its own. */
function documentOf(spans: readonly FakeSpan[]): OtlpDocument {
  return {
    resourceSpans: spans.map(({ id, agoNs, durationNs = 1_000_000n, service = 'shop', failed = false, child = false, ...more }, k) => ({
      resource: { attributes: [string('service.name', service)] },
      scopeSpans: [{ scope: {}, spans: [{
        traceId: idOf(id), spanId: (k + 1).toString(16).padStart(16, '0'), ...(child ? { parentSpanId: 'abcdefabcdefabcd' } : {}), name: 'GET /', kind: 2, startTimeUnixNano: String(NOW_NS - agoNs), endTimeUnixNano: String(NOW_NS - agoNs + durationNs),
        ...(failed ? { status: { code: 2 } } : {}), ...more,
      }] }],
    })),
  };
}

function indicesOf(variant: ElasticVariant, document: OtlpDocument): Readonly<Record<string, FakeIndex>> {
  const indices: Record<string, { readonly mappings: FakeIndex['mappings']; readonly sources: string[] }> = {};
  for (const { index, source } of elasticDocuments(variant, document)) (indices[index] ??= { mappings: ELASTIC_MAPPINGS[variant], sources: [] }).sources.push(source);
  return indices;
}

describe('engine/backends/elasticsearch', () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.close();
  });

  type Made = Connected & { readonly fake: FakeElastic };
  async function made(options: Partial<FakeElasticOptions> & { readonly variant?: ElasticVariant; readonly spans?: readonly FakeSpan[] } = {}, config: Partial<ConnectionConfig> = {}, secrets: ConnectionSecrets = {}, nowMs = NOW_MS): Promise<Made> {
    const { variant = 'jaeger', spans = [{ id: 1, agoNs: MINUTE_NS }], ...rest } = options;
    const fake = await fakeElasticsearch({ indices: indicesOf(variant, documentOf(spans)), ...rest });
    open.push(fake);
    const connection = connected({ kind: 'elasticsearch', url: fake.url, ...config }, secrets, () => nowMs);
    open.push(connection);
    return { fake, ...connection };
  }
  const search = ({ backend }: Made, query: Partial<SearchQuery> = {}): ReturnType<Connected['backend']['search']> => backend.search({ group: 'recent', sort: 'newest', limit: 20, ...query }, signal);
  async function all(made_: Made, query: Partial<SearchQuery> = {}): Promise<string[]> {
    const seen: string[] = [];
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page = await search(made_, { ...query, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.traces.map(({ summary }) => summary.traceId));
      cursor = page.next;
    }
    return seen;
  }
  const numbers = (ids: readonly string[]): number[] => ids.map((id) => Number.parseInt(id.slice(24), 16));

  describe('the reference trace comes out the same, but for the written losses', () => {
    const startMs = Number(BigInt(REFERENCE.resourceSpans[0]!.scopeSpans[0]!.spans[0]!.startTimeUnixNano) / 1_000_000n);
    const sent = decodeOtlpProto(recorded('reference-trace.otlp.pb'));
    for (const variant of VARIANTS) {
      it(variant, async () => {
        const connection = await made({ indices: indicesOf(variant, REFERENCE) }, {}, {}, startMs + 600_000);
        const [found] = (await search(connection)).traces;
        const { batches, notes } = await connection.source.trace(found!.ref, signal);
        const got = buildTrace(REFERENCE_ID, batches.map((batch) => ({ batch })));
        const raw = elasticDocuments(variant, REFERENCE).map(({ source }) => source).join('\n');
        const { kept, lost } = checkLosses(factsOf(buildTrace(REFERENCE_ID, [{ batch: sent }])), factsOf(got), ELASTICSEARCH_LOSSES[variant], raw);
        assert.ok(kept >= 294 && lost <= 5, `${kept} kept, ${lost} lost`);
        assert.deepEqual([...notes, ...batches.flatMap(({ warnings }) => warnings)], []);
        // The list says of it what the trace says.
        const opened = summaryOf(got);
        const said = ({ rootService, rootName, startUnixNano, durationNs, spans, errors, services }: typeof opened): unknown => [rootService, rootName, startUnixNano, durationNs, spans, errors, services.toSorted()];
        assert.deepEqual(said(found!.summary), said(opened));
        assert.equal(found!.unknown, undefined);
      });
    }
  });

  for (const variant of VARIANTS) {
    it(`${variant}: pages to the end, every trace once: 2,000 in any order, several in the same millisecond`, async function () {
      this.timeout(60_000);
      const spans = shuffled(Array.from({ length: 2000 }, (_, k) => ({ id: k, agoNs: BigInt(k - (k % 3)) * 20_000_000_000n + 1_000_000n })));
      const seen = await all(await made({ variant, spans }));
      assert.equal(seen.length, 2000);
      assert.equal(new Set(seen).size, 2000);
      assert.deepEqual(numbers(seen).map((k) => k - (k % 3)), Array.from({ length: 2000 }, (_, k) => k - (k % 3)), 'newest first');
    });
  }
});
