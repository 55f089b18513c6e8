// One connection in the tree: its lists, its nodes, and when they are loaded. The collector's are kept fresh by its events; a remote
// connection is asked for what is expanded, when it is expanded and when somebody, or the poller, says so. Must not know the editor.
import type { ListPage } from '../protocol/messages.ts';
import type { ListTraces } from './traceLists.ts';
import { TraceLists } from './traceLists.ts';
import { GROUPS } from './traceRows.ts';
import type { GroupName, ListGroup } from './traceRows.ts';
import type { ConnectionNode, DeepNode, GroupNode, TreeNode } from './treeNodes.ts';
import { connectionNode, deepNode, moreNode, textNode, TraceNodes } from './treeNodes.ts';

/** The engine announces at most four changes a second; this only gathers what comes with one of them. */
const REFRESH_MS = 30;

export interface BranchOptions {
  readonly id: string;
  readonly list: ListTraces;
  /** Its changes are announced, so all of it is loaded as soon as the view is seen. Else by expanding it. */
  readonly live: boolean;
  /** Groups that are closed until the user opens them, because asking costs. */
  readonly closedGroups?: readonly ListGroup[];
  /** It can be asked at all: the collector's store is open. */
  readonly ready: () => boolean;
  /** Draw these again; the connection's own node means all of it. */
  readonly changed: (nodes: readonly TreeNode[]) => void;
  /** After every load. */
  readonly loaded: () => void;
  readonly log: (message: string) => void;
}

export class ConnectionBranch {
  readonly id: string;
  readonly node: ConnectionNode;
  readonly lists: TraceLists;
  readonly nodes: TraceNodes;
  readonly #options: BranchOptions;
  readonly #closed: Set<GroupName>;
  readonly #due = new Set<ListGroup>();
  readonly #deep: DeepNode;
  #expanded: boolean;
  #visible = false;
  #background = true;
  #abort = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running = false;

  constructor(options: BranchOptions) {
    this.#options = options;
    this.id = options.id;
    this.node = connectionNode(options.id);
    this.lists = new TraceLists(options.id, options.list);
    this.nodes = new TraceNodes(options.id);
    this.#deep = deepNode(options.id);
    this.#closed = new Set(options.closedGroups);
    this.#expanded = options.live;
  }

  get live(): boolean {
    return this.#options.live;
  }

  get expanded(): boolean {
    return this.#expanded;
  }

  isClosed(group: GroupName): boolean {
    return !this.#isExpanded(group);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    if (visible && this.#due.size > 0) this.#schedule(0);
  }

