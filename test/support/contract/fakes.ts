// Systems that no test machine can have, as strict fakes of their documentation: what is sent reaches them the way their own ingestion keeps it.
import type { ConnectionConfig, ConnectionSecrets } from '../../../src/protocol/connections.ts';
import { ELASTIC_VARIANTS } from '../../live/send/elastic.ts';
import { elasticDocuments } from '../../live/send/elasticDocuments.ts';
import { otlpBytes } from '../../live/send/otlp.ts';
import type { OtlpDocument } from '../../live/send/otlpTypes.ts';
import { cloudTraceOf } from '../cloudTraceReference.ts';
import { connected } from '../connected.ts';
import { fakeCloudTrace, type FakeCloudTrace } from '../fakes/cloudTrace.ts';
import { ELASTIC_MAPPINGS } from '../fakes/elasticFields.ts';
import { fakeElasticsearch, indicesOf, isTaken } from '../fakes/elasticsearch.ts';
import { TRACE_SCOPE } from '../fakes/googleTokens.ts';
import { fakeLangfuse, KEYS } from '../fakes/langfuse.ts';
import { fakeTempo } from '../fakes/tempo.ts';
import { FAKE_REGION, fakeXray } from '../fakes/xray.ts';
import { xrayTraceOf } from '../fakes/xrayTraces.ts';
import { ingested } from '../langfuseTraces.ts';
import { CLOUD_TRACE_LOSSES } from '../losses/cloudTrace.ts';
import { ELASTICSEARCH_LOSSES } from '../losses/elasticsearch.ts';
import { LANGFUSE_LOSSES } from '../losses/langfuse.ts';
import { asTempoKeeps, TEMPO_LOSSES } from '../losses/tempo.ts';
import { XRAY_LOSSES } from '../losses/xray.ts';
import type { SecondOptions } from '../secondReference.ts';
import { toldOf } from './commandLine.ts';
import type { ContractServer, ContractSystem } from './system.ts';
import { byTrace, documentsOf, whatIsSent } from './whatIsSent.ts';

interface Fake<Stored> extends Omit<ContractSystem, 'start' | 'how'>, SecondOptions {
  /** A trace as the system keeps it. */
  readonly kept: (document: OtlpDocument) => Stored;
  readonly serve: (traces: readonly Stored[]) => Promise<{ readonly url: string; close(): Promise<void> }>;
  readonly config: Pick<ConnectionConfig, 'kind'> & Partial<ConnectionConfig>;
  readonly secrets?: ConnectionSecrets;
  /** What it answers of a trace, where that is not its JSON. */
  readonly answered?: (trace: Stored) => string;
  /** Its connection's clock goes on by so much each time it is read: calls a minute are counted there. */
  readonly hurryMs?: number;
}

function fakeSystem<Stored>({ kept, serve, config, secrets, idAsGiven = false, hurryMs = 0, answered = (trace) => JSON.stringify(trace), ...system }: Fake<Stored>): ContractSystem {
  const start = async (): Promise<ContractServer> => {
    const sent = await whatIsSent({ idAsGiven });
    const documents = documentsOf(sent).flatMap(byTrace);
    const fake = await serve(documents.map(kept));
    // A strict fake answers all that it keeps.
    const raw = async (traceId: string): Promise<string> => answered(kept(documents.find(({ resourceSpans }) => resourceSpans[0]!.scopeSpans[0]!.spans[0]!.traceId === traceId)!));
    return { connect: () => connected({ url: fake.url, ...config }, secrets, hurried(hurryMs)), told: toldOf({ url: fake.url, ...config }, secrets), ...sent, raw, close: fake.close };
  };
  return { ...system, how: 'fake', start };
}

/** A clock that is ahead by `ms` more each time it is read. */
function hurried(ms: number): () => number {
  let ahead = 0;
  return () => Date.now() + (ahead += ms);
}

const AWS_KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const GOOGLE_TOKEN = 'good';
/** The server asks for credentials of its own: no gate before it. */
const OWN_AUTH = { 'command: secrets': 'the other rows of commands show its own' } as const;
const PROJECT = 'shop-prod';

export const FAKES: readonly ContractSystem[] = [
  fakeSystem({ system: 'tempo', version: '3.x', kept: (document) => otlpBytes(asTempoKeeps(document)), serve: (traces) => fakeTempo({ traces }), config: { kind: 'tempo' }, losses: TEMPO_LOSSES }),
  ...([3, 4] as const).map((version) => fakeSystem({
    system: `langfuse v${version}`, version: version === 3 ? '3.120.0' : '4.16.0', noServices: true, losses: LANGFUSE_LOSSES,
    kept: (document) => ingested(JSON.stringify(document)), serve: (traces) => fakeLangfuse({ version, traces }), config: { kind: 'langfuse', auth: { type: 'basic', user: KEYS.user } }, secrets: { secret: KEYS.secret },
    without: { 'services and operations': 'it has none', 'filter: service': 'it has none', 'filter: attribute': 'its own metadata only', ...OWN_AUTH },
  })),
  fakeSystem({
    system: 'cloudTrace', version: 'v1 20230914', losses: CLOUD_TRACE_LOSSES, without: OWN_AUTH, kept: (document) => cloudTraceOf(document, PROJECT) as FakeCloudTrace,
    serve: (traces) => fakeCloudTrace({ project: PROJECT, traces, quota: 1e6, scopesOf: (token) => (token === GOOGLE_TOKEN ? [TRACE_SCOPE] : undefined) }),
    hurryMs: 5_000, config: { kind: 'cloudTrace', options: { project: PROJECT, view: 'COMPLETE' }, auth: { type: 'bearer' } }, secrets: { secret: GOOGLE_TOKEN },
  }),
  fakeSystem({
    system: 'xray', version: '2016-04-12', losses: XRAY_LOSSES, kept: xrayTraceOf, answered: ({ documents }) => documents.join('\n'), serve: (traces) => fakeXray({ keys: AWS_KEYS, traces }), idAsGiven: true,
    noOperations: true, without: { 'filter: operation': 'it has no operations', ...OWN_AUTH },
    config: { kind: 'xray', options: { region: FAKE_REGION }, auth: { type: 'aws' } }, secrets: AWS_KEYS,
  }),
  ...ELASTIC_VARIANTS.map((variant) => fakeSystem({
    system: `elasticsearch ${variant}`, version: '9.1.3', losses: ELASTICSEARCH_LOSSES[variant], config: { kind: 'elasticsearch' },
    kept: (document) => elasticDocuments(variant, document).filter(({ source }) => isTaken(ELASTIC_MAPPINGS[variant], source)), answered: (documents) => documents.map(({ source }) => source).join('\n'),
    serve: (traces) => fakeElasticsearch({ indices: indicesOf(ELASTIC_MAPPINGS[variant], traces.flat()) }),
  })),
];
