// Every system that can be connected to, as a person meets it: a strict fake that holds one support chat, the address that is pasted, what the
// wizard asks after it with the answers, and what is saved. One more system is one more row of SYSTEMS.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ConnectionConfig } from '../../src/protocol/connections.ts';
import { json } from '../live/send/attributes.ts';
import { clickhouseRows } from '../live/send/clickhouseRows.ts';
import { elasticDocuments } from '../live/send/elasticDocuments.ts';
import { otlpBytes } from '../live/send/otlp.ts';
import type { OtlpDocument } from '../live/send/otlpTypes.ts';
import { xraySegments, xrayTraceId } from '../live/send/xraySegments.ts';
import { cloudTraceOf } from '../support/cloudTraceReference.ts';
import { fakeClickHouse } from '../support/fakes/clickhouse.ts';
import type { FakeCloudTrace } from '../support/fakes/cloudTrace.ts';
import { ELASTIC_MAPPINGS } from '../support/fakes/elasticFields.ts';
import { fakeElasticsearch, refusal } from '../support/fakes/elasticsearch.ts';
import { fakeJaeger } from '../support/fakes/jaeger.ts';
import { fakeLangfuse, KEYS } from '../support/fakes/langfuse.ts';
import { phoenixFake, type PhoenixWorld } from '../support/fakes/phoenix.ts';
import { fakeTempo } from '../support/fakes/tempo.ts';
import type { FakeXrayTrace } from '../support/fakes/xray.ts';
import { ingested } from '../support/langfuseTraces.ts';
import { AWS_PROFILE, type Clouds } from './clouds.ts';
import { otlpRequest } from './otlp.ts';

/** Fails in `retrieve`, whose attributes name `line` of src/systems.ts in the opened folder. */
export interface Chat {
  readonly traceId: string;
  /** The root's name: no other trace has it. */
  readonly name: string;
  readonly startNs: bigint;
  readonly ms: number;
  readonly otlp: OtlpDocument;
}

/** `picks` a row, `types` into the box, or takes what stands there already. */
export type Step = readonly [title: string, answer: { readonly picks: string } | { readonly types: string } | 'enter'];

