// A search that costs, as quick pick and progress: says what is searched and at what price, asks for which time, and runs only then. Cancelling
// ends it at the system too. The words are deepSearchTexts.ts's.
import * as vscode from 'vscode';
import { visibleLine } from '../analysis/visibleText.ts';
import { DEEP_SEARCH_MS } from '../protocol/connections.ts';
import type { ListPage } from '../protocol/messages.ts';
import type { ShownConnection } from './connections/connectionBook.ts';
import { deepPrompt, deepQuery, deepWindows } from './deepSearchTexts.ts';
import type { EngineClient } from './engineClient.ts';
import { withProgress } from './notices.ts';
import type { TraceFilterValues } from './traceLists.ts';

/** As long as it may run at the system, and a minute to start and read it. */
const SEARCH_TIMEOUT_MS = DEEP_SEARCH_MS + 60_000;

/** undefined: the user did not want it, or gave it up. */
export async function searchDeeply(engine: EngineClient, { config, state }: ShownConnection, filter: TraceFilterValues): Promise<ListPage | undefined> {
  const offered = state?.deepSearch;
  if (offered === undefined) throw new Error(`${visibleLine(config.name, 80)} has nothing to search beyond its lists.`);
  const picked = await vscode.window.showQuickPick(deepWindows(Date.now()), deepPrompt(config.name, offered, filter));
  if (picked === undefined) return undefined;
  const controller = new AbortController();
  const search = async (token: vscode.CancellationToken): Promise<ListPage | undefined> => {
    token.onCancellationRequested(() => controller.abort());
    try {
      return await engine.call('deepSearch', deepQuery(config.id, filter, picked.minutes, Date.now()), controller.signal, SEARCH_TIMEOUT_MS);
    } catch (error) {
      if (controller.signal.aborted) return undefined;
      throw error;
    }
  };
  return withProgress({ location: vscode.ProgressLocation.Notification, title: `Searching ${visibleLine(offered.label, 80)}: ${picked.label.toLowerCase()} …`, cancellable: true }, search);
}
