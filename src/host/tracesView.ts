// The traces view as a whole: the tree, its message and `when` contexts, and its own commands (refresh, filter, sort, load more).
import * as vscode from 'vscode';
import type { EngineClient } from './engineClient.ts';
import { COMMANDS, CONTEXT_KEYS, VIEW_ID } from './commandIds.ts';
import { DisposableStore } from './disposables.ts';
import { pickFilter, pickSort } from './filterPicker.ts';
import { slowRule } from './settings.ts';
import { TraceLists } from './traceLists.ts';
import type { TraceFilterValues } from './traceLists.ts';
import { GROUPS, hostOf } from './traceRows.ts';
import { TraceTree } from './traceTree.ts';
import type { TreeNode } from './treeNodes.ts';
import { COLLECTOR } from './traceUri.ts';
import { viewMessage, viewState } from './viewState.ts';

export interface TracesViewOptions {
  readonly engine: EngineClient;
  readonly onFirstShown: () => void;
  readonly log: (message: string) => void;
}

export class TracesView implements vscode.Disposable {
  readonly #engine: EngineClient;
  readonly #lists: TraceLists;
  readonly #tree: TraceTree;
  readonly #view: vscode.TreeView<TreeNode>;
  readonly #parts = new DisposableStore();
  readonly #contexts = new Map<string, unknown>();

  constructor({ engine, onFirstShown, log }: TracesViewOptions) {
    this.#engine = engine;
    this.#lists = new TraceLists(COLLECTOR, (query, signal) => engine.call('list', query, signal));
    this.#tree = this.#parts.add(new TraceTree({ engine, lists: this.#lists, settings: () => ({ slow: slowRule() }), onFirstShown, log, onLoaded: () => this.#tell() }));
    this.#view = this.#parts.add(vscode.window.createTreeView(VIEW_ID, { treeDataProvider: this.#tree, canSelectMany: true, showCollapseAll: false }));
    this.#parts.add(this.#view.onDidChangeVisibility(({ visible }) => this.#tree.setVisible(visible)));
    this.#register(COMMANDS.refresh, () => this.#tree.questionChanged());
    this.#register(COMMANDS.filter, () => pickFilter(engine, this.#lists.filter, (filter) => this.#setFilter(filter)));
    this.#register(COMMANDS.clearFilter, () => this.#setFilter({}));
    this.#register(COMMANDS.sort, () => this.#pickSort());
    this.#register(COMMANDS.loadMore, (node: unknown) => this.#loadMore(node as TreeNode | undefined));
    this.#tell();
  }

  dispose(): void {
    this.#parts.dispose();
  }

  /** The nodes a tree command is about: the clicked one with the rest of the selection, or the selection. */
  selected(node: TreeNode | undefined, nodes: readonly TreeNode[] | undefined): readonly TreeNode[] {
    if (nodes !== undefined && nodes.length > 0) return nodes;
    return node === undefined ? this.#view.selection : [node];
  }

  /** What the engine cannot announce: pins and deletes of this window. */
  refresh(): void {
    this.#tree.refreshSoon(0);
  }

  #register(id: string, run: (...args: unknown[]) => unknown): void {
    this.#parts.add(vscode.commands.registerCommand(id, run));
  }

  #setFilter(filter: TraceFilterValues): void {
    this.#lists.setFilter(filter);
    this.#tell();
    this.#tree.questionChanged();
  }

  async #pickSort(): Promise<void> {
    const sort = await pickSort(this.#lists.sort);
    if (sort === undefined) return;
    this.#lists.setSort(sort);
    this.#tree.questionChanged();
  }

  #loadMore(node: TreeNode | undefined): void {
    if (node?.kind !== 'more') return;
    this.#lists.wantMore(node.group);
    this.#tree.refreshSoon(0);
  }

  #tell(): void {
    const { status, collector } = this.#engine;
    const any = this.#lists.filtered || collector.problem !== undefined || GROUPS.some((group) => this.#lists.group(group).traces.length > 0);
    const state = viewState(status, collector, this.#lists.loaded, any);
    this.#view.message = viewMessage(status, this.#lists.filter, any);
    // A view alone in its container shows no description, so an empty one names the endpoint in its title.
    this.#view.title = state === 'empty' && collector.endpoint !== undefined ? `Traces · ${hostOf(collector.endpoint)}` : 'Traces';
    this.#setContext(CONTEXT_KEYS.state, state);
    this.#setContext(CONTEXT_KEYS.filtered, this.#lists.filtered);
    this.#setContext(CONTEXT_KEYS.listening, collector.endpoint !== undefined);
    this.#setContext(CONTEXT_KEYS.offered, collector.offeredPort !== undefined);
  }

  #setContext(key: string, value: unknown): void {
    if (this.#contexts.get(key) === value) return;
    this.#contexts.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