export interface RunningSystem {
  readonly address: string;
  readonly steps: readonly Step[];
  readonly saved: Omit<ConnectionConfig, 'id'>;
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

export interface System {
  readonly what: string;
  readonly start: (chat: Chat, clouds: Clouds) => Promise<RunningSystem>;
  /** How the tree calls the trace, where not by its root. */
  readonly row?: string;
  /** Spans of the waterfall from the top, where names are lost. */
  readonly spans?: readonly string[];
}

export const CODE = 'src/systems.ts';
const AGO_MS = 60_000;
const MS_NS = 1_000_000n;

/** It ended a minute ago; its id begins with its second, as X-Ray's do. */
export function chatAt(name: string, line: number): Chat {
  const [startMs, ms] = [Date.now() - AGO_MS, 900];
  const traceId = `${Math.floor(startMs / 1000).toString(16)}${line.toString(16).padStart(24, 'c')}`;
  const { body } = otlpRequest({
    traceId, startMs,
    spans: [
      { name, service: 'api-gateway', ms },
      { name: 'chat_turn', service: 'orchestrator', parent: 0, atMs: 16, ms: ms - 20 },
      { name: 'retrieve', service: 'orchestrator', parent: 1, atMs: 20, ms: 60, error: 'the index is gone', attributes: { 'code.file.path': `/app/${CODE}`, 'code.line.number': line } },
    ],
  });
  return { traceId, name, ms, startNs: BigInt(startMs) * MS_NS, otlp: body as OtlpDocument };
}

const hostOf = (url: string): string => new URL(url).host;
const NO_SECRETS = { steps: [], secrets: [] } as const;

export const SYSTEMS: readonly System[] = [
  {
    what: 'Jaeger',
    start: async ({ traceId, startNs, ms, name, otlp }) => {
      const fake = await fakeJaeger({ age: 'newest', traces: [{ id: 1, traceId, startNs, ms, name, service: 'api-gateway', failed: true, otlp }] });
      return { ...NO_SECRETS, address: hostOf(fake.url), saved: { kind: 'jaeger', name: `Jaeger at ${hostOf(fake.url)}`, url: fake.url }, close: () => fake.close() };
    },
  },
  {
    what: 'Grafana Tempo',
    start: async ({ otlp }) => {
      const fake = await fakeTempo({ traces: [otlpBytes(otlp)], version: '2.8.1' });
      return { ...NO_SECRETS, address: fake.url, saved: { kind: 'tempo', name: `Grafana Tempo at ${hostOf(fake.url)}`, url: fake.url }, close: () => fake.close() };
    },
  },
  {
    what: 'Grafana Tempo through Grafana',
    start: async ({ otlp }) => {
      const token = 'glsa_service-account-token';
      const fake = await fakeTempo({ traces: [otlpBytes(otlp)], grafana: { token, sources: { logs: ['loki', 'Logs'], dev: ['tempo', 'Traces of development'], prod: ['tempo', 'Traces of production'] } } });
      return {
        address: fake.url,
        steps: [['Sign in to Grafana Tempo', { picks: 'Bearer token' }], ['Bearer token', { types: token }], ['Data source of Grafana', { picks: 'Traces of production' }]],
        saved: { kind: 'tempo', name: `Grafana Tempo at ${hostOf(fake.url)}`, url: fake.url, options: { datasource: 'Traces of production (prod)' }, auth: { type: 'bearer' } },
        secrets: [token],
        close: () => fake.close(),
      };
    },
  },
  {
    what: 'Langfuse',
    start: async ({ otlp }) => {
      const fake = await fakeLangfuse({ version: 3, traces: [ingested(JSON.stringify(otlp))] });
      return {
        address: `${fake.url}/project/p/traces`,
        steps: [['Sign in to Langfuse', { picks: 'User name and password' }], ['User name', { types: KEYS.user }], ['Password', { types: KEYS.secret }]],
        saved: { kind: 'langfuse', name: `Langfuse at ${hostOf(fake.url)}`, url: fake.url, auth: { type: 'basic', user: KEYS.user } },
        secrets: [KEYS.secret],
        close: () => fake.close(),
      };
    },
  },
  {
    what: 'Arize Phoenix',
    start: async (chat) => {
      const token = 'phoenix-api-key';
      const fake = await phoenixFake({ projects: ['chat', 'default'], ...inPhoenix(chat), key: token });
      return {
        address: fake.url,
        steps: [['Sign in to Arize Phoenix', { picks: 'Bearer token' }], ['Bearer token', { types: token }], ['Project', { picks: 'chat' }]],
        saved: { kind: 'phoenix', name: `Arize Phoenix at ${hostOf(fake.url)}`, url: fake.url, options: { project: 'chat' }, auth: { type: 'bearer' } },
        secrets: [token],
        close: () => fake.close(),
      };
    },
  },
  {
    what: 'Elasticsearch',
    start: async ({ otlp }) => {
      const key = 'ZWxhc3RpYzphcGkta2V5';
      const documents = elasticDocuments('jaeger', otlp);
      const fake = await fakeElasticsearch({
        indices: { [documents[0]!.index]: { mappings: ELASTIC_MAPPINGS.jaeger, sources: documents.map(({ source }) => source) } },
        door: ({ headers }) => (headers['authorization'] === `ApiKey ${key}` ? undefined : refusal(401, 'security_exception', 'missing authentication credentials')),
      });
      return {
        address: fake.url,
        steps: [['Sign in to Elasticsearch / OpenSearch', { picks: 'API key' }], ['Header of the API key', 'enter'], ['What stands before the key', 'enter'], ['API key', { types: key }]],
        saved: { kind: 'elasticsearch', name: `Elasticsearch / OpenSearch at ${hostOf(fake.url)}`, url: fake.url, auth: { type: 'apiKey', header: 'Authorization', prefix: 'ApiKey ' } },
        secrets: [key],
        close: () => fake.close(),
      };
    },
  },
  {
    what: 'AWS X-Ray by a link of its console',
    row: 'api-gateway',
    spans: ['api-gateway', 'orchestrator', 'retrieve'],
    start: async (chat, { xray: { region, traces }, secrets }) => {
      traces.push(inXray(chat));
      return {
        address: `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#xray:traces/query`,
        steps: [['AWS profile', { types: AWS_PROFILE }], ['Role to assume', 'enter']],
        saved: { kind: 'xray', name: `X-Ray ${region}`, options: { region }, auth: { type: 'aws', profile: AWS_PROFILE } },
        secrets: secrets.aws,
        close: async () => undefined,
      };
    },
  },
  {
    what: 'AWS X-Ray at an endpoint of one’s own',
    row: 'api-gateway',
    spans: ['api-gateway', 'orchestrator', 'retrieve'],
    start: async (chat, { xray: { region, traces, url }, secrets }) => {
      traces.splice(0, traces.length, inXray(chat));
      return {
        address: url,
        steps: [['Which system is it?', { picks: 'AWS X-Ray' }], ['Address of AWS X-Ray', 'enter'], ['AWS profile', { types: AWS_PROFILE }], ['Role to assume', 'enter'], ['Region', { types: region }]],
        saved: { kind: 'xray', name: `AWS X-Ray at ${hostOf(url)}`, url, options: { region }, auth: { type: 'aws', profile: AWS_PROFILE } },
        secrets: secrets.aws,
        close: async () => undefined,
      };
    },
  },
  {
    what: 'Google Cloud Trace by a link of its console',
    start: async ({ otlp }, { cloudTrace: { project, traces }, keyFile, secrets }) => {
      traces.push(cloudTraceOf(otlp, project) as FakeCloudTrace);
      return {
        address: `https://console.cloud.google.com/traces/explorer?project=${project}`,
        steps: [['Key file', { types: keyFile }], ['Service account to act as', 'enter']],
        saved: { kind: 'cloudTrace', name: `Cloud Trace ${project}`, options: { project }, auth: { type: 'google', credentialsFile: keyFile } },
        secrets: secrets.google,
        close: async () => undefined,
      };
    },
  },
  {
    what: 'ClickHouse',
    start: async (chat) => {
      const [user, password] = ['reader', 'clickhouse-password'];
      const fake = await fakeClickHouse({ ...inClickHouse(chat), basic: `${user}:${password}` });
      return {
        address: fake.url,
        steps: [['Sign in to ClickHouse', { picks: 'User name and password' }], ['User name', { types: user }], ['Password', { types: password }]],
        saved: { kind: 'clickhouse', name: `ClickHouse at ${hostOf(fake.url)}`, url: fake.url, auth: { type: 'basic', user } },
        secrets: [password],
        close: () => fake.close(),
      };
    },
  },
  {
    what: 'a folder of trace files',
    start: async ({ otlp }, { folder }) => {
      const traces = path.join(folder, 'last night');
      mkdirSync(traces);
      writeFileSync(path.join(traces, 'chat.json'), JSON.stringify(otlp));
      return { ...NO_SECRETS, address: traces, saved: { kind: 'files', name: 'Trace files in last night', options: { path: traces } }, close: async () => undefined };
    },
  },
];

const spansOf = ({ otlp }: Chat): OtlpDocument['resourceSpans'][number]['scopeSpans'][number]['spans'] => otlp.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
const isoOf = (ns: bigint | string): string => new Date(Number(BigInt(ns) / MS_NS)).toISOString();

function inPhoenix(chat: Chat): Pick<PhoenixWorld, 'traces' | 'spans'> {
  const spans = spansOf(chat);
  const snake = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  // Times are bare numbers there.
  const otlp = spans.map((span) => JSON.parse(JSON.stringify({ ...span, traceId: chat.traceId }), (_key, value: unknown) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).map(([key, of]) => [snake(key), key.endsWith('Nano') ? Number(of) : of])) : value)) as { readonly trace_id: string });
  const trace = {
    trace_id: chat.traceId, start_time: isoOf(chat.startNs), end_time: isoOf(chat.startNs + BigInt(chat.ms) * MS_NS),
    spans: spans.map(({ spanId, parentSpanId = null, name, status, startTimeUnixNano, endTimeUnixNano }) => ({ span_id: spanId, parent_id: parentSpanId, name, status_code: status?.code === 2 ? 'ERROR' : 'UNSET', start_time: isoOf(startTimeUnixNano), end_time: isoOf(endTimeUnixNano) })),
  };
  return { traces: [trace], spans: otlp };
}

