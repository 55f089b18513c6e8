// The traces view as a whole: the tree, its message and `when` contexts, its own commands (refresh, filter, sort, load more), and what
// refreshes remote connections by itself while it is seen.
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { COMMANDS, CONTEXT_KEYS, VIEW_ID } from './commandIds.ts';
import type { ConnectionBranch } from './connectionBranch.ts';
import { pickConnection } from './connectionCommands.ts';
import type { ConnectionBook, ShownConnection } from './connections/connectionBook.ts';
import type { Polled } from './connections/poller.ts';
import { Poller, refreshInterval } from './connections/poller.ts';
import { fileTurns } from './connections/pollTurn.ts';
import { searchDeeply } from './deepSearch.ts';
import { pickDependency } from './dependencies.ts';
import { DisposableStore } from './disposables.ts';
import type { EngineClient } from './engineClient.ts';
import { sentence } from './engineClient.ts';
import { type FoundNames, namesOf, NAMES_TIMEOUT_MS } from './filterNames.ts';
import type { FilterNames } from './filterPicker.ts';
import { pickFilter, pickSort } from './filterPicker.ts';
import { tellError } from './notices.ts';
import { slowRule } from './settings.ts';
import type { TraceFilterValues, TraceSort } from './traceLists.ts';
import { hostOf } from './traceRows.ts';
import { traceDrops } from './traceDrops.ts';
import { TraceTree } from './traceTree.ts';
import type { TreeNode } from './treeNodes.ts';
import { viewMessage, viewState } from './viewState.ts';

const POLL_TICK_MS = 5_000;

export interface TracesViewOptions {
  readonly engine: EngineClient;
  readonly connections: ConnectionBook;
  /** A folder that all windows share: who refreshed what, when. */
  readonly turnsFolder: string;
  readonly onFirstShown: () => void;
  readonly log: (message: string) => void;
}

export class TracesView implements vscode.Disposable {
  readonly #engine: EngineClient;
  readonly #connections: ConnectionBook;
  readonly #log: (message: string) => void;
  readonly #tree: TraceTree;
  readonly #view: vscode.TreeView<TreeNode>;
  readonly #poller: Poller;
  readonly #parts = new DisposableStore();
  readonly #contexts = new Map<string, unknown>();
  #filter: TraceFilterValues = {};
  #sort: TraceSort = 'newest';

