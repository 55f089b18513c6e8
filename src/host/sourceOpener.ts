// Span → code in the editor: asks the ladder, shows the line beside the waterfall with a highlight that goes when the text is edited,
// asks where several lines are equally good, says why where there is none. Answers are kept until files, settings or trust change.
import * as vscode from 'vscode';
import { visibleLine } from '../analysis/visibleText.ts';
import type { CodeConfidence, WireSourceAnswer } from '../protocol/messages.ts';
import { SKIPPED_FOLDERS } from '../source/skippedFolders.ts';
import type { SourceHints } from '../source/sourceHints.ts';
import type { SourceCandidate, SourceResult } from '../source/sourceResult.ts';
import { WorkspaceFiles } from '../source/workspaceFiles.ts';
import { DisposableStore } from './disposables.ts';
import { listedPaths } from './listedPaths.ts';
import { withoutIcons } from './plainText.ts';
import { onSettingsChanged } from './settings.ts';
import type { SourceService } from './sourceService.ts';
import { EditorWorkspace } from './workspaceAccess.ts';

const MAX_KEPT = 5000;
const CONTEXT_LINES = 1;
const LINE_MAX = 400;

interface Snapshot {
  readonly access: EditorWorkspace;
  readonly files: WorkspaceFiles;
  readonly results: Map<string, Promise<SourceResult>>;
}

export class SourceOpener implements SourceService, vscode.Disposable {
  readonly #parts = new DisposableStore();
  readonly #column: () => vscode.ViewColumn | undefined;
  #highlight: vscode.TextEditorDecorationType | undefined;
  #watching = false;
  #snapshot: Snapshot | undefined;
  /** Since the snapshot was made: a build may change thousands of files before anybody asks. */
  #changes = noChanges();
  /** Edited since they were opened: closed without being saved, their text goes back to the file's, and no event says so. */
  readonly #edited = new Set<string>();
  #highlighted: vscode.TextEditor | undefined;

  /** `column`: that of the waterfall beside which code is shown. */
  constructor(column: () => vscode.ViewColumn | undefined) {
    this.#column = column;
  }

  dispose(): void {
    this.#parts.dispose();
  }

  async badges(hints: readonly SourceHints[], signal: AbortSignal): Promise<(CodeConfidence | 'none')[]> {
    const badges: (CodeConfidence | 'none')[] = [];
    for (const one of hints) {
      signal.throwIfAborted();
      const { candidates, best } = await this.#locate(one, signal);
      badges.push((best ?? candidates[0])?.confidence ?? 'none');
    }
    return badges;
  }

  async preview(hints: SourceHints, signal: AbortSignal): Promise<WireSourceAnswer> {
    const result = await this.#locate(hints, signal);
    const shown = result.best ?? result.candidates[0];
    const fix = result.fix === undefined ? {} : { fix: result.fix };
    if (shown === undefined) return { why: result.why ?? 'Nothing in the workspace was found for this span.', ...fix };
    const lines = (await this.#current().files.lines(shown.file, signal)) ?? [];
    const from = Math.max(1, Math.min(shown.line, lines.length) - CONTEXT_LINES);
    return {
      preview: {
        confidence: shown.confidence,
        label: visibleLine(`${shown.file}:${shown.line}`),
        reason: shown.reason,
        candidates: result.candidates.length,
        firstLine: from,
        line: shown.line,
        lines: lines.slice(from - 1, from + 2 * CONTEXT_LINES).map((line) => line.slice(0, LINE_MAX)),
      },
      ...fix,
    };
  }

  async open(hints: SourceHints, signal: AbortSignal): Promise<{ opened: boolean; message?: string }> {
    const result = await this.#locate(hints, signal);
    const chosen = result.best ?? (await this.#choose(hints, result.candidates));
    if (chosen === undefined) {
      if (result.candidates.length > 0) return { opened: false };
      return { opened: false, message: [result.why ?? 'Nothing in the workspace was found for this span.', result.fix ?? ''].join(' ').trim() };
    }
    // Checked again: a link may have been exchanged since the listing.
    const uri = await this.#current().access.uriOf(chosen.file);
    if (uri === undefined) return { opened: false, message: `${chosen.file} is no longer a file inside the workspace.` };
    await this.#show(uri, chosen);
    return chosen.confidence === 'certain' || chosen.confidence === 'high' ? { opened: true } : { opened: true, message: `Not certain: ${chosen.reason}` };
  }

  async #choose(hints: SourceHints, candidates: readonly SourceCandidate[]): Promise<SourceCandidate | undefined> {
    if (candidates.length === 0) return undefined;
    const items = candidates.map((candidate) => ({
      label: withoutIcons(visibleLine(`${candidate.file}:${candidate.line}`)),
      description: candidate.confidence,
      detail: withoutIcons(visibleLine(candidate.reason)),
      candidate,
    }));
    const picked = await vscode.window.showQuickPick(items, { title: `Where is the code of ${withoutIcons(visibleLine(hints.spanName, 80))}?`, placeHolder: 'Several places are possible', matchOnDescription: true });
    return picked?.candidate;
  }

  async #show(uri: vscode.Uri, { line, column }: SourceCandidate): Promise<void> {
    const document = await vscode.workspace.openTextDocument(uri);
    const at = document.validatePosition(new vscode.Position(line - 1, (column ?? 1) - 1));
    const waterfall = this.#column();
    const viewColumn = waterfall === undefined || waterfall >= vscode.ViewColumn.Nine ? vscode.ViewColumn.Beside : waterfall + 1;
    const editor = await vscode.window.showTextDocument(document, { viewColumn, preview: true, selection: new vscode.Range(at, at) });
    this.#highlight ??= this.#parts.add(highlightType());
    this.#highlighted?.setDecorations(this.#highlight, []);
    editor.setDecorations(this.#highlight, [new vscode.Range(at.line, 0, at.line, 0)]);
    editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    this.#highlighted = editor;
  }

  /** One search a span for all who ask; whoever gave up meanwhile is told so, the answer is kept for the others. */
  async #locate(hints: SourceHints, signal: AbortSignal): Promise<SourceResult> {
    const { files, results } = this.#current();
    const key = JSON.stringify(hints);
    let result = results.get(key);
    if (result === undefined) {
      // Loaded with the first need of it: activation stays short.
      result = import('../source/ladder.ts').then(({ locate }) => locate(hints, files));
      if (results.size >= MAX_KEPT) results.clear();
      results.set(key, result);
      result.catch(() => results.delete(key));
    }
    const located = await result;
    signal.throwIfAborted();
    return located;
  }

