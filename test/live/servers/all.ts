// Every real server of the live tests, the one that installs fastest first.
import { clickhouse } from './clickhouse.ts';
import { jaeger } from './jaeger.ts';
import { moto } from './moto.ts';
import { opensearch } from './opensearch.ts';
import { phoenix } from './phoenix.ts';
import { pythonOtlp } from './pythonOtlp.ts';
import type { ServerKind } from './server.ts';
import { tempoOf } from './tempo.ts';
import { zipkin } from './zipkin.ts';

export const SERVERS: readonly ServerKind[] = [pythonOtlp, clickhouse, zipkin, opensearch, moto, phoenix, jaeger, ...tempoOf(process.env['TRACEFALL_TEMPO_SOURCE'])];
