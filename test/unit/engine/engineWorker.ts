// The real engine in a real worker thread, for tests: src/engine/main.ts as it is, spoken to by the same Rpc as in the editor.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DEFAULT_CONFIG } from '../../../src/engine/defaultConfig.ts';
import { portOf } from '../../../src/engine/workerPort.ts';
import type { CollectorState, EngineConfig, EngineEvents, EngineMethods } from '../../../src/protocol/messages.ts';
import { Rpc } from '../../../src/protocol/rpc.ts';

type NoMessages = Record<never, never>;

export interface TestEngine {
  readonly rpc: Rpc<NoMessages, EngineMethods, EngineEvents, NoMessages>;
  readonly folder: string;
  readonly config: EngineConfig;
  readonly states: CollectorState[];
  readonly changes: EngineEvents['tracesChanged'][];
  readonly connections: EngineEvents['connectionState'][];
  readonly logs: string[];
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
  /** Sends OTLP, answers the status. */
  post(bytes: Uint8Array, type?: string): Promise<number>;
  close(): Promise<void>;
}

/** Configured, not started. An own database in an own folder, a free port. */
export async function startEngine(change: Partial<EngineConfig> = {}): Promise<TestEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'tracefall-engine-'));
  const config: EngineConfig = { ...DEFAULT_CONFIG, port: 0, grpcPort: -1, storePath: join(folder, 'traces.db'), ...change };
  const worker = new Worker(new URL('../../../src/engine/main.ts', import.meta.url), { execArgv: [] });
  const ended = new Promise<number>((resolve) => {
    worker.once('exit', resolve);
  });
  const states: CollectorState[] = [];
  const changes: EngineEvents['tracesChanged'][] = [];
  const connections: EngineEvents['connectionState'][] = [];
  const logs: string[] = [];
  worker.on('error', (error) => logs.push(`died: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`));
  const rpc: TestEngine['rpc'] = new Rpc(portOf(worker), {
    handlers: {},
    events: { connectionState: (state) => void connections.push(state), collectorState: (state) => states.push(state), tracesChanged: (what) => changes.push(what), log: ({ level, message }) => logs.push(`${level}: ${message}`) },
  });
  await rpc.call('configure', config);
  return {
    rpc,
    folder,
    config,
    states,
    changes,
    connections,
    logs,
    ended,
    post: async (bytes, type = 'application/x-protobuf') => {
      const { endpoint } = await rpc.call('collectorState', {});
      const answer = await fetch(`${endpoint}/v1/traces`, { method: 'POST', headers: { 'content-type': type }, body: new Uint8Array(bytes) });
      await answer.arrayBuffer();
      return answer.status;
    },
    close: async () => {
      rpc.dispose();
      await worker.terminate();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function until<T>(what: string, probe: () => Promise<T | undefined> | T | undefined, ms = 10_000): Promise<T> {
  for (const end = performance.now() + ms; performance.now() < end; ) {
    const value = await probe();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Waited ${ms} ms in vain for ${what}.`);
}
