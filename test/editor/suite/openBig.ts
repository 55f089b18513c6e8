// Runs inside the extension host for test/bench/editor.bench.ts: how long is its thread blocked while 100k spans open beside it?
// Compared with the same while nothing happens, as the thread is every extension's.
import { existsSync, readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import * as vscode from 'vscode';
import { busyStretches } from '../../support/busyStretches.ts';
import { eventually, report, user } from './world.ts';

const IDLE_MS = 4000;
const BLOCKED_MS = 16;
const SCHEDSTAT = '/proc/self/schedstat';

interface Gaps {
  readonly ms: number;
  /** The longest gap, and how many were too long. */
  readonly max: number;
  readonly over: number;
  /** The same without the time in which the thread was ready to run and the machine ran others; undefined where that is not known. */
  readonly own: { readonly max: number; readonly over: number } | undefined;
}

/** Linux: ms this process's main thread, which is the extension host's, stood ready in a queue for a processor. */
function queuedMs(): number | undefined {
  return existsSync(SCHEDSTAT) ? Number(readFileSync(SCHEDSTAT, 'utf8').split(' ')[1]) / 1e6 : undefined;
}

/** The longest gaps between two turns of the event loop, minus the millisecond that was asked for. */
function watchLoop(): { stop(): Gaps } {
  const started = performance.now();
  const [all, own] = [{ max: 0, over: 0 }, { max: 0, over: 0 }];
  let [last, lastQueued, running] = [started, queuedMs(), true];
  const count = (into: { max: number; over: number }, gap: number): void => {
    into.max = Math.max(into.max, gap);
    if (gap > BLOCKED_MS) into.over++;
  };
  const turn = (): void => {
    const [now, queued] = [performance.now(), queuedMs()];
    count(all, now - last - 1);
    if (queued !== undefined && lastQueued !== undefined) count(own, now - last - 1 - (queued - lastQueued));
    [last, lastQueued] = [now, queued];
    if (running) setTimeout(turn, 1);
  };
  setTimeout(turn, 1);
  return {
    stop: () => {
      running = false;
      return { ...all, own: lastQueued === undefined ? undefined : own, ms: performance.now() - started };
    },
  };
}

/** What this thread does until it is stopped, as lines; undefined where nobody wants a profile, which costs time itself. */
async function profiled(): Promise<{ stop(): Promise<string[]> } | undefined> {
  if (process.env['TRACEFALL_BENCH_PROFILE'] === undefined) return undefined;
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 250 });
  await session.post('Profiler.start');
  return {
    stop: async () => {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      return busyStretches(profile).map(({ ms, did }) => `  ${ms.toFixed(1)} ms without a rest: ${did.slice(0, 4).map((part) => `${part.what} ${part.ms.toFixed(1)}`).join(', ')}`);
    },
  };
}

const words = ({ max, over, own, ms }: Gaps): string =>
  `longest ${max.toFixed(1)} ms, ${over} over ${BLOCKED_MS} ms in ${(ms / 1000).toFixed(1)} s${own === undefined ? '' : `; without waiting for a processor ${own.max.toFixed(1)} ms, ${own.over} over`}`;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function run(): Promise<void> {
  try {
    await user.showTraces();
    const uri = vscode.Uri.parse(`tracefall:/collector/${process.env['TRACEFALL_BENCH_TRACE']}/big`);
    await eventually('the trace is stored', () => user.rows(), (rows) => rows.some((row) => row.startsWith('Collector') && row.includes('2 traces')), 120_000);
    await sleep(5000);
    // Once with a small one: the first webview loads parts of the workbench.
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.parse(`tracefall:/collector/${process.env['TRACEFALL_BENCH_SMALL']}/small`));
    await eventually('the small one', () => user.waterfallRows(), (rows) => rows.length > 3, 60_000);
    const idle = watchLoop();
    await sleep(IDLE_MS);
    await report({ kind: 'figure', title: `extension host, nothing happens:            ${words(idle.stop())}` });
    const profile = await profiled();
    const opening = watchLoop();
    const clicked = performance.now();
    await vscode.commands.executeCommand('vscode.open', uri);
    await user.awaitRow(21);
    const first = performance.now() - clicked;
    await user.awaitAllRows();
    const all = performance.now() - clicked;
    await report({ kind: 'figure', title: `extension host, 100k spans open (budget 16): ${words(opening.stop())}` });
    for (const line of (await profile?.stop()) ?? []) await report({ kind: 'figure', title: line });
    await report({ kind: 'figure', title: `click → first rows ${first.toFixed(0)} ms, → all 100k rows ${all.toFixed(0)} ms (seen from outside, workbench and new webview included)` });
  } finally {
    await report({ kind: 'end', title: '' });
  }
}
