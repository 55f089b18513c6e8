// What real servers once answered about the first reference trace, by the rows that those answers can bear.
import type { OtlpDocument } from '../../live/send/otlpTypes.ts';
import { connected } from '../connected.ts';
import { recordedText } from '../formatFixtures.ts';
import { JAEGER_V3_LOSSES } from '../losses/jaeger.ts';
import { TEMPO_LOSSES } from '../losses/tempo.ts';
import { replay, type Recording } from '../recordedReplay.ts';
import type { ContractSystem } from './system.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const ONE = 'one trace was recorded';
const WITHOUT = { slow: ONE, 'filter: service': ONE, 'filter: operation': ONE, 'filter: attribute': ONE, 'filter: duration': ONE, 'filter: text': ONE, paging: ONE, cohort: ONE, 'reference 2': ONE, 'command: list': ONE, 'command: show': ONE, 'command: export, inspect': ONE, 'command: secrets': ONE } as const;

interface Recorded extends Omit<ContractSystem, 'start' | 'how'> {
  readonly kind: string;
  readonly recordings: readonly Recording[];
  /** Of its answer in text. */
  readonly raw: string;
  readonly startUnixNano: bigint;
}

function recordedSystem({ kind, recordings, raw, startUnixNano, without, ...system }: Recorded): ContractSystem {
  const otlp = JSON.parse(recordedText('reference-trace.otlp.json')) as OtlpDocument;
  return {
    ...system, how: 'recorded', without: { ...WITHOUT, ...without },
    start: async () => {
      const server = await replay(recordings);
      const now = (): number => Number(startUnixNano / 1_000_000n) + 600_000;
      return { connect: () => connected({ kind, url: server.url }, {}, now), references: { first: { traceId: TRACE, startUnixNano, endUnixNano: startUnixNano, otlp } }, raw: async () => recordedText(raw), close: server.close };
    },
  };
}

export const RECORDED: readonly ContractSystem[] = [
  recordedSystem({
    system: 'tempo', version: 'main of 2026-08-21 (3.x)', kind: 'tempo', losses: TEMPO_LOSSES, raw: 'tempo/trace-v2-json.body', without: { 'services and operations': 'no names of operations were recorded' }, startUnixNano: 1795221079000000000n,
    recordings: [
      { path: /^\/api\/status\/buildinfo$/, name: 'tempo/buildinfo' },
      { path: /^\/api\/v2\/search\/tag\/resource.service.name\/values$/, name: 'tempo/tag-values' },
      { path: /^\/api\/search$/, query: { q: /error/ }, name: 'tempo/search-errors' },
      { path: /^\/api\/search$/, name: 'tempo/search-recent' },
      { path: new RegExp(`^/api/v2/traces/${TRACE}$`), name: 'tempo/trace-v2-protobuf' },
      { path: /^\/api\/v2\/traces\//, name: 'tempo/trace-v2-missing' },
    ],
  }),
  recordedSystem({
    system: 'jaeger', version: 'main of 2026-08-20 (2.20+)', kind: 'jaeger', losses: JAEGER_V3_LOSSES, raw: 'jaeger-newest/v3-trace.body', startUnixNano: 1795221079000000000n,
    recordings: [
      { path: /^\/api\/v3\/services$/, name: 'jaeger-newest/v3-services' },
      { path: /^\/api\/v3\/operations$/, name: 'jaeger-newest/v3-operations' },
      { path: /^\/api\/v3\/trace-summaries$/, query: { 'query.attributes': /error/ }, name: 'jaeger-newest/v3-summaries-errors' },
      { path: /^\/api\/v3\/trace-summaries$/, name: 'jaeger-newest/v3-summaries-no-service' },
      { path: new RegExp(`^/api/v3/traces/${TRACE}$`), name: 'jaeger-newest/v3-trace' },
      { path: /^\/api\/v3\/traces\//, name: 'jaeger-newest/v3-trace-missing' },
      { path: /^\/api\/services$/, name: 'jaeger-newest/v1-services' },
      { path: /^\/api\/traces$/, name: 'jaeger-newest/v1-search' },
    ],
  }),
];
