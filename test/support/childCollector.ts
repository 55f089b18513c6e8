// Starts, watches and kills a collector in another process.
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CollectorOptions } from '../../src/engine/collector/collector.ts';
import type { CollectorState } from '../../src/protocol/messages.ts';
import { until } from './collectorFixture.ts';

const CHILD = fileURLToPath(new URL('../fault/collectorChild.ts', import.meta.url));

export class ChildCollector {
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  #state: CollectorState | undefined;
  #errors = '';

  constructor(options: CollectorOptions) {
    this.#process = spawn(process.execPath, [CHILD, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#exited = new Promise((resolve) => this.#process.once('exit', () => resolve()));
    createInterface({ input: this.#process.stdout! }).on('line', (line) => (this.#state = JSON.parse(line) as CollectorState));
    this.#process.stderr!.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
  }

  static async start(options: CollectorOptions): Promise<ChildCollector> {
    const child = new ChildCollector(options);
    await until('the child has a role', () => child.role !== undefined, 10_000).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${child.errors}`);
    });
    return child;
  }

  get state(): CollectorState | undefined {
    return this.#state;
  }

  get role(): CollectorState['role'] | undefined {
    return this.#state?.role;
  }

  get errors(): string {
    return this.#errors;
  }

  get alive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** SIGKILL unless told otherwise. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#process.kill(signal);
    await this.#exited;
  }
}
