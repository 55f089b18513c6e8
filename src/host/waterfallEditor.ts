// The waterfall as a read-only custom editor on a tracefall: address, one a trace: preview tabs, titles, restoring after a reload come
// from the editor. Reading the trace starts when the document opens, while the webview still loads.
import * as vscode from 'vscode';
import type { TraceKey, WaterfallCommand, WebviewSettings } from '../protocol/messages.ts';
import type { Port } from '../protocol/rpc.ts';
import { CONTEXT_KEYS, EDITOR_ID } from './commandIds.ts';
import { DisposableStore } from './disposables.ts';
import { EarlyTrace } from './earlyTrace.ts';
import type { EngineClient } from './engineClient.ts';
import { newNonce, panelHtml } from './panelHtml.ts';
import { onSettingsChanged, webviewSettings } from './settings.ts';
import { traceOrigin } from './traceOrigin.ts';
import { COLLECTOR, identityOf, traceKeyOf } from './traceUri.ts';
import type { SessionServices } from './webviewSession.ts';
import { WebviewSession } from './webviewSession.ts';

interface OpenPanel {
  readonly panel: vscode.WebviewPanel;
  readonly session: WebviewSession;
  readonly document: TraceDocument;
  /** Spans arrived since it was opened; their number is not settled yet. */
  grew: boolean;
}

class TraceDocument implements vscode.CustomDocument {
  readonly uri: vscode.Uri;
  readonly key: TraceKey;
  readonly early: EarlyTrace;

  constructor(uri: vscode.Uri, key: TraceKey, early: EarlyTrace) {
    this.uri = uri;
    this.key = key;
    this.early = early;
  }

  dispose(): void {
    this.early.dispose();
  }
}

export interface WaterfallOptions {
  readonly extensionUri: vscode.Uri;
  readonly engine: EngineClient;
  readonly services: Omit<SessionServices, 'typing' | 'settings' | 'openTrace'>;
  /** A trace is being opened: its store is needed. */
  readonly onOpen: (key: TraceKey) => void;
  readonly openUri: (uri: vscode.Uri) => Promise<void>;
  readonly uriOf: (key: TraceKey) => vscode.Uri;
  /** undefined where it is in no settings. */
  readonly connectionName: (connection: string) => string | undefined;
}

export class WaterfallEditors implements vscode.CustomReadonlyEditorProvider<TraceDocument>, vscode.Disposable {
  readonly #options: WaterfallOptions;
  readonly #parts = new DisposableStore();
  readonly #panels = new Set<OpenPanel>();
  readonly #reveals = new Map<string, string>();
  /** The waterfall used last, for "go back". */
  #last: OpenPanel | undefined;

  constructor(options: WaterfallOptions) {
    this.#options = options;
    const { engine } = options;
    this.#parts.add(vscode.window.registerCustomEditorProvider(EDITOR_ID, this, { supportsMultipleEditorsPerDocument: true, webviewOptions: { retainContextWhenHidden: true } }));
    this.#parts.add(engine.onRestarted.on(() => this.#onRestarted()));
    this.#parts.add(engine.onTracesChanged.on(({ connection, traceIds }) => connection === COLLECTOR && void this.#onTracesChanged(new Set(traceIds))));
    this.#parts.add(onSettingsChanged((changed) => changed('waterfall') && this.#tellSettings()));
  }

  dispose(): void {
    this.#parts.dispose();
  }

