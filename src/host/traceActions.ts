// What can be done with traces of the tree or a waterfall: pin with a note, copy, export, delete. Words and dialogs only; the engine acts.
import * as vscode from 'vscode';
import { plural } from '../analysis/numberText.ts';
import { visibleLine } from '../analysis/visibleText.ts';
import type { ListedTrace, TraceKey } from '../protocol/messages.ts';
import type { EngineClient } from './engineClient.ts';
import { askModal, askText, tellError } from './notices.ts';
import { tabLabel } from './traceUri.ts';

const NOTE_MAX = 2000;
const EXPORT_TIMEOUT_MS = 120_000;

export class TraceActions {
  readonly #engine: EngineClient;
  readonly #onPinned: (key: TraceKey, pinned: boolean, note: string) => void;

  constructor(engine: EngineClient, onPinned: (key: TraceKey, pinned: boolean, note: string) => void) {
    this.#engine = engine;
    this.#onPinned = onPinned;
  }

  /** Pinned at once; the note of a single one is asked for afterwards, Escape leaves it as it was. */
  async pin(keys: readonly TraceKey[]): Promise<void> {
    const [note] = await Promise.all(keys.map((key) => this.#pin(key)));
    const [only, ...others] = keys;
    if (only !== undefined && others.length === 0) await this.editNote(only, note ?? '');
  }

  async unpin(key: TraceKey): Promise<void> {
    await this.#engine.call('unpin', { key });
    this.#onPinned(key, false, '');
  }

  /** From a waterfall: answered at once, the note is asked for beside it. */
  async setPinned(key: TraceKey, pinned: boolean): Promise<{ pinned: boolean; note: string }> {
    if (!pinned) {
      await this.unpin(key);
      return { pinned, note: '' };
    }
    const note = await this.#pin(key);
    this.editNote(key, note).catch(tellError);
    return { pinned, note };
  }

  async editNote(key: TraceKey, note: string): Promise<void> {
    const typed = await askText({
      title: 'Note for the pinned trace',
      prompt: 'Shown beside it in the tree. Empty: none.',
      value: note,
      validateInput: (value) => (value.length > NOTE_MAX ? `A note has at most ${NOTE_MAX} characters.` : undefined),
    });
    if (typed !== undefined && typed.trim() !== note) await this.#pin(key, typed.trim());
  }

  async copyIds(traces: readonly ListedTrace[]): Promise<void> {
    await vscode.env.clipboard.writeText(traces.map(({ key }) => key.traceId).join('\n'));
  }

  /** One line of JSON a trace, as `tracefall list --json` prints it. */
  async copyJson(traces: readonly ListedTrace[]): Promise<void> {
    await vscode.env.clipboard.writeText(traces.map(({ summary }) => JSON.stringify({ ...summary, provisional: undefined })).join('\n'));
  }

  async export(key: TraceKey, rootName: string): Promise<void> {
    const file = `${tabLabel(rootName, key.traceId).replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '') || 'trace'}-${key.traceId.slice(0, 8)}.json`;
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const target = await vscode.window.showSaveDialog({
      title: 'Export trace as OTLP JSON',
      filters: { 'OTLP JSON': ['json'] },
      ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, file) }),
    });
    if (target === undefined) return;
    const text = await this.#engine.call('exportTrace', { key }, undefined, EXPORT_TIMEOUT_MS);
    await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
    vscode.window.setStatusBarMessage('The trace was exported.', 5000);
  }

  async delete(traces: readonly ListedTrace[]): Promise<void> {
    const [first] = traces;
    if (first === undefined) return;
    const what = traces.length === 1 ? `the trace "${visibleLine(first.summary.rootName, 80) || visibleLine(first.key.traceId, 32)}"` : plural(traces.length, 'trace');
    const answer = await askModal('warning', `Delete ${what}?`, 'It is removed from the store on this machine. This cannot be undone.', 'Delete');
    if (answer === 'Delete') await this.#engine.call('deleteTraces', { keys: traces.map(({ key }) => key) });
  }

  /** Answers the note it has now. */
  async #pin(key: TraceKey, note?: string): Promise<string> {
    const pinned = await this.#engine.call('pin', { key, ...(note === undefined ? {} : { note }) });
    this.#onPinned(key, true, pinned.note);
    return pinned.note;
  }
}
