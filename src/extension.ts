// The extension's parts and how they hang together. Nothing heavy runs here: the engine's thread starts with the first need of it.
import * as vscode from 'vscode';
import { autoStart } from './host/autoStart.ts';
import { registerCommands } from './host/commands.ts';
import { connectionBook, ConnectionHost } from './host/connectionHost.ts';
import { EngineClient } from './host/engineClient.ts';
import { launchWorker } from './host/engineThread.ts';
import { lazySource } from './host/lazySource.ts';
import { engineConfig, onSettingsChanged } from './host/settings.ts';
import { statusBar } from './host/statusBar.ts';
import { TraceActions } from './host/traceActions.ts';
import { COLLECTOR, traceUriParts } from './host/traceUri.ts';
import { TracesView } from './host/tracesView.ts';
import { WaterfallEditors } from './host/waterfallEditor.ts';
import type { TraceKey } from './protocol/messages.ts';

/** VS Code calls deactivate() without the context: what must end in order is left here by activate(). */
const endings: (() => Promise<void>)[] = [];

export async function deactivate(): Promise<void> {
  await Promise.all(endings.splice(0).map((end) => end()));
}

export function activate(context: vscode.ExtensionContext): void {
  const add = <T extends vscode.Disposable>(part: T): T => (context.subscriptions.push(part), part);
  const log = add(vscode.window.createOutputChannel('Tracefall', { log: true }));
  const warn = (message: string): void => log.warn(message);

  const engineFile = vscode.Uri.joinPath(context.extensionUri, 'dist', 'engine.mjs').fsPath;
  const { book, consent } = connectionBook(context, warn);
  const engine = new EngineClient({ launch: () => launchWorker(engineFile, (line) => log.debug(line)), config: engineConfig, connections: () => book.forEngine(), log: (level, message) => log[level](message) });
  endings.push(() => engine.dispose());
  add(onSettingsChanged(() => void engine.reconfigure().catch((error: unknown) => warn(String(error)))));

  const uriOf = (key: TraceKey, rootName = ''): vscode.Uri => waterfalls.openedUri(key) ?? vscode.Uri.from(traceUriParts(key, rootName));
  const openUri = async (uri: vscode.Uri, keep = false): Promise<void> => void (await vscode.commands.executeCommand('vscode.open', uri, ...(keep ? [{ preview: false }] : [])));
  const start = add(autoStart(engine, warn));
  const actions = new TraceActions(engine, (key, pinned, note) => {
    waterfalls.pinChanged(key, pinned, note);
    view.refresh();
  });
  const connections = add(new ConnectionHost({ engine, book, consent, log: warn }));
  const onFirstShown = (): void => {
    start.onView();
    connections.onSeen();
  };
  const view = add(new TracesView({ engine, connections: book, turnsFolder: vscode.Uri.joinPath(context.globalStorageUri, 'refreshes').fsPath, onFirstShown, log: warn }));
  const waterfalls: WaterfallEditors = add(
    new WaterfallEditors({
      extensionUri: context.extensionUri,
      engine,
      onOpen: ({ connection }) => connection === COLLECTOR && start.onTrace(),
      uriOf,
      openUri,
      connectionName: (id) => book.get(id)?.config.name,
      services: {
        source: add(lazySource(() => waterfalls.activeColumn)),
        copy: async (text) => vscode.env.clipboard.writeText(text),
        openUrl: async (url) => void (await vscode.env.openExternal(vscode.Uri.parse(url, true))),
        setPinned: (key, pinned) => actions.setPinned(key, pinned),
        exportTrace: (key, name) => actions.export(key, name),
        painted: ({ what, atMs, rows }) => log.debug(`${what}: ${rows} rows painted ${Math.round(atMs)} ms after the webview began`),
        log: (level, message) => log[level](message),
      },
    }),
  );
  book.onChanged.on(() => waterfalls.connectionsChanged());
  add(registerCommands({ engine, view, actions, waterfalls, book, connections, log, openTrace: (key, { keep, rootName } = {}) => openUri(uriOf(key, rootName), keep) }));
  add(statusBar(engine));
}