function inXray({ traceId, startNs, ms, otlp }: Chat): FakeXrayTrace {
  return {
    id: xrayTraceId(traceId), start: Number(startNs / MS_NS) / 1000, duration: ms / 1000, fault: true, error: false, throttle: false, groups: [], http: {}, annotations: {},
    services: [{ name: 'api-gateway', failed: false }, { name: 'orchestrator', failed: true }], documents: xraySegments(otlp),
  };
}

function inClickHouse(chat: Chat): Pick<Parameters<typeof fakeClickHouse>[0], 'tables' | 'spans' | 'rows'> {
  const spans = spansOf(chat);
  const rows = clickhouseRows('exporter', chat.otlp).map((row, k) => ({ ...(JSON.parse(json(row)) as object), TimestampNs: spans[k]!.startTimeUnixNano }));
  const columns = Object.keys(rows[0]!).filter((name) => name !== 'TimestampNs').map((name) => [name, name.endsWith('Attributes') ? 'Map(LowCardinality(String), String)' : 'String'] as const);
  return {
    tables: { 'otel.otel_traces': columns },
    rows: { [chat.traceId]: rows },
    spans: spans.map((span) => ({
      traceId: chat.traceId, startNs: BigInt(span.startTimeUnixNano), durationNs: BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano), root: span.parentSpanId === undefined, failed: span.status?.code === 2, name: span.name,
    })),
  };
}