  openCustomDocument(uri: vscode.Uri): TraceDocument {
    const key = traceKeyOf(uri);
    if (key === undefined) throw new Error('This address names no trace.');
    this.#options.onOpen(key);
    return new TraceDocument(uri, key, new EarlyTrace(this.#options.engine, key, (message) => this.#options.services.log('warn', message)));
  }

  resolveCustomEditor(document: TraceDocument, panel: vscode.WebviewPanel): void {
    const dist = vscode.Uri.joinPath(this.#options.extensionUri, 'dist');
    const { webview } = panel;
    webview.options = { enableScripts: true, enableForms: false, enableCommandUris: false, localResourceRoots: [dist] };
    const session = new WebviewSession(portOf(webview), this.#options.engine, document.early, this.#servicesOf(document.key));
    const open: OpenPanel = { panel, session, document, grew: false };
    this.#panels.add(open);
    this.#tellOpen();
    this.#last = open;
    const spanId = this.#reveals.get(identityOf(document.key));
    if (spanId !== undefined) session.reveal(spanId);
    this.#reveals.delete(identityOf(document.key));
    panel.onDidChangeViewState(() => this.#onViewState(open));
    panel.onDidDispose(() => this.#onClosed(open));
    this.#onViewState(open);
    const asset = (...path: string[]): string => webview.asWebviewUri(vscode.Uri.joinPath(dist, 'webview', ...path)).toString();
    // Last: the webview must find its session listening.
    webview.html = panelHtml({ cspSource: webview.cspSource, script: asset('main.js'), styles: asset('styles.css') }, newNonce());
  }

  /** Sends a command to the active waterfall; false when none is. */
  command(name: WaterfallCommand): boolean {
    const active = [...this.#panels].find(({ panel }) => panel.active) ?? (this.#last?.panel.visible === true ? this.#last : undefined);
    active?.session.command(name);
    return active !== undefined;
  }

  /** Back to the waterfall used last, its selection untouched; false when none is open. */
  goBack(): boolean {
    if (this.#last !== undefined) revealInPlace(this.#last.panel);
    return this.#last !== undefined;
  }

  /** Opens a trace and selects a span of it. */
  async openAt(key: TraceKey, spanId: string): Promise<void> {
    const shown = [...this.#panels].find(({ document }) => identityOf(document.key) === identityOf(key));
    if (shown !== undefined) {
      revealInPlace(shown.panel);
      shown.session.reveal(spanId);
      return;
    }
    this.#reveals.set(identityOf(key), spanId);
    await this.#options.openUri(this.#options.uriOf(key));
  }

  /** The column beside which code opens. */
  get activeColumn(): vscode.ViewColumn | undefined {
    return this.#last?.panel.viewColumn;
  }

  /** A trace was pinned or unpinned somewhere. */
  pinChanged(key: TraceKey, pinned: boolean, note: string): void {
    this.#each(({ document, session }) => identityOf(document.key) === identityOf(key) && session.tell('pinned', { pinned, note }));
  }

  /** Connections were renamed, removed or added. */
  connectionsChanged(): void {
    this.#tellSettings();
  }

  /** Open waterfalls' trace of a key, so that a tab is never opened twice under two labels. */
  openedUri(key: TraceKey): vscode.Uri | undefined {
    return [...this.#panels].find(({ document }) => identityOf(document.key) === identityOf(key))?.document.uri;
  }

  #servicesOf(key: TraceKey): SessionServices {
    return {
      ...this.#options.services,
      settings: () => this.#settingsOf(key),
      typing: (active) => void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.typing, active),
      openTrace: async (target, spanId) => {
        await this.openAt(target, spanId);
        return { opened: true };
      },
    };
  }

  #settingsOf(key: TraceKey): WebviewSettings {
    return { ...webviewSettings(), origin: traceOrigin(key, this.#options.connectionName) };
  }

  #tellSettings(): void {
    this.#each(({ document, session }) => session.tell('settings', this.#settingsOf(document.key)));
  }

  #onViewState(open: OpenPanel): void {
    if (!open.panel.active) return;
    this.#last = open;
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.typing, false);
  }

  #onClosed(open: OpenPanel): void {
    this.#panels.delete(open);
    open.session.dispose();
    if (this.#last === open) this.#last = [...this.#panels].at(-1);
    this.#tellOpen();
  }

  /** "Go back" and its key exist while there is something to go back to. */
  #tellOpen(): void {
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.waterfallOpen, this.#panels.size > 0);
  }

  #onRestarted(): void {
    this.#each(({ document, session }) => {
      document.early.forget();
      session.engineRestarted();
    });
  }

  /** Tells an open waterfall that spans arrived since; it offers to load them and never changes under the reader. Of the collector's only: no other server is asked unasked. */
  async #onTracesChanged(ids: ReadonlySet<string>): Promise<void> {
    this.#each((open) => {
      // Without ids: more than is told one by one, or nothing about traces. Asking finds out.
      open.grew ||= open.document.key.connection === COLLECTOR && (ids.size === 0 || ids.has(open.document.key.traceId));
    });
    for (const open of [...this.#panels].filter(({ grew }) => grew)) {
      const { document, session } = open;
      const { traceId, connection } = document.key;
      const page = await this.#options.engine.call('list', { connection, group: 'recent', sort: 'newest', text: traceId, limit: 1 }).catch((error: unknown) => {
        this.#options.services.log('warn', `It is not known whether spans arrived: ${String(error)}`);
        return undefined;
      });
      const now = page?.traces.find((trace) => trace.key.traceId === traceId)?.summary;
      // Provisional counts may count resent spans twice; the settled ones follow within a second.
      if (now === undefined || now.provisional) continue;
      open.grew = false;
      const shown = session.opened?.head.summary.spans;
      if (shown !== undefined && now.spans !== shown) session.tell('changed', { spans: now.spans });
    }
  }

  #each(act: (open: OpenPanel) => unknown): void {
    for (const open of this.#panels) act(open);
  }
}

/** Without its column the editor opens it once more in the active one, and leaves an empty tab behind. */
function revealInPlace(panel: vscode.WebviewPanel): void {
  panel.reveal(panel.viewColumn, false);
}

function portOf(webview: vscode.Webview): Port {
  return {
    // The editor copies ArrayBuffers; nothing is transferred. A webview that is gone answers false: its session ends with its panel.
    post: (message) => void webview.postMessage(message),
    listen: (listener) => {
      const subscription = webview.onDidReceiveMessage(listener);
      return () => subscription.dispose();
    },
  };
}
