// The tree: the collector first, then the configured connections in the order of the settings, then what is wrong with the settings.
// Draws again only what changed (stable ids keep selection and expansion). What a connection lists is connectionBranch.ts's, wording
// traceRows.ts's and connectionRows.ts's.
import * as vscode from 'vscode';
import type { CollectorState, ListPage } from '../protocol/messages.ts';
import { ConnectionBranch } from './connectionBranch.ts';
import type { ConnectionBook, ShownConnection } from './connections/connectionBook.ts';
import { DisposableStore } from './disposables.ts';
import type { EngineClient } from './engineClient.ts';
import type { TraceLists } from './traceLists.ts';
import { GROUPS } from './traceRows.ts';
import type { ListGroup } from './traceRows.ts';
import { itemOf } from './treeItems.ts';
import type { TreeSettings } from './treeItems.ts';
import { COLLECTOR } from './traceUri.ts';
import type { TreeNode } from './treeNodes.ts';
import { offerNode, textNode } from './treeNodes.ts';

const CLOCK_MS = 30_000;
const COUNTDOWN_MS = 5_000;

export interface TraceTreeOptions {
  readonly engine: EngineClient;
  readonly connections: ConnectionBook;
  readonly settings: () => TreeSettings;
  /** The view was opened for the first time. */
  readonly onFirstShown: () => void;
  /** Something could not be loaded: for the log. */
  readonly log: (message: string) => void;
  /** After every load: for the view's message and the `when` contexts. */
  readonly onLoaded: () => void;
}