  constructor({ engine, connections, turnsFolder, onFirstShown, log }: TracesViewOptions) {
    this.#engine = engine;
    this.#connections = connections;
    this.#log = log;
    this.#tree = this.#parts.add(new TraceTree({ engine, connections, settings: () => ({ slow: slowRule() }), onFirstShown, log, onLoaded: () => this.#tell() }));
    this.#view = this.#parts.add(vscode.window.createTreeView(VIEW_ID, { treeDataProvider: this.#tree, canSelectMany: true, showCollapseAll: false, dragAndDropController: traceDrops(log) }));
    this.#parts.add(this.#view.onDidChangeVisibility(({ visible }) => this.#tree.setVisible(visible)));
    this.#parts.add(this.#view.onDidExpandElement(({ element }) => this.#tree.setExpanded(element, true)));
    this.#parts.add(this.#view.onDidCollapseElement(({ element }) => this.#tree.setExpanded(element, false)));
    this.#register(COMMANDS.refresh, () => this.#refresh());
    this.#register(COMMANDS.refreshConnection, (node: unknown) => this.#refresh((node as TreeNode | undefined)?.connection));
    this.#register(COMMANDS.filter, () => pickFilter(this.#names(), this.#filter, (filter) => this.#setFilter(filter)));
    this.#register(COMMANDS.clearFilter, () => this.#setFilter({}));
    this.#register(COMMANDS.sort, () => this.#pickSort());
    this.#register(COMMANDS.deepSearch, (node: unknown) => this.#deepSearch(node as TreeNode | undefined));
    this.#register(COMMANDS.showDependencies, (node: unknown) => this.#showDependencies(node as TreeNode | undefined));
    this.#register(COMMANDS.loadMore, (node: unknown) => this.#loadMore(node as TreeNode | undefined));
    this.#poller = new Poller({
      window: randomUUID(),
      turns: fileTurns(turnsFolder),
      polled: () => this.#polled(),
      focused: () => vscode.window.state.focused,
      now: Date.now,
      random: Math.random,
      log,
    });
    const ticking = setInterval(() => void this.#poller.tick(), POLL_TICK_MS);
    this.#parts.defer(() => clearInterval(ticking));
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

  /** Shows a connection, opened: a new one, for instance. */
  async reveal(connection: string): Promise<void> {
    const branch = this.#tree.branches.find(({ id }) => id === connection);
    if (branch === undefined) return;
    await vscode.commands.executeCommand(`${VIEW_ID}.focus`);
    await this.#view.reveal(branch.node, { select: true, focus: true, expand: true });
    this.#tree.setExpanded(branch.node, true);
  }

  #register(id: string, run: (...args: unknown[]) => unknown): void {
    this.#parts.add(
      vscode.commands.registerCommand(id, async (...args: unknown[]) => {
        try {
          await run(...args);
        } catch (error) {
          this.#log(`${id}: ${sentence(error)}`);
          tellError(error);
        }
      }),
    );
  }

  #refresh(connection?: string): void {
    for (const { id } of this.#tree.branches) if (connection === undefined || id === connection) this.#poller.refreshed(id);
    this.#tree.questionChanged(connection);
  }

  #setFilter(filter: TraceFilterValues): void {
    this.#filter = filter;
    this.#askAnew((branch) => branch.lists.setFilter(filter));
  }

  async #pickSort(): Promise<void> {
    const sort = await pickSort(this.#sort);
    if (sort === undefined) return;
    this.#sort = sort;
    this.#askAnew((branch) => branch.lists.setSort(sort));
  }

  #askAnew(change: (branch: ConnectionBranch) => void): void {
    const [filter, sort] = [this.#filter, this.#sort];
    this.#tree.branches.forEach(change);
    this.#tree.configureNew((lists) => {
      lists.setFilter(filter);
      lists.setSort(sort);
    });
    this.#tell();
    this.#tree.questionChanged();
  }

  #loadMore(node: TreeNode | undefined): void {
    if (node?.kind === 'more') this.#tree.loadMore(node.connection, node.group);
  }

  async #deepSearch(node: TreeNode | undefined): Promise<void> {
    const connection = await this.#connectionFor(node, ({ state }) => state?.deepSearch !== undefined, 'No connection offers a search beyond its lists. One that does shows it as a row when it is expanded.');
    const page = connection === undefined ? undefined : await searchDeeply(this.#engine, connection, this.#filter);
    if (connection !== undefined && page !== undefined) this.#tree.showFound(connection.config.id, page);
  }

  async #showDependencies(node: TreeNode | undefined): Promise<void> {
    const connection = await this.#connectionFor(node, ({ kind }) => kind?.dependencies === true, 'No connection is to a system that says which service calls which.');
    const service = connection === undefined ? undefined : await pickDependency(this.#engine, connection);
    // Operations belong to a service: another service has others.
    const { operation: _other, ...rest } = this.#filter;
    if (service !== undefined) this.#setFilter({ ...rest, service });
  }

  /** The clicked one, else the only one that can, else the one that is picked. */
  async #connectionFor(node: TreeNode | undefined, can: (connection: ShownConnection) => boolean, none: string): Promise<ShownConnection | undefined> {
    const clicked = node?.connection === undefined ? undefined : this.#connections.get(node.connection);
    const able = clicked === undefined ? this.#connections.all.filter(can) : [clicked];
    if (able.length === 0) throw new Error(none);
    return able.length === 1 ? able[0] : pickConnection(able);
  }

  /** Of every connection that is open in the tree. */
  #names(): FilterNames {
    const of = (ask: (connection: string) => Promise<readonly string[]>): Promise<FoundNames> => {
      const open = this.#tree.branches.filter(({ expanded }) => expanded);
      const asked = open.map(({ id }) => ({ name: this.#connections.get(id)?.config.name ?? 'Collector', ask: () => ask(id) }));
      return namesOf(asked, (name, error) => this.#log(`The names to filter by of ${name} could not be listed: ${sentence(error)}`));
    };
    return {
      services: () => of((connection) => this.#engine.call('services', { connection }, undefined, NAMES_TIMEOUT_MS)),
      operations: (service) => of((connection) => this.#engine.call('operations', { connection, service }, undefined, NAMES_TIMEOUT_MS)),
    };
  }

  #polled(): readonly Polled[] {
    if (!this.#view.visible) return [];
    return this.#tree.branches.flatMap((branch) => {
      const connection = this.#connections.get(branch.id);
      const intervalMs = connection === undefined || !branch.expanded ? undefined : refreshInterval(connection.config, connection.kind);
      return intervalMs === undefined ? [] : [{ id: branch.id, intervalMs, refresh: () => branch.refreshSoon(0, true) }];
    });
  }

  #tell(): void {
    const { status, collector } = this.#engine;
    const filtered = Object.values(this.#filter).some((value) => value !== undefined && value !== false && value !== '');
    const any = filtered || !this.#tree.isEmpty();
    const state = viewState(status, collector, this.#tree.branches.some(({ lists }) => lists.loaded), any);
    this.#view.message = viewMessage(status, this.#filter, any);
    // A view alone in its container shows no description, so an empty one names the endpoint in its title.
    this.#view.title = state === 'empty' && collector.endpoint !== undefined ? `Traces · ${hostOf(collector.endpoint)}` : 'Traces';
    this.#setContext(CONTEXT_KEYS.state, state);
    this.#setContext(CONTEXT_KEYS.filtered, filtered);
    this.#setContext(CONTEXT_KEYS.listening, collector.endpoint !== undefined);
    this.#setContext(CONTEXT_KEYS.offered, collector.offeredPort !== undefined);
  }

  #setContext(key: string, value: unknown): void {
    if (this.#contexts.get(key) === value) return;
    this.#contexts.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
