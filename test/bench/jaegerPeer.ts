// The ingest bench's peer: a Jaeger that keeps spans in memory, from the cache that the live tests fill (test/live builds it from its
// module where Go is), or whatever listens at TRACEFALL_BENCH_PEER. Free ports, its own directory, ended with the bench.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const VERSION = '1.76.0';
const READY_MS = 30_000;

export interface Peer {
  readonly name: string;
  /** Takes OTLP/HTTP at /v1/traces. */
  readonly endpoint: string;
  readonly stop: () => Promise<void>;
}

/** undefined, with a sentence, where there is none. */
export async function startPeer(say: (sentence: string) => void): Promise<Peer | undefined> {
  const given = process.env['TRACEFALL_BENCH_PEER'];
  if (given !== undefined) return { name: `peer at ${given}`, endpoint: given, stop: () => Promise.resolve() };
  const binary = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tracefall-live', `jaeger-${VERSION}`, 'jaeger');
  if (existsSync(binary)) return startJaeger(binary);
  say(`No peer in this run: there is no ${binary}, and TRACEFALL_BENCH_PEER=http://127.0.0.1:PORT names no other OTLP/HTTP server.`);
  return undefined;
}

async function startJaeger(binary: string): Promise<Peer> {
  const directory = mkdtempSync(join(tmpdir(), 'tracefall-bench-jaeger-'));
  const [query, queryGrpc, otlp] = await freePorts(3);
  const config = join(directory, 'config.yaml');
  writeFileSync(config, configuration(query!, queryGrpc!, otlp!));
  const child = spawn(binary, ['--config', config], { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-2000);
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    kill();
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  const endpoint = `http://127.0.0.1:${otlp}`;
  for (const until = performance.now() + READY_MS; !(await takesSpans(endpoint)); await new Promise((resolve) => setTimeout(resolve, 100))) {
    if (child.exitCode === null && performance.now() < until) continue;
    await stop();
    throw new Error(`Jaeger ${VERSION} did not start: ${said}`);
  }
  return { name: `Jaeger ${VERSION}, in memory`, endpoint, stop };
}

const takesSpans = (endpoint: string): Promise<boolean> =>
  fetch(`${endpoint}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).then(({ ok }) => ok, () => false);

/** All are held before the first is given back, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve(server));
  })));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** No batch processor: a request is answered when its spans are stored, as ours are. */
const configuration = (query: number, queryGrpc: number, otlp: number): string => `
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
exporters:
  jaeger_storage_exporter: { trace_storage: memory }
`;
