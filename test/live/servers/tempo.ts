// Grafana Tempo, where a copy of its source is at hand (TRACEFALL_TEMPO_SOURCE: a checkout with its vendor folder), as no registry has it: one
// binary, everything in one process, local blocks. What takes it minutes for the sake of large clusters is set to a second, and what was sent just now
// is searched where it arrived, however old its spans say they are.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installOnce } from './cache.ts';
import { answers, runToEnd, startProcess } from './processes.ts';
import { freePorts } from '../../support/ports.ts';
import type { ServerKind } from './server.ts';
import { missingTool } from './toolchain.ts';

const READY_MS = 120_000;

/** Empty where there is no source: then Tempo is what was recorded of it, and its strict fake. */
export function tempoOf(source: string | undefined): readonly ServerKind[] {
  if (source === undefined || source === '') return [];
  const of = (file: string): string => readFileSync(join(source, file), 'utf8');
  const version = of('VERSION').trim();
  const revision = createHash('sha256').update(of('CHANGELOG.md')).update(of('go.sum')).digest('hex').slice(0, 8);
  return [{
    system: 'tempo',
    version,
    memoryMb: 400,
    available: () => missingTool('go'),
    install: (log, signal) => installOnce(`tempo-${version}-${revision}`, async (directory) => {
      await runToEnd('go', ['build', '-mod=vendor', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', join(directory, 'tempo'), './cmd/tempo'], { cwd: source, signal });
    }, { signal, log }),
    start: async (home, { dataDir, signal }) => {
      const [http, grpc, otlp, otlpGrpc] = (await freePorts(4)) as [number, number, number, number];
      const config = join(dataDir, 'tempo.yaml');
      await writeFile(config, configuration(dataDir, { http, grpc, otlp, otlpGrpc }));
      const server = startProcess(join(home, 'tempo'), [`-config.file=${config}`], { name: 'Tempo', logFile: join(dataDir, 'log'), cwd: dataDir });
      const url = `http://127.0.0.1:${http}`;
      const otlpUrl = `http://127.0.0.1:${otlp}`;
      await server.ready(async () => (await answers(`${url}/ready`)) && answers(`${otlpUrl}/v1/traces`), READY_MS, signal);
      return { live: { system: 'tempo', version, url, otlpUrl, otlpGrpcUrl: `http://127.0.0.1:${otlpGrpc}` }, stop: server.stop };
    },
  }];
}

interface Ports {
  readonly http: number;
  readonly grpc: number;
  readonly otlp: number;
  readonly otlpGrpc: number;
}

function configuration(dir: string, { http, grpc, otlp, otlpGrpc }: Ports): string {
  return `
server: { http_listen_address: 127.0.0.1, http_listen_port: ${http}, grpc_listen_address: 127.0.0.1, grpc_listen_port: ${grpc}, log_level: warn }
usage_report: { reporting_enabled: false }
distributor:
  receivers:
    otlp:
      protocols:
        http: { endpoint: "127.0.0.1:${otlp}" }
        grpc: { endpoint: "127.0.0.1:${otlpGrpc}" }
query_frontend: { query_end_cutoff: 0s, search: { query_backend_after: 168h } }
live_store: { max_trace_idle: 1s, max_trace_live: 2s, flush_check_period: 1s, shutdown_marker_dir: "${dir}/marker", wal: { path: "${dir}/live", ingestion_time_range_slack: 168h } }
storage: { trace: { backend: local, wal: { path: "${dir}/wal", ingestion_time_range_slack: 168h }, local: { path: "${dir}/blocks" } } }
`;
}