  #current(): Snapshot {
    if (!this.#watching) this.#watch();
    this.#watching = true;
    const before = this.#snapshot;
    if (before !== undefined && this.#changes.paths.size === 0) return before;
    const changes = this.#changes;
    this.#changes = noChanges();
    for (const link of before?.access.linkedFiles ?? []) changes.paths.add(link);
    // A changed text keeps the walk of the folders; a changed list does not. Other files' facts are kept by both.
    const access = before === undefined || changes.list ? new EditorWorkspace() : before.access;
    this.#snapshot = { access, files: before === undefined ? new WorkspaceFiles(access) : before.files.next(access, changes), results: new Map() };
    return this.#snapshot;
  }

  #changed(uri: vscode.Uri, list: boolean): void {
    const before = this.#snapshot;
    if (before === undefined || uri.path.split('/').some((segment) => SKIPPED_FOLDERS.has(segment))) return;
    const paths = listedPaths(uri, before.access.roots, before.access.caseInsensitive);
    if (paths === undefined) return this.#forget();
    for (const path of paths) this.#changes.paths.add(path);
    if (list && paths.length > 0) this.#changes.list = true;
  }

  #forget(): void {
    this.#snapshot = undefined;
    this.#changes = noChanges();
  }

  /** From the first question on; before it there is nothing to forget. */
  #watch(): void {
    const watcher = this.#parts.add(vscode.workspace.createFileSystemWatcher('**/*'));
    this.#parts.add(watcher.onDidCreate((uri) => this.#changed(uri, true)));
    this.#parts.add(watcher.onDidDelete((uri) => this.#changed(uri, true)));
    this.#parts.add(watcher.onDidChange((uri) => this.#changed(uri, false)));
    this.#parts.add(vscode.workspace.onDidChangeWorkspaceFolders(() => this.#forget()));
    this.#parts.add(vscode.workspace.onDidGrantWorkspaceTrust(() => this.#forget()));
    this.#parts.add(onSettingsChanged((changed) => changed('source') && this.#forget()));
    this.#parts.add(vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#edited.delete(uri.toString()) && this.#changed(uri, false)));
    this.#parts.add(vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => this.#onEdit(document, contentChanges.length)));
  }

  #onEdit(document: vscode.TextDocument, changes: number): void {
    // Consoles, input boxes and diffs are documents too.
    if (changes === 0 || vscode.workspace.getWorkspaceFolder(document.uri) === undefined) return;
    if (this.#highlight !== undefined && this.#highlighted?.document === document) {
      this.#highlighted.setDecorations(this.#highlight, []);
      this.#highlighted = undefined;
    }
    this.#edited.add(document.uri.toString());
    this.#changed(document.uri, false);
  }
}

const noChanges = (): { paths: Set<string>; list: boolean } => ({ paths: new Set(), list: false });

function highlightType(): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('editor.findMatchHighlightBackground'),
    borderColor: new vscode.ThemeColor('contrastActiveBorder'),
    overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.findMatchForeground'),
    overviewRulerLane: vscode.OverviewRulerLane.Full,
  });
}
