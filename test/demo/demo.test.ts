// The demo's story from a terminal: twenty-five normal conversations, a slow one, why, which line, the fix, fast again.
// Runs the real pipeline against a real collector, on a copy of the demo's source so that the fix touches no file of ours.
import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { conversations, NORMAL_FIRST, SEED } from './traffic.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = path.join(root, 'src', 'cli.ts');
const exec = promisify(execFile);

interface Listed {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootName: string;
  readonly durationNs: string;
  readonly startUnixNano: string;
  readonly services: readonly string[];
  readonly orphans: number;
}

interface Finding {
  readonly spanId: string;
  readonly service: string;
  readonly name: string;
  readonly deltaNs: string;
  readonly attribute?: string;
  readonly value?: string;
  readonly usual?: string;
}

const isSlow = (message: string): boolean => message.includes('descale');

describe('the demo', function () {
  this.timeout(120_000);
  const children: ChildProcess[] = [];
  let dir: string;
  let demo: string;
  let db: string;
  let output = '';

  async function json<T>(...args: string[]): Promise<T[]> {
    const { stdout } = await exec(process.execPath, [cli, ...args, '--json'], { maxBuffer: 64e6 });
    return stdout.trim().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as T);
  }

  async function until<T>(what: string, seconds: number, probe: () => Promise<T | undefined>): Promise<T> {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
      const value = await probe();
      if (value !== undefined) return value;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    throw new Error(`Waited ${seconds} s in vain for ${what}. The demo said: ${output}`);
  }

  /** All conversations, oldest first: the n-th is the schedule's n-th. */
  async function chats(): Promise<Listed[]> {
    const all = await json<Listed>('list', '--db', db, '--limit', '1000');
    const roots = all.filter((trace) => trace.rootService === 'gateway' && trace.rootName === 'POST /chat');
    return roots.sort((a, b) => (BigInt(a.startUnixNano) < BigInt(b.startUnixNano) ? -1 : 1));
  }

  before(async () => {
    // Inside the checkout, so that the copy finds node_modules.
    mkdirSync(path.join(root, 'out'), { recursive: true });
    dir = mkdtempSync(path.join(root, 'out', 'demo-'));
    demo = path.join(dir, 'demo');
    cpSync(path.join(root, 'test', 'demo'), demo, { recursive: true, filter: (file) => !file.endsWith('.test.ts') });
    db = path.join(dir, 'traces.db');
    const serve = spawn(process.execPath, [cli, 'serve', '--port', '0', '--db', db], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(serve);
    const endpoint = await new Promise<string>((resolve, reject) => {
      serve.stdout.on('data', (data) => {
        const match = /listening on (http:\S+)/.exec(String(data));
        if (match !== null) resolve(match[1]!);
      });
      serve.once('exit', (code) => reject(new Error(`serve ended with exit code ${code}`)));
    });
    const run = spawn(process.execPath, [path.join(demo, 'run.ts'), '--interval', '250'], { env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(run);
    for (const stream of [run.stdout, run.stderr]) stream.on('data', (data) => (output += String(data)));
  });

  after(async () => {
    for (const child of children.toReversed()) {
      if (child.exitCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(dir, { recursive: true, force: true });
  });

  let slow: Listed;

  it('soon asks for a product again, so that a fix is soon seen', () => {
    const schedule = conversations(SEED);
    const lookups = Array.from({ length: 300 }, (_, n) => n).filter(() => isSlow(schedule.next().value as string));
    assert.deepEqual(lookups.filter((n, k) => n - (lookups[k - 1] ?? n) > 27), []);
    assert.ok(lookups.length < 30, `${lookups.length} of 300 are slow: no longer the exception`);
  });

  it('has its first slow conversation after 25 normal ones', async () => {
    const schedule = conversations(SEED);
    assert.equal(Array.from({ length: NORMAL_FIRST }, () => schedule.next().value as string).some(isSlow), false);
    assert.ok(isSlow(schedule.next().value as string));
    // A busy machine may slow others down too; the 26th must be among the slow ones.
    slow = await until('the slow conversation', 60, async () => {
      const suspect = (await chats())[NORMAL_FIRST];
      const listed = suspect === undefined ? [] : await json<Listed>('list', '--db', db, '--slow', '--limit', '1000');
      return listed.find((trace) => trace.traceId === suspect?.traceId);
    });
    assert.ok(BigInt(slow.durationNs) > 500_000_000n, slow.durationNs);
  });

  it('takes each conversation through every service, over the queue too', async () => {
    const complete = await until('the asynchronous step', 20, async () => (await chats()).find((trace) => trace.services.includes('analytics')));
    assert.deepEqual([...complete.services].sort(), ['analytics', 'auth', 'cache', 'gateway', 'llm', 'postprocessor', 'preprocessor', 'retriever']);
    assert.equal(complete.orphans, 0);
  });

  it('says why by itself: 500 rows, usually 20, and the time in generate', async () => {
    const [why] = await json<{ cohort: number; findings: Finding[] }>('why', slow.traceId, '--db', db);
    assert.ok(why!.cohort >= 20);
    const rows = why!.findings.find((finding) => finding.service === 'retriever' && finding.name === 'retrieve');
    assert.equal(rows?.value, '500');
    assert.equal(rows?.usual, '20');
    assert.ok(why!.findings.some((finding) => finding.name === 'generate' && BigInt(finding.deltaNs) > 300_000_000n), JSON.stringify(why));
  });

  it('leads to the line with the missing filter', async () => {
    const located = await json<{ name: string; service: string; file?: string; line?: number; confidence?: string }>('locate', slow.traceId, '--db', db, '--workspace', demo);
    const retrieve = located.find((span) => span.name === 'retrieve')!;
    const lines = readFileSync(path.join(demo, 'services', 'retriever.ts'), 'utf8').split('\n');
    assert.equal(retrieve.file, 'services/retriever.ts');
    assert.match(lines[retrieve.line! - 1]!, /filter: \{\} /);
    assert.equal(retrieve.confidence, 'certain');
    const generate = located.find((span) => span.name === 'generate')!;
    assert.equal(generate.file, 'services/llm.ts');
    assert.notEqual(generate.confidence, 'certain');
  });

  it('is fast again after the one-line fix', async () => {
    const file = path.join(demo, 'services', 'retriever.ts');
    writeFileSync(file, readFileSync(file, 'utf8').replace('filter: {} ', 'filter: { product: question.product! } '));
    await until('the restarted retriever', 20, async () => (output.includes('retriever was changed and restarted') ? true : undefined));
    const fixedAt = BigInt(Date.now()) * 1_000_000n;
    const next = await until('the next product lookup', 60, async () => {
      const schedule = conversations(SEED);
      const asked = (await chats()).map((trace) => ({ trace, message: schedule.next().value as string }));
      return asked.find(({ trace, message }) => isSlow(message) && BigInt(trace.startUnixNano) > fixedAt)?.trace;
    });
    assert.ok(BigInt(next.durationNs) < BigInt(slow.durationNs) / 2n, `${next.durationNs} after the fix, ${slow.durationNs} before`);
  });
});
