// The contract of every tracing system (support/contract/rows.ts) with every real server that runs: what each of them is, as data.
import type { ConnectionConfig, ConnectionSecrets } from '../../src/protocol/connections.ts';
import { COLLECTOR } from '../support/contract/collector.ts';
import { toldOf } from '../support/contract/commandLine.ts';
import { FAKES } from '../support/contract/fakes.ts';
import { RECORDED } from '../support/contract/recorded.ts';
import { describeContract, type ContractSystem } from '../support/contract/system.ts';
import { documentsOf, whatIsSent, type Sent } from '../support/contract/whatIsSent.ts';
import { connected } from '../support/connected.ts';
import { CLICKHOUSE_LOSSES } from '../support/losses/clickhouse.ts';
import { ELASTICSEARCH_LOSSES } from '../support/losses/elasticsearch.ts';
import { JAEGER_V1_LOSSES, JAEGER_V3_LOSSES } from '../support/losses/jaeger.ts';
import { PHOENIX_LOSSES } from '../support/losses/phoenix.ts';
import { TEMPO_LOSSES } from '../support/losses/tempo.ts';
import { XRAY_LOSSES } from '../support/losses/xray.ts';
import { ZIPKIN_OTEL_LOSSES } from '../support/losses/zipkin.ts';
import { standBefore, type Front } from '../support/standBefore.ts';
import { deadline, eventually, withFakes, liveServers } from './live.ts';
import { CLICKHOUSE_VARIANTS, clickhouse } from './send/clickhouse.ts';
import { CLICKHOUSE_DATABASES, CLICKHOUSE_TABLES, type ClickHouseVariant } from './send/clickhouseSchema.ts';
import { ELASTIC_PATTERNS, ELASTIC_VARIANTS, elasticTrace } from './send/elastic.ts';
import { MOTO_KEYS, motoTrace } from './send/moto.ts';
import { sendTrace, XRAY_REGION } from './send/send.ts';
import type { LiveServer } from './servers/server.ts';

interface Live extends Pick<ContractSystem, 'losses' | 'without' | 'noServices' | 'noOperations'> {
  /** Behind the system's name in the table, where one server is read in several ways. */
  readonly way?: string;
  readonly config?: Partial<ConnectionConfig>;
  readonly secrets?: ConnectionSecrets;
  readonly idAsGiven?: boolean;
  readonly raw: (server: LiveServer, traceId: string) => Promise<string>;
  /** How many traces it lists: some are found by id before they are. */
  readonly listed?: (server: LiveServer) => Promise<number>;
  /** Stands between us and the server. */
  readonly front?: (url: string) => Promise<Front>;
}

const get = async (url: string): Promise<string> => (await fetch(url, { signal: deadline() })).text();
const table = (variant: ClickHouseVariant): string => `${CLICKHOUSE_DATABASES[variant]}.${CLICKHOUSE_TABLES[variant]}`;
/** As versions before 1.51, or a proxy that lets only v1 through. */
const onlyV1 = (url: string): Promise<Front> => standBefore(url, (path) => (path.startsWith('/api/v3') ? { status: 200, type: 'text/html', body: '<!DOCTYPE html><title>Jaeger</title>' } : undefined));
const NO_FILTERS = 'moto fails on filter expressions';

