// Elasticsearch's source over real HTTP, connected to a stand-in that holds what the writers of spans store of given ones.
import { elasticDocuments, type ElasticVariant } from '../live/send/elasticDocuments.ts';
import type { OtlpAttribute, OtlpDocument, OtlpSpan } from '../live/send/otlpTypes.ts';
import type { ConnectionConfig, ConnectionSecrets } from '../../src/protocol/connections.ts';
import { connected, type Connected } from './connected.ts';
import { ELASTIC_MAPPINGS } from './fakes/elasticFields.ts';
import { fakeElasticsearch, indicesOf as documentsIn, type FakeElastic, type FakeElasticOptions, type FakeIndex } from './fakes/elasticsearch.ts';
import { recordedText } from './formatFixtures.ts';

export const NOW_MS = Date.UTC(2026, 10, 29, 12);
export const NOW_NS = BigInt(NOW_MS) * 1_000_000n;
export const MINUTE_NS = 60_000_000_000n;
export const VARIANTS = ['jaeger', 'jaegerFields', 'otel', 'dataPrepper', 'dataPrepperStandard', 'ss4o'] as const;
export const REFERENCE = JSON.parse(recordedText('reference-trace.otlp.json')) as OtlpDocument;
export const REFERENCE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

export interface FakeSpan extends Partial<OtlpSpan> {
  readonly id: number;
  readonly agoNs: bigint;
  readonly durationNs?: bigint;
  readonly service?: string;
  readonly failed?: boolean;
  readonly child?: boolean;
}

export const idOf = (id: number): string => `${'e'.repeat(24)}${id.toString(16).padStart(8, '0')}`;
export const string = (key: string, value: string): OtlpAttribute => ({ key, value: { stringValue: value } });

/** Every span of a resource of its own. */
export function documentOf(spans: readonly FakeSpan[]): OtlpDocument {
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

export const indicesOf = (variant: ElasticVariant, document: OtlpDocument): Readonly<Record<string, FakeIndex>> => documentsIn(ELASTIC_MAPPINGS[variant], elasticDocuments(variant, document));

export type ElasticConnected = Connected & { readonly fake: FakeElastic };

export interface ElasticOptions extends Partial<FakeElasticOptions> {
  readonly variant?: ElasticVariant;
  readonly spans?: readonly FakeSpan[];
}

/** Connections of one test: all of them end with `close`. */
export class ElasticConnections {
  readonly #open: { close(): Promise<void> }[] = [];

  async made(options: ElasticOptions = {}, config: Partial<ConnectionConfig> = {}, secrets: ConnectionSecrets = {}, nowMs = NOW_MS): Promise<ElasticConnected> {
    const { variant = 'jaeger', spans = [{ id: 1, agoNs: MINUTE_NS }], ...rest } = options;
    const fake = await fakeElasticsearch({ indices: indicesOf(variant, documentOf(spans)), ...rest });
    this.#open.push(fake);
    const connection = connected({ kind: 'elasticsearch', url: fake.url, ...config }, secrets, () => nowMs);
    this.#open.push(connection);
    return { fake, ...connection };
  }

  async close(): Promise<void> {
    for (const one of this.#open.splice(0).toReversed()) await one.close();
  }
}
