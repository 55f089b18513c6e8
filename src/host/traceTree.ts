// The tree of one connection: nodes that stay the same objects while their traces change, loaded lists kept fresh while the view is
// visible, and only what changed drawn again (stable ids keep selection and expansion). Wording is traceRows.ts's.
import * as vscode from 'vscode';
import type { CollectorState } from '../protocol/messages.ts';
import { DisposableStore } from './disposables.ts';
import type { EngineClient } from './engineClient.ts';
import type { TraceLists } from './traceLists.ts';
import { itemOf } from './treeItems.ts';
import { GROUPS } from './traceRows.ts';
import type { GroupName } from './traceRows.ts';
import type { ConnectionNode, GroupNode, TraceNode, TreeNode } from './treeNodes.ts';
import { connectionNode, moreNode, offerNode, textNode, TraceNodes } from './treeNodes.ts';
import type { TreeSettings } from './treeItems.ts';

/** The engine announces at most four changes a second; this only gathers what comes with one of them. */
const REFRESH_MS = 30;
const CLOCK_MS = 30_000;

export interface TraceTreeOptions {
  readonly engine: EngineClient;
  readonly lists: TraceLists;
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
  readonly #nodes = new TraceNodes();
  readonly #connection: ConnectionNode = connectionNode();
  #abort = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #again = false;
  #visible = false;
  #shown = false;
  #started = false;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(options: TraceTreeOptions) {
    this.#options = options;
    const { engine } = options;
    this.#parts.add(this.#changed);
    this.#parts.add(engine.onTracesChanged.on(() => this.refreshSoon()));
    this.#parts.add(engine.onCollectorState.on((state) => this.#onCollector(state)));
    this.#parts.add(engine.onStatus.on(() => this.#drawAll()));
    const clock = setInterval(() => this.#tick(), CLOCK_MS);
    this.#parts.defer(() => clearInterval(clock));
    this.#parts.defer(() => clearTimeout(this.#timer));
    this.#parts.defer(() => this.#abort.abort());
  }

  dispose(): void {
    this.#parts.dispose();
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    if (visible && this.#again) this.refreshSoon(0);
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    return itemOf(node, this.#options.lists, this.#options.engine.collector, this.#options.settings(), Date.now());
  }

  getParent(node: TreeNode): TreeNode | undefined {
    if (node.kind === 'connection') return undefined;
    return node.kind === 'trace' || node.kind === 'more' || (node.kind === 'text' && node.group !== undefined) ? this.#nodes.group(node.group!) : this.#connection;
  }

  getChildren(node?: TreeNode): TreeNode[] {
    if (node === undefined) {
      this.#visible = true;
      if (!this.#shown) {
        this.#shown = true;
        this.#options.onFirstShown();
      }
      return this.#isEmpty() ? [] : [this.#connection];
    }
    if (node.kind === 'connection') return this.#connectionChildren();
    return node.kind === 'group' ? this.#groupChildren(node) : [];
  }

  /** Coalesced: a burst of changes is one load. */
  refreshSoon(delayMs = REFRESH_MS): void {
    this.#again = true;
    if (!this.#visible || this.#running || (this.#timer !== undefined && delayMs > 0)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#load();
    }, delayMs);
  }

  /** After the filter or the sort changed: rows of the old question go at once. */
  questionChanged(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    if (!this.#isEmpty()) this.#changed.fire(this.#connection);
    this.refreshSoon(0);
  }

  node(group: GroupName, traceId: string): TraceNode | undefined {
    return this.#nodes.find(group, traceId);
  }

  async #load(): Promise<void> {
    const { lists, engine } = this.#options;
    if (engine.collector.role === 'off' || this.#running) return;
    this.#running = true;
    this.#again = false;
    const { signal } = this.#abort;
    try {
      const wasEmpty = this.#isEmpty();
      const wereGroups = this.#visibleGroups().join();
      const wasShown = this.#connectionShown();
      const change = await lists.refresh(signal);
      for (const group of GROUPS) this.#nodes.take(group, lists.group(group).traces);
      this.#options.onLoaded();
      if (wasEmpty !== this.#isEmpty()) this.#changed.fire(undefined);
      else if (wereGroups !== this.#visibleGroups().join() || wasShown !== this.#connectionShown()) this.#changed.fire(this.#connection);
      else this.#fire([...change.groups.map((group) => this.#nodes.group(group)), ...change.rows.flatMap(({ group, traceId }) => this.#nodes.find(group, traceId) ?? [])]);
    } catch (error) {
      if (!signal.aborted) this.#options.log(`The traces could not be listed: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.#running = false;
      if (this.#again || signal !== this.#abort.signal) this.refreshSoon();
    }
  }

  #fire(nodes: TreeNode[]): void {
    if (nodes.length > 0) this.#changed.fire(nodes);
  }

  #onCollector(state: CollectorState): void {
    const started = state.role !== 'off';
    const redraw = started !== this.#started || this.#isEmpty() || state.problem !== undefined;
    this.#started = started;
    if (started) this.refreshSoon(0);
    if (redraw) this.#drawAll();
    else this.#changed.fire(this.#connection);
  }

  #drawAll(): void {
    this.#options.onLoaded();
    this.#changed.fire(undefined);
  }

  #connectionShown(): string {
    const { lists, engine } = this.#options;
    return `${lists.known ?? engine.collector.traces} ${lists.filtered} ${this.#hasNothing()}`;
  }

  /** Nothing to list and nothing wrong: the view's welcome text says what to do. */
  #isEmpty(): boolean {
    const { engine } = this.#options;
    if (engine.status.kind === 'failed') return true;
    if (engine.collector.problem !== undefined && engine.collector.role !== 'off') return false;
    return this.#hasNothing();
  }

  #visibleGroups(): GroupName[] {
    return GROUPS.filter((group) => group !== 'pinned' || this.#options.lists.group(group).traces.length > 0);
  }

  #connectionChildren(): TreeNode[] {
    const { collector } = this.#options.engine;
    const problem = collector.problem === undefined ? [] : [textNode('problem', collector.problem, undefined)];
    const offer = collector.offeredPort === undefined ? [] : [offerNode(collector.offeredPort)];
    return [...problem, ...offer, ...(this.#hasNothing() ? [] : this.#visibleGroups().map((group) => this.#nodes.group(group)))];
  }

  #hasNothing(): boolean {
    const { lists } = this.#options;
    return !lists.filtered && GROUPS.every((group) => lists.group(group).traces.length === 0 && lists.group(group).problem === undefined);
  }

  #groupChildren(node: GroupNode): TreeNode[] {
    const { group } = node;
    const loaded = this.#options.lists.group(group);
    if (loaded.problem !== undefined && loaded.traces.length === 0) return [textNode('problem', loaded.problem, group)];
    if (loaded.traces.length === 0) return [textNode('empty', '', group)];
    const notes = loaded.notes.map((note) => textNode('note', note, group));
    return [...loaded.traces.flatMap((trace) => this.#nodes.find(group, trace.key.traceId) ?? []), ...(loaded.more ? [moreNode(group)] : []), ...notes];
  }

  /** "2 min ago" becomes "3 min ago"; rows are drawn again only while somebody looks. */
  #tick(): void {
    if (this.#visible) this.#fire(GROUPS.flatMap((group) => this.#nodes.all(group)));
  }
}
