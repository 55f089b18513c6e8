// Runs inside the extension host for test/bench/editor.bench.ts: how long is its thread blocked while 100k spans open beside it?
// Compared with the same while nothing happens, as the thread is every extension's.
import * as vscode from 'vscode';
import { eventually, report, user } from './world.ts';

const IDLE_MS = 4000;
const BLOCKED_MS = 16;

interface Gaps {
  readonly max: number;
  readonly over: number;
  readonly ms: number;
}

/** The longest gaps between two turns of the event loop, minus the millisecond that was asked for. */
function watchLoop(): { stop(): Gaps } {
  const started = performance.now();
  let [last, max, over, running] = [started, 0, 0, true];
  const turn = (): void => {
    const now = performance.now();
    const gap = now - last - 1;
    if (gap > max) max = gap;
    if (gap > BLOCKED_MS) over++;
    last = now;
    if (running) setTimeout(turn, 1);
  };
  setTimeout(turn, 1);
  return {
    stop: () => {
      running = false;
      return { max, over, ms: performance.now() - started };
    },
  };
}

const words = ({ max, over, ms }: Gaps): string => `longest ${max.toFixed(1)} ms, ${over} over ${BLOCKED_MS} ms in ${(ms / 1000).toFixed(1)} s`;
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
    const opening = watchLoop();
    const clicked = performance.now();
    await vscode.commands.executeCommand('vscode.open', uri);
    await eventually('the first rows', () => user.waterfallRows(), (rows) => rows.length > 20, 60_000);
    const first = performance.now() - clicked;
    await eventually('all rows', () => user.waterfallText(), (text) => /100,000 spans/.test(text) && !/spans loaded/.test(text), 60_000);
    const all = performance.now() - clicked;
    await report({ kind: 'figure', title: `extension host, 100k spans open (budget 16): ${words(opening.stop())}` });
    await report({ kind: 'figure', title: `click → first rows ${first.toFixed(0)} ms, → all 100k rows ${all.toFixed(0)} ms (seen from outside, workbench and new webview included)` });
  } finally {
    await report({ kind: 'end', title: '' });
  }
}
