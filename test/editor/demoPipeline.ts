// The demo pipeline for a story at the workbench: on a copy of its source inside out/, so that a fix touches no file of ours and
// node_modules resolves, sending to the collector it is told. Knows which conversation is a product lookup (the slow ones).
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { collectorBackend } from '../../src/engine/backends/collector.ts';
import { DEFAULT_CONFIG } from '../../src/engine/defaultConfig.ts';
import { decodeRow } from '../../src/engine/details.ts';
import { buildOpenTrace } from '../../src/engine/openTraces.ts';
import { openReader } from '../../src/engine/storeReader.ts';
import type { ReadableStore } from '../../src/engine/store/traceStore.ts';
import { eventually } from './wait.ts';
import { ROOT } from './workbench.ts';

export interface Conversation {
  readonly traceId: string;
  readonly durationNs: number;
  readonly startMs: number;
}

export class DemoPipeline {
  readonly #scratch: string;
  /** The folder to open: as newcomers see it. */
  readonly folder: string;
  readonly retriever: string;
  #db = '';
  #process: ChildProcess | undefined;
  #output = '';
  readonly #questions = new Map<string, string>();

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
    this.#process = spawn(process.execPath, [path.join(this.folder, 'run.ts'), '--interval', '350'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
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

  /** Undefined while there is no database. In this process: a command line a look would take the processor from the demo. */
  async #reading<T>(work: (store: ReadableStore) => Promise<T>): Promise<T | undefined> {
    const opened = await openReader(this.#db, DEFAULT_CONFIG.slow);
    if (opened === undefined) return undefined;
    try {
      return await work(opened.store);
    } finally {
      opened.store.close();
    }
  }

  /** What a conversation asked, as its root span says. */
  async #question(store: ReadableStore, traceId: string): Promise<string> {
    const known = this.#questions.get(traceId);
    if (known !== undefined) return known;
    const backend = collectorBackend(async () => store);
    const { signal } = new AbortController();
    const { trace } = await buildOpenTrace({ connection: 'collector', traceId }, (key) => backend.trace(key, signal), signal);
    const question = String(decodeRow(trace, trace.rootRow).attributes.find(({ key }) => key === 'chat.message')?.value);
    this.#questions.set(traceId, question);
    return question;
  }

  /** Questions about a product, oldest first, of conversations whose last span, the asynchronous one, is there: their duration stays. */
  async #lookups(store: ReadableStore, sinceMs: number): Promise<Conversation[]> {
    const lookups: Conversation[] = [];
    for (const { summary } of store.list({ group: 'recent', sort: 'newest', limit: 5000 }).traces) {
      const { traceId, rootService, rootName, durationNs, startUnixNano, services } = summary;
      const startMs = Number(startUnixNano / 1_000_000n);
      if (startMs <= sinceMs || rootService !== 'gateway' || rootName !== 'POST /chat' || !services.includes('analytics')) continue;
      if ((await this.#question(store, traceId)).includes('descale')) lookups.push({ traceId, durationNs: Number(durationNs), startMs });
    }
    return lookups.toSorted((a, b) => a.startMs - b.startMs);
  }

  /** The first conversation that is slow for a reason: the twenty-sixth. */
  async firstSlow(): Promise<Conversation> {
    return this.lookupAfter(0);
  }

  async lookupAfter(ms: number): Promise<Conversation> {
    const [first] = await eventually(`a product lookup; the demo said: ${this.#output}`, async () => (await this.#reading((store) => this.#lookups(store, ms))) ?? [], (all) => all.length > 0, 90_000);
    return first!;
  }
}