  /** As the user opens and closes it and its groups. What was never loaded is loaded now. */
  setExpanded(group: GroupName | undefined, expanded: boolean): void {
    if (this.#isExpanded(group) === expanded) return;
    if (group === undefined) this.#expanded = expanded;
    else if (expanded) this.#closed.delete(group);
    else this.#closed.add(group);
    const missing = this.#wanted().filter((name) => !this.lists.isLoaded(name));
    if (missing.length > 0) this.#ask(missing, false, 0);
  }

  /** Loads what is on show again. Coalesced: a burst of changes is one load. */
  refreshSoon(delayMs = REFRESH_MS, background = false): void {
    const wanted = this.#wanted();
    if (wanted.length > 0) this.#ask(wanted, background, delayMs);
  }

  /** Asked anew: what is still under way is given up. */
  restart(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.lists.renew();
    for (const group of GROUPS) if (!this.live && !this.#wanted().includes(group)) this.lists.forgetGroup(group);
    this.refreshSoon(0);
  }

  /** Groups that have a row: pinned only where there is a pin. */
  visibleGroups(): ListGroup[] {
    return GROUPS.filter((group) => group !== 'pinned' || this.lists.group(group).traces.length > 0);
  }

  /** Nothing is listed, and nothing is wrong. */
  hasNothing(): boolean {
    const { lists } = this;
    return !lists.filtered && GROUPS.every((group) => lists.group(group).traces.length === 0 && lists.group(group).problem === undefined);
  }

  groupNodes(): GroupNode[] {
    return this.visibleGroups().map((group) => this.nodes.group(group));
  }

  /** `deepSearch`: it offers a search that costs. What that found stays below it until the next one. */
  children(deepSearch: boolean): TreeNode[] {
    const problem = this.#problemOfAll();
    return [...(problem === undefined ? this.groupNodes() : [textNode('problem', problem, this.id)]), ...(deepSearch ? [this.#deep] : []), ...(this.lists.isLoaded('found') ? [this.nodes.group('found')] : [])];
  }

  showFound(page: ListPage): void {
    this.lists.takeFound(page);
    this.nodes.take('found', this.lists.group('found').traces);
    this.#options.changed([this.node]);
  }

  groupChildren(group: GroupName): TreeNode[] {
    const { id, lists } = this;
    if (!lists.isLoaded(group)) return [textNode('loading', '', id, group)];
    const loaded = lists.group(group);
    const problem = loaded.problem === undefined ? [] : [textNode('problem', loaded.problem, id, group)];
    const notes = loaded.notes.map((note) => textNode('note', note, id, group));
    const more = loaded.more && group !== 'found' ? [moreNode(id, group)] : [];
    if (loaded.traces.length === 0) return problem.length > 0 ? problem : [textNode('empty', '', id, group), ...more, ...notes];
    return [...problem, ...this.nodes.all(group), ...more, ...notes];
  }

  /** Where nothing could be loaded, for one reason: it is said once, not in every group. */
  #problemOfAll(): string | undefined {
    const asked = this.visibleGroups().filter((group) => this.#isExpanded(group)).map((group) => this.lists.group(group));
    const problem = asked[0]?.problem;
    return asked.every((group) => group.problem === problem && group.traces.length === 0) ? problem : undefined;
  }

  #isExpanded(group: GroupName | undefined): boolean {
    return group === undefined ? this.#expanded : !this.#closed.has(group);
  }

  #wanted(): ListGroup[] {
    if (!this.#expanded) return [];
    return GROUPS.filter((group) => group === 'pinned' || this.live || !this.#closed.has(group));
  }

  #ask(groups: readonly ListGroup[], background: boolean, delayMs: number): void {
    for (const group of groups) this.#due.add(group);
    if (!background) this.#background = false;
    this.#schedule(delayMs);
  }

  #schedule(delayMs: number): void {
    if (!this.#visible || this.#running || (this.#timer !== undefined && delayMs > 0)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#load();
    }, delayMs);
  }

  async #load(): Promise<void> {
    if (!this.#options.ready() || this.#running) return;
    this.#running = true;
    const { signal } = this.#abort;
    const [groups, background] = [[...this.#due], this.#background];
    this.#due.clear();
    this.#background = true;
    try {
      // The collector answers at once, so that it is drawn once; another server's slow group holds no other back.
      await Promise.all((this.live ? [groups] : groups.map((group) => [group])).map((part) => this.#loadGroups(part, background, signal)));
    } catch (error) {
      if (!signal.aborted) this.#options.log(`The traces of ${this.id} could not be listed: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.#running = false;
      if (this.#due.size > 0) this.#schedule(REFRESH_MS);
    }
  }

  async #loadGroups(groups: readonly ListGroup[], background: boolean, signal: AbortSignal): Promise<void> {
    const before = this.#shape();
    const change = await this.lists.refresh(signal, groups, background);
    for (const group of groups) this.nodes.take(group, this.lists.group(group).traces);
    const after = this.#shape();
    this.#options.loaded();
    if (before !== after) this.#options.changed([this.node]);
    else this.#options.changed([...change.groups.map((group) => this.nodes.group(group)), ...change.rows.flatMap(({ group, row }) => this.nodes.find(group, row) ?? [])]);
  }

  /** What the connection's own row and the list of its groups hang on. */
  #shape(): string {
    return `${this.visibleGroups().join()} ${this.lists.known} ${this.lists.filtered} ${this.hasNothing()} ${this.lists.loaded} ${this.#problemOfAll()}`;
  }
}
