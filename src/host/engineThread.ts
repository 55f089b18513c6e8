// The engine's worker thread as the host sees it: a port, its end and its log. Must not know what is said over the port.
import { Worker } from 'node:worker_threads';
import type { TransferListItem } from 'node:worker_threads';
import type { Port } from '../protocol/rpc.ts';

export interface EngineThread {
  readonly port: Port;
  /** Called once, with one sentence why it ended. */
  onEnd(listener: (why: string) => void): void;
  terminate(): Promise<void>;
}

export type LaunchEngine = () => EngineThread;

/** Starts `file` (dist/engine.mjs) as a worker. The editor's own exec arguments are not passed on: workers refuse some of them. */
export function launchWorker(file: string, log: (line: string) => void): EngineThread {
  const worker = new Worker(file, { name: 'tracefall-engine', execArgv: [], stdout: true, stderr: true });
  worker.stdout.on('data', (data: Buffer) => log(data.toString('utf8').trimEnd()));
  worker.stderr.on('data', (data: Buffer) => log(data.toString('utf8').trimEnd()));
  let failure: string | undefined;
  worker.on('error', (error) => {
    failure = error instanceof Error ? error.message : String(error);
  });
  return {
    port: {
      post: (message, transfer) => worker.postMessage(message, transfer as readonly TransferListItem[] | undefined),
      listen: (listener) => {
        worker.on('message', listener);
        return () => worker.off('message', listener);
      },
    },
    onEnd: (listener) => {
      worker.once('exit', (code) => listener(failure ?? `it ended with exit code ${code}`));
    },
    terminate: async () => {
      await worker.terminate();
    },
  };
}
