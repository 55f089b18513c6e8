// "Open with Tracefall": a trace file's only trace at once, else the one that is picked. What is in the file is for the eye only; the engine
// reads it. Must not know any format.
import * as vscode from 'vscode';
import { dateTimeText } from '../analysis/clockText.ts';
import { plural } from '../analysis/numberText.ts';
import type { ListedTrace } from '../protocol/messages.ts';
import type { EngineClient } from './engineClient.ts';
import { withProgress } from './notices.ts';
import { withoutIcons } from './plainText.ts';
import { startMs, traceName } from './traceRows.ts';
import { formatDuration } from '../model/time.ts';

const READ_TIMEOUT_MS = 120_000;

/** undefined: nothing was picked. Throws a sentence where the file holds no trace. */
export async function pickFromFile(engine: EngineClient, given: vscode.Uri | undefined): Promise<ListedTrace | undefined> {
  const file = given ?? (await vscode.window.showOpenDialog({ title: 'Open trace file', openLabel: 'Open', canSelectMany: false }))?.[0];
  if (file === undefined) return undefined;
  const path = localPath(file);
  const page = await withProgress({ location: vscode.ProgressLocation.Window, title: 'Reading traces' }, () => engine.call('openFile', { path }, undefined, READ_TIMEOUT_MS));
  const [only, ...others] = page.traces;
  if (only === undefined) throw new Error(page.notes[0] ?? 'This file holds no traces.');
  if (others.length === 0) return only;
  const picked = await vscode.window.showQuickPick(page.traces.map(itemOf), { title: plural(page.traces.length, 'trace'), placeHolder: 'Which one?', matchOnDescription: true });
  return picked?.trace;
}

/** Throws a sentence where the engine cannot get at it. */
export function localPath(file: vscode.Uri): string {
  if (file.scheme !== 'file') throw new Error('Only files of the machine the extension runs on can be opened; save it there first.');
  return file.fsPath;
}

function itemOf(trace: ListedTrace): vscode.QuickPickItem & { readonly trace: ListedTrace } {
  const { summary } = trace;
  const errors = summary.errors === 0 ? '' : ` · ${summary.errors} ${summary.errors === 1 ? 'error' : 'errors'}`;
  return {
    label: withoutIcons(traceName(trace)),
    description: withoutIcons(`${formatDuration(Number(summary.durationNs))} · ${plural(summary.spans, 'span')}${errors} · ${dateTimeText(startMs(trace))}`),
    trace,
  };
}