const SYSTEMS: Readonly<Record<string, readonly Live[]>> = {
  jaeger: [
    { losses: JAEGER_V3_LOSSES, raw: ({ url }, id) => get(`${url}/api/v3/traces/${id}?raw_traces=true`) },
    { way: 'by v1', losses: JAEGER_V1_LOSSES, raw: ({ url }, id) => get(`${url}/api/traces/${id}?raw=true`), front: onlyV1 },
  ],
  zipkin: [{ losses: ZIPKIN_OTEL_LOSSES, raw: ({ url }, id) => get(`${url}/api/v2/trace/${id}`) }],
  tempo: [{
    losses: TEMPO_LOSSES, raw: ({ url }, id) => get(`${url}/api/v2/traces/${id}`),
    listed: async ({ url }) => (JSON.parse(await get(`${url}/api/search?q={}&limit=1000`)) as { readonly traces?: readonly unknown[] }).traces?.length ?? 0,
  }],
  phoenix: [{
    losses: PHOENIX_LOSSES, noServices: true, raw: ({ url }, id) => get(`${url}/v1/projects/default/spans/otlpv1?limit=1000&trace_id=${id}`),
    without: { 'services and operations': 'it keeps none', 'filter: service': 'it keeps none', 'filter: operation': 'its API has none', 'filter: attribute': 'its API has none' },
  }],
  xray: [{
    losses: XRAY_LOSSES, noServices: true, noOperations: true, idAsGiven: true, config: { options: { region: XRAY_REGION }, auth: { type: 'aws' } }, secrets: MOTO_KEYS, raw: ({ url }, id) => motoTrace(url!, id, deadline()),
    without: { 'services and operations': 'moto has none', errors: NO_FILTERS, slow: 'moto has whole seconds', 'filter: service': NO_FILTERS, 'filter: operation': 'it has no operations', 'filter: attribute': NO_FILTERS, 'filter: duration': NO_FILTERS, cohort: NO_FILTERS, 'command: secrets': 'AWS signs' },
  }],
  clickhouse: CLICKHOUSE_VARIANTS.map((variant) => ({
    way: table(variant), losses: CLICKHOUSE_LOSSES[variant], config: { options: { database: CLICKHOUSE_DATABASES[variant] } },
    raw: ({ url }, id) => clickhouse(url!, `SELECT * FROM ${table(variant)} WHERE ${variant === 'jaeger' ? 'trace_id' : 'TraceId'} = {id:String} FORMAT JSONEachRow`, { param_id: id }, deadline()),
  })),
  opensearch: ELASTIC_VARIANTS.map((variant) => ({
    way: variant, losses: ELASTICSEARCH_LOSSES[variant], config: { kind: 'elasticsearch', options: { index: ELASTIC_PATTERNS[variant] } }, raw: ({ url }, id) => elasticTrace(url!, variant, id, deadline()),
  })),
};

/** One sending for all ways of reading. */
const sent = new Map<string, Promise<Sent>>();

async function send(server: LiveServer, idAsGiven: boolean): Promise<Sent> {
  const what = await whatIsSent({ idAsGiven });
  for (const otlp of documentsOf(what)) await sendTrace(server, { otlp }, deadline());
  return what;
}

function liveSystem(server: LiveServer, { way, config, secrets, idAsGiven = false, raw, front, listed, ...system }: Live): ContractSystem {
  return {
    ...system, system: way === undefined ? server.system : `${server.system} ${way}`, version: server.version, how: 'live',
    start: async () => {
      const what = await (sent.get(server.system) ?? sent.set(server.system, send(server, idAsGiven)).get(server.system)!);
      const before = await front?.(server.url!);
      const whole = { kind: server.system, url: before?.url ?? server.url!, ...config };
      const connect = (): ReturnType<typeof connected> => connected(whole, secrets);
      const { backend, close } = connect();
      await eventually(async () => {
        const last = await backend.trace({ traceId: what.traffic.ids.at(-1)! }, deadline());
        if (last.batches.reduce((count, batch) => count + batch.count, 0) < 2) throw new Error('The traffic has not arrived yet.');
        if (listed !== undefined && (await listed(server)) < what.traffic.ids.length + Object.keys(what.references).length) throw new Error('The traffic is not listed yet.');
      });
      await close();
      return { connect, told: toldOf(whole, secrets), ...what, raw: (traceId) => raw(server, traceId), close: async () => before?.close() };
    },
  };
}

for (const server of liveServers()) for (const live of SYSTEMS[server.system] ?? []) describeContract(liveSystem(server, live), { commands: true });
if (withFakes()) for (const system of [COLLECTOR, ...FAKES, ...RECORDED]) describeContract(system, { commands: true });
