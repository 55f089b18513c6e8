// What the suite inside the extension host needs: the user outside, waiting, the engine's thread, figures.
import assert from 'node:assert/strict';
import type { Worker } from 'node:worker_threads';
import * as vscode from 'vscode';
import type { User } from '../user.ts';
import type { SuiteReport } from '../userServer.ts';

export { eventually, rowsHave } from '../wait.ts';

const URL_OF_USER = process.env['TRACEFALL_TEST_USER'] ?? '';
/** Time limits in tests have room for a busy machine; the measured figure is printed. */
const SLACK = 5;
export const EXTENSION_ID = 'tracefall.tracefall';

async function ask(body: object): Promise<{ result?: unknown; error?: string }> {
  const response = await fetch(URL_OF_USER, { method: 'POST', body: JSON.stringify(body) });
  return (await response.json()) as { result?: unknown; error?: string };
}

/** The person at the workbench. */
export const user = new Proxy({} as User, {
  get: (_, method) => async (...args: unknown[]) => {
    const { result, error } = await ask({ method, args });
    if (error !== undefined) throw new Error(`The user could not ${String(method)}(${JSON.stringify(args)}): ${error}`);
    return result;
  },
});

export async function report(what: SuiteReport): Promise<void> {
  await ask({ report: what });
}

export async function figure(title: string, ms: number, budgetMs: number): Promise<void> {
  await report({ kind: 'figure', title: `${title}: ${ms.toFixed(1)} ms (budget ${budgetMs} ms)` });
  assert.ok(ms <= budgetMs * SLACK, `${title} took ${ms.toFixed(1)} ms; budget ${budgetMs} ms, with slack ${budgetMs * SLACK} ms`);
}

/** Threads that this extension host started: the engine is one of them. */
export const workers: Worker[] = [];
process.on('worker', (worker: Worker) => workers.push(worker));

export function endpoint(): string {
  return `http://127.0.0.1:${vscode.workspace.getConfiguration('tracefall').get<number>('collector.port')}`;
}
