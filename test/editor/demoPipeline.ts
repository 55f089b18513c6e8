// The demo pipeline for a story at the workbench: on a copy of its source inside out/, so that a fix touches no file of ours and
// node_modules resolves, sending to the collector it is told. Knows which conversation is a product lookup (the slow ones).
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { conversations, NORMAL_FIRST } from '../demo/traffic.ts';
import { eventually } from './wait.ts';
import { ROOT } from './workbench.ts';

const exec = promisify(execFile);
const SEED = 7;
const SETTLED_MS = 4000;

export interface Conversation {
  readonly traceId: string;
  readonly durationNs: number;
  readonly startMs: number;
  readonly services: readonly string[];
}

/** A line of `list --json`. */
interface Listed {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootName: string;
  readonly durationNs: string;
  readonly startUnixNano: string;
  readonly services: readonly string[];
}

export class DemoPipeline {
  readonly #scratch: string;
  /** The folder to open: as newcomers see it. */
  readonly folder: string;
  readonly retriever: string;
  #db = '';
  #process: ChildProcess | undefined;
  #output = '';

  constructor() {
    mkdirSync(path.join(ROOT, 'out'), { recursive: true });
    this.#scratch = mkdtempSync(path.join(ROOT, 'out', 'story-'));
    this.folder = path.join(this.#scratch, 'demo');
    cpSync(path.join(ROOT, 'test', 'demo'), this.folder, { recursive: true, filter: (file) => !file.endsWith('.test.ts') });
    this.retriever = path.join(this.folder, 'services', 'retriever.ts');
  }

  /** `db`: the database of the collector at the endpoint. */
  start(endpoint: string, db: string): void {
    this.#db = db;
    const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
    this.#process = spawn(process.execPath, [path.join(this.folder, 'run.ts'), '--interval', '250', '--seed', String(SEED)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) stream.on('data', (data: Buffer) => (this.#output += String(data)));
  }

  /** The pipeline ends; its folder stays. */
  async stopTalking(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  async stop(): Promise<void> {
    await this.stopTalking();
    rmSync(this.#scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  /** How often the saved retriever has been taken up. */
  get restarts(): number {
    return this.#output.split('retriever was changed and restarted').length - 1;
  }

  async restartedSince(before: number): Promise<void> {
    await eventually(`the restarted retriever; the demo said: ${this.#output}`, () => this.restarts, (now) => now > before, 30_000);
  }

  async #list(...options: string[]): Promise<Listed[]> {
    const { stdout } = await exec(process.execPath, [path.join(ROOT, 'dist/cli.mjs'), 'list', '--db', this.#db, '--limit', '5000', '--json', ...options], { maxBuffer: 64e6 });
    return stdout.trim().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Listed);
  }

  /** What is asked is seeded: the n-th conversation is the schedule's n-th. */
  async #productLookups(): Promise<Conversation[]> {
    const schedule = conversations(SEED);
    return (await this.#list())
      .filter(({ rootService, rootName }) => rootService === 'gateway' && rootName === 'POST /chat')
      .map(({ traceId, durationNs, startUnixNano, services }) => ({ traceId, durationNs: Number(durationNs), startMs: Number(BigInt(startUnixNano) / 1_000_000n), services }))
      .toSorted((a, b) => a.startMs - b.startMs)
      .filter(() => (schedule.next().value as string).includes('descale'));
  }

  /** Old enough that no earlier one is still under way, and its last span, the asynchronous one, is there: neither rank nor duration changes. */
  async #settledLookups(): Promise<Conversation[]> {
    return (await this.#productLookups()).filter(({ services, startMs }) => services.includes('analytics') && startMs < Date.now() - SETTLED_MS);
  }

  async isSlow(traceId: string): Promise<boolean> {
    return (await this.#list('--slow')).some((trace) => trace.traceId === traceId);
  }

  /** The first conversation that is slow: the twenty-sixth. */
  async firstSlow(): Promise<Conversation> {
    const [first] = await eventually(`conversation ${NORMAL_FIRST + 1} among the slow ones`, () => this.#settledLookups(), (all) => all.length > 0, 90_000);
    return first!;
  }

  async lookupAfter(ms: number): Promise<Conversation> {
    const lookups = await eventually('the next product lookup', () => this.#settledLookups(), (all) => all.some(({ startMs }) => startMs > ms), 90_000);
    return lookups.find(({ startMs }) => startMs > ms)!;
  }
}
