// The configured connections in the editor: settings, secrets, trust and consent in; the engine and the status bar out. Asks about a
// workspace's connections once the traces view is seen, never before.
import * as vscode from 'vscode';
import { VIEW_ID } from './commandIds.ts';
import { ConnectionBook } from './connections/connectionBook.ts';
import { connectionSummary } from './connections/connectionRows.ts';
import { SecretKeeper } from './connections/secretKeeper.ts';
import { consentText, WorkspaceConsent } from './connections/workspaceConsent.ts';
import { DisposableStore } from './disposables.ts';
import type { EngineClient } from './engineClient.ts';
import { sentence } from './engineClient.ts';
import { askModal } from './notices.ts';
import { withoutIcons } from './plainText.ts';
import { connectionSettings, networkConfig, onConnectionSettingsChanged } from './settings.ts';

const CLOCK_MS = 30_000;

export function connectionBook(context: vscode.ExtensionContext, log: (message: string) => void): { readonly book: ConnectionBook; readonly consent: WorkspaceConsent } {
  const consent = new WorkspaceConsent(context.workspaceState);
  const book = new ConnectionBook({ settings: connectionSettings, secrets: new SecretKeeper(context.secrets), consent, network: networkConfig, log });
  return { book, consent };
}

export interface ConnectionHostOptions {
  readonly engine: EngineClient;
  readonly book: ConnectionBook;
  readonly consent: WorkspaceConsent;
  readonly log: (message: string) => void;
}

export class ConnectionHost implements vscode.Disposable {
  readonly #options: ConnectionHostOptions;
  readonly #parts = new DisposableStore();
  #seen = false;
  #asking = false;

  constructor(options: ConnectionHostOptions) {
    this.#options = options;
    const { engine, book } = options;
    this.#parts.add(engine.onConnectionState.on((state) => book.takeState(state)));
    this.#parts.add(book.onSecretsCame.on(() => void engine.reconnect()));
    this.#parts.add(engine.onStatus.on(({ kind }) => kind === 'running' && void this.#askKinds()));
    this.#parts.add(onConnectionSettingsChanged(() => this.reread()));
    this.#parts.add(summaryItem(book));
  }

  dispose(): void {
    this.#parts.dispose();
  }

  /** The traces view was opened for the first time. */
  onSeen(): void {
    this.#seen = true;
    if (this.#options.book.all.length > 0) void this.#askKinds();
    void this.askWorkspace();
  }

  /** The settings were changed, by hand or by us; the engine hears of it. */
  reread(): void {
    // Begun before the tree hears of it and asks; it reads the settings when its turn comes.
    void this.#options.engine.reconnect();
    this.#options.book.reread();
    if (this.#options.book.all.length > 0 && this.#options.engine.status.kind === 'running') void this.#askKinds();
    void this.askWorkspace();
  }

  /** Once for each target; `again`: also those that were refused, as the user wants to be asked. */
  async askWorkspace(again = false): Promise<void> {
    const { book, consent, log } = this.#options;
    const pending = again ? book.refused : book.pending;
    if ((!this.#seen && !again) || this.#asking || pending.length === 0) return;
    this.#asking = true;
    try {
      const { message, detail } = consentText(pending);
      const answer = await askModal('warning', message, detail, 'Use', 'Don’t Use');
      // Escape is no answer to remember: it is asked again in the next window, and by the row in the tree.
      if (answer === undefined) return;
      await consent.remember(pending, answer === 'Use' ? 'allowed' : 'refused');
      this.reread();
    } catch (error) {
      log(`The answer about this workspace's connections could not be kept: ${sentence(error)}`);
    } finally {
      this.#asking = false;
    }
  }

  async #askKinds(): Promise<void> {
    const { engine, book, log } = this.#options;
    if (book.kinds.length > 0) return;
    try {
      book.takeKinds(await engine.call('connectionKinds', {}));
    } catch (error) {
      log(`The kinds of connections could not be listed: ${sentence(error)}`);
    }
  }
}

/** How the connections are, once one was asked: the worst of them in the status bar, each in its tooltip. */
function summaryItem(book: ConnectionBook): vscode.Disposable {
  const parts = new DisposableStore();
  const item = parts.add(vscode.window.createStatusBarItem('tracefall.connections', vscode.StatusBarAlignment.Right, 49));
  item.name = 'Tracefall connections';
  item.command = `${VIEW_ID}.focus`;
  const draw = (): void => {
    const summary = connectionSummary(book.all, Date.now());
    if (summary === undefined) return item.hide();
    const bad = summary.worst === 'failing';
    item.text = withoutIcons(summary.text);
    item.text = `$(${bad ? 'warning' : summary.worst === 'slow' ? 'watch' : 'server'}) ${item.text}`;
    item.tooltip = summary.lines.join('\n');
    item.accessibilityInformation = { label: `Tracefall connections. ${summary.lines.join('. ')}` };
    item.backgroundColor = bad ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    item.show();
  };
  parts.add(book.onState.on(draw));
  parts.add(book.onChanged.on(draw));
  const clock = setInterval(draw, CLOCK_MS);
  parts.defer(() => clearInterval(clock));
  return parts;
}
