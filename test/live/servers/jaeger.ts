// Jaeger, built from its module in the Go module proxy: one binary, memory storage, both query APIs. `go install` refuses the module
// (it has a replace), so its own folder is copied and built there with its own go.sum. Every port is a free one and named in a
// configuration of ours: its all-in-one default wants ten fixed ones.
import { writeFile, cp, mkdtemp, rm, chmod, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VERSIONS } from '../versions.ts';
import { installOnce } from './cache.ts';
import { answers, runToEnd, startProcess } from './processes.ts';
import { freePorts } from '../../support/ports.ts';
import type { ServerKind } from './server.ts';
import { missingTool } from './toolchain.ts';

const VERSION = VERSIONS.jaeger;
const READY_MS = 60_000;

export const jaeger: ServerKind = {
  system: 'jaeger',
  version: VERSION,
  memoryMb: 200,
  available: () => missingTool('go'),
  install: (log, signal) => installOnce(`jaeger-${VERSION}`, (directory) => build(directory, signal), { signal, log }),
  start: async (home, { dataDir, signal }) => {
    const [query, queryGrpc, otlp, otlpGrpc] = (await freePorts(4)) as [number, number, number, number];
    const config = join(dataDir, 'config.yaml');
    await writeFile(config, configuration({ query, queryGrpc, otlp, otlpGrpc }));
    const server = startProcess(join(home, 'jaeger'), ['--config', config], { name: 'Jaeger', logFile: join(dataDir, 'log'), cwd: dataDir });
    const url = `http://127.0.0.1:${query}`;
    const otlpUrl = `http://127.0.0.1:${otlp}`;
    await server.ready(async () => (await answers(`${url}/api/services`)) && answers(`${otlpUrl}/v1/traces`), READY_MS, signal);
    return { live: { system: 'jaeger', version: VERSION, url, otlpUrl, otlpGrpcUrl: `http://127.0.0.1:${otlpGrpc}` }, stop: server.stop };
  },
};

async function build(directory: string, signal: AbortSignal): Promise<void> {
  const answer = JSON.parse(await runToEnd('go', ['mod', 'download', '-json', `github.com/jaegertracing/jaeger@v${VERSION}`], { cwd: directory, signal })) as { readonly Dir: string };
  const source = await mkdtemp(join(tmpdir(), 'tracefall-jaeger-'));
  try {
    await cp(answer.Dir, source, { recursive: true });
    // The module cache is read-only, and so is its copy.
    for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
    await runToEnd('go', ['build', '-mod=mod', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', join(directory, 'jaeger'), './cmd/jaeger'], { cwd: source, signal });
  } finally {
    await rm(source, { recursive: true, force: true });
  }
}

interface Ports {
  readonly query: number;
  readonly queryGrpc: number;
  readonly otlp: number;
  readonly otlpGrpc: number;
}

/** No batch processor: a trace is found as soon as it was accepted. */
function configuration({ query, queryGrpc, otlp, otlpGrpc }: Ports): string {
  return `
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: { receivers: [otlp], exporters: [jaeger_storage_exporter] }
  telemetry:
    metrics: { level: none }
    logs: { level: warn }
extensions:
  jaeger_query:
    storage: { traces: memory }
    http: { endpoint: "127.0.0.1:${query}" }
    grpc: { endpoint: "127.0.0.1:${queryGrpc}" }
  jaeger_storage:
    backends:
      memory: { memory: { max_traces: 100000 } }
receivers:
  otlp:
    protocols:
      http: { endpoint: "127.0.0.1:${otlp}" }
      grpc: { endpoint: "127.0.0.1:${otlpGrpc}" }
exporters:
  jaeger_storage_exporter: { trace_storage: memory }
`;
}
