// "Show Service Dependencies": which service calls which, as far back as the connection looks; what is picked becomes the filter.
import * as vscode from 'vscode';
import { visibleLine } from '../analysis/visibleText.ts';
import type { ShownConnection } from './connections/connectionBook.ts';
import { dependencyRows } from './dependencyTexts.ts';
import type { EngineClient } from './engineClient.ts';
import { withProgress } from './notices.ts';
import { withoutIcons } from './plainText.ts';
import { DEFAULT_LOOKBACK_HOURS, hoursText } from './traceRows.ts';

const TIMEOUT_MS = 60_000;

/** The service that was picked. */
export async function pickDependency(engine: EngineClient, { config }: ShownConnection): Promise<string | undefined> {
  const hours = config.lookbackHours ?? DEFAULT_LOOKBACK_HOURS;
  const endMs = Date.now();
  const windowNs = { start: String(BigInt(Math.floor(endMs - hours * 3_600_000)) * 1_000_000n), end: String(BigInt(endMs) * 1_000_000n) };
  const dependencies = await withProgress({ location: vscode.ProgressLocation.Window, title: 'Asking which service calls which' }, () => engine.call('dependencies', { connection: config.id, windowNs }, undefined, TIMEOUT_MS));
  if (dependencies.length === 0) throw new Error(`${visibleLine(config.name, 80)} lists no call between services within the last ${hoursText(hours)}. Some storages list them only after a job of their own ran.`);
  const picked = await vscode.window.showQuickPick(dependencyRows(dependencies), { title: withoutIcons(`Which service calls which · ${visibleLine(config.name, 60)}, the last ${hoursText(hours)}`), placeHolder: 'Pick a call to filter the lists by the service that is called', matchOnDescription: true });
  return picked?.service;
}