export class TraceTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #options: TraceTreeOptions;
  readonly #changed = new vscode.EventEmitter<TreeNode | TreeNode[] | undefined>();
  readonly #parts = new DisposableStore();
  readonly #collector: ConnectionBranch;
  /** Of the configured connections, in their order. */
  #remote: readonly ConnectionBranch[] = [];
  /** What the branches were made of. */
  readonly #revisions = new Map<string, string>();
  #configure: (lists: TraceLists) => void = () => undefined;
  #visible = false;
  #shown = false;
  #started = false;
  #wasEmpty = true;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(options: TraceTreeOptions) {
    this.#options = options;
    const { engine, connections } = options;
    this.#collector = this.#branch(COLLECTOR, undefined);
    this.#takeConnections();
    this.#parts.add(this.#changed);
    this.#parts.add(engine.onTracesChanged.on(({ connection }) => this.#branchOf(connection)?.refreshSoon()));
    this.#parts.add(engine.onCollectorState.on((state) => this.#onCollector(state)));
    this.#parts.add(engine.onStatus.on(() => this.#drawAll()));
    this.#parts.add(connections.onChanged.on(() => this.#onConnections()));
    this.#parts.add(connections.onState.on((id) => this.#onState(id)));
    const clock = setInterval(() => this.#tick(), CLOCK_MS);
    const countdown = setInterval(() => this.#drawWaiting(), COUNTDOWN_MS);
    this.#parts.defer(() => [clock, countdown].forEach((timer) => clearInterval(timer)));
    this.#parts.defer(() => this.branches.forEach((branch) => branch.dispose()));
  }

  dispose(): void {
    this.#parts.dispose();
  }

  get branches(): readonly ConnectionBranch[] {
    return [this.#collector, ...this.#remote];
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    for (const branch of this.branches) branch.setVisible(visible);
  }

  setExpanded(node: TreeNode, expanded: boolean): void {
    if (node.kind === 'connection' || node.kind === 'group') this.#branchOf(node.connection)?.setExpanded(node.kind === 'group' ? node.group : undefined, expanded);
  }

  /** Filter and sort of lists that are yet to come. */
  configureNew(configure: (lists: TraceLists) => void): void {
    this.#configure = configure;
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const branch = node.connection === undefined ? undefined : this.#branchOf(node.connection);
    return itemOf(node, { branch, connection: this.#connectionOf(node.connection), collector: this.#options.engine.collector, settings: this.#options.settings(), nowMs: Date.now() });
  }

  getParent(node: TreeNode): TreeNode | undefined {
    if (node.kind === 'connection' || node.connection === undefined) return undefined;
    const branch = this.#branchOf(node.connection);
    const group = node.kind === 'trace' || node.kind === 'more' || node.kind === 'text' ? node.group : undefined;
    return group === undefined ? branch?.node : branch?.nodes.group(group);
  }

  getChildren(node?: TreeNode): TreeNode[] {
    if (node === undefined) return this.#roots();
    const branch = node.connection === undefined ? undefined : this.#branchOf(node.connection);
    if (branch === undefined) return [];
    // What is closed is not asked for its children; and a click while all is drawn again is told by nothing else: the editor knows no rows then.
    this.setExpanded(node, true);
    if (node.kind === 'connection') return branch.live ? this.#collectorChildren() : branch.children(this.#connectionOf(branch.id)?.state?.deepSearch !== undefined);
    return node.kind === 'group' ? branch.groupChildren(node.group) : [];
  }

  /** What is on show is loaded again; `connection`: of this one only. */
  refreshSoon(delayMs?: number, connection?: string): void {
    for (const branch of this.branches) if (connection === undefined || branch.id === connection) branch.refreshSoon(delayMs);
  }

  /** After the filter or the sort changed, or by the button: what is under way is given up. */
  questionChanged(connection?: string): void {
    for (const branch of this.branches) if (connection === undefined || branch.id === connection) branch.restart();
    if (!this.isEmpty()) this.#changed.fire(undefined);
  }

  /** The rows that a search of the user's brought. */
  showFound(connection: string, page: ListPage): void {
    this.#branchOf(connection)?.showFound(page);
  }

  loadMore(connection: string, group: ListGroup): void {
    const branch = this.#branchOf(connection);
    branch?.lists.wantMore(group);
    branch?.refreshSoon(0);
  }

  /** Nothing to list and nothing wrong: the view's welcome text says what to do. */
  isEmpty(): boolean {
    const { engine, connections } = this.#options;
    if (engine.status.kind === 'failed') return true;
    if (connections.all.length > 0 || connections.problems.length > 0) return false;
    if (engine.collector.problem !== undefined && engine.collector.role !== 'off') return false;
    return this.#collector.hasNothing();
  }

  #branch(id: string, connection: ShownConnection | undefined): ConnectionBranch {
    const { engine, log } = this.#options;
    const live = connection === undefined;
    const branch = new ConnectionBranch({
      id,
      live,
      // Every list of a metered connection costs: only the latest are asked for unless more is opened.
      closedGroups: connection !== undefined && (connection.kind?.metered ?? true) ? GROUPS.filter((group) => group === 'errors' || group === 'slow') : [],
      list: (query, signal) => engine.call('list', query, signal, connection === undefined ? undefined : LIST_TIMEOUT_MS),
      ready: () => !live || engine.collector.role !== 'off',
      changed: (nodes) => this.#draw(nodes),
      loaded: () => this.#options.onLoaded(),
      log,
    });
    this.#configure(branch.lists);
    branch.setVisible(this.#visible);
    return branch;
  }

  #branchOf(id: string): ConnectionBranch | undefined {
    return id === COLLECTOR ? this.#collector : this.#remote.find((branch) => branch.id === id);
  }

  #connectionOf(id: string | undefined): ShownConnection | undefined {
    return id === undefined ? undefined : this.#options.connections.get(id);
  }

  #roots(): TreeNode[] {
    this.setVisible(true);
    if (!this.#shown) {
      this.#shown = true;
      this.#options.onFirstShown();
    }
    if (this.isEmpty()) return [];
    const { problems } = this.#options.connections;
    return [...this.branches.map(({ node }) => node), ...problems.map(({ text, refused }) => textNode(refused === true ? 'refused' : 'setting', text))];
  }

  #collectorChildren(): TreeNode[] {
    const { collector } = this.#options.engine;
    const problem = collector.problem === undefined ? [] : [textNode('problem', collector.problem, COLLECTOR)];
    const offer = collector.offeredPort === undefined ? [] : [offerNode(COLLECTOR, collector.offeredPort)];
    if (!this.#collector.hasNothing()) return [...problem, ...offer, ...this.#collector.groupNodes()];
    const nothing = problem.length + offer.length > 0 ? [] : [collector.role === 'off' ? textNode('off', '', COLLECTOR) : textNode('empty', '', COLLECTOR)];
    return [...problem, ...offer, ...nothing];
  }

  #draw(nodes: readonly TreeNode[]): void {
    const empty = this.isEmpty();
    const all = empty !== this.#wasEmpty;
    this.#wasEmpty = empty;
    if (all) this.#changed.fire(undefined);
    else if (nodes.length > 0) this.#changed.fire([...nodes]);
  }

  #drawAll(): void {
    this.#wasEmpty = this.isEmpty();
    this.#options.onLoaded();
    this.#changed.fire(undefined);
  }

  #onCollector(state: CollectorState): void {
    const started = state.role !== 'off';
    const redraw = started !== this.#started || this.isEmpty() || state.problem !== undefined;
    this.#started = started;
    if (started) this.#collector.refreshSoon(0);
    if (redraw) this.#drawAll();
    else this.#changed.fire(this.#collector.node);
  }

  #onConnections(): void {
    this.#takeConnections();
    this.#drawAll();
  }

  /** Branches of connections that only got another name or colour stay. */
  #takeConnections(): void {
    const before = new Map(this.#remote.map((branch) => [branch.id, branch]));
    this.#remote = this.#options.connections.all.map((connection) => {
      const { id } = connection.config;
      const known = before.get(id);
      const same = this.#revisions.get(id) === connection.revision;
      this.#revisions.set(id, connection.revision);
      if (known !== undefined && same) {
        before.delete(id);
        return known;
      }
      const branch = this.#branch(id, connection);
      if (known?.expanded === true) branch.setExpanded(undefined, true);
      return branch;
    });
    for (const gone of before.values()) gone.dispose();
  }

  #onState(id: string): void {
    const branch = this.#branchOf(id);
    if (branch !== undefined && this.#visible) this.#changed.fire(branch.node);
  }

  /** The seconds that a connection still waits are counted down. */
  #drawWaiting(): void {
    const waiting = this.#visible ? this.#remote.filter(({ id }) => this.#connectionOf(id)?.state?.waiting !== undefined) : [];
    if (waiting.length > 0) this.#changed.fire(waiting.map(({ node }) => node));
  }

  /** "2 min ago" becomes "3 min ago"; rows are drawn again only while somebody looks. */
  #tick(): void {
    if (!this.#visible || this.isEmpty()) return;
    const rows = this.branches.flatMap((branch) => (branch.expanded ? [...GROUPS, 'found' as const].flatMap((group) => branch.nodes.all(group)) : []));
    const nodes = [...this.#remote.map(({ node }) => node), ...rows];
    if (nodes.length > 0) this.#changed.fire(nodes);
  }
}

/** As long as a search of the engine may take, and what it waits before. */
const LIST_TIMEOUT_MS = 60_000;
