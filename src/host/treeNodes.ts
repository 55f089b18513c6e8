// The tree's nodes. The editor keeps selection and expansion by node identity and id, so a trace's node lives as long as the trace
// is listed in its group and only its content is replaced. Pure.
import type { ListedTrace } from '../protocol/messages.ts';
import type { GroupName, ListGroup } from './traceRows.ts';
import { rowIdOf } from './traceUri.ts';

export interface ConnectionNode {
  readonly kind: 'connection';
  readonly connection: string;
}
export interface GroupNode {
  readonly kind: 'group';
  readonly connection: string;
  readonly group: GroupName;
}
export interface TraceNode {
  readonly kind: 'trace';
  readonly connection: string;
  readonly group: GroupName;
  trace: ListedTrace;
}
export interface MoreNode {
  readonly kind: 'more';
  readonly connection: string;
  readonly group: ListGroup;
}
/** A sentence as a row, of a group, of a connection, or of the settings. */
export interface TextNode {
  readonly kind: 'text';
  readonly role: TextRole;
  readonly text: string;
  readonly connection: string | undefined;
  readonly group: GroupName | undefined;
}
/** off: pressing it starts the collector. setting, refused: pressing it leads to where it is put right. */
export type TextRole = 'problem' | 'note' | 'empty' | 'loading' | 'off' | 'setting' | 'refused';
/** Pressing it accepts the offered port. */
export interface OfferNode {
  readonly kind: 'offer';
  readonly connection: string;
  readonly port: number;
}
/** Pressing it asks for which time, at what price, a connection is searched for more than its lists show. */
export interface DeepNode {
  readonly kind: 'deep';
  readonly connection: string;
}
export type TreeNode = ConnectionNode | GroupNode | TraceNode | MoreNode | TextNode | OfferNode | DeepNode;

export const connectionNode = (connection: string): ConnectionNode => ({ kind: 'connection', connection });
export const moreNode = (connection: string, group: ListGroup): MoreNode => ({ kind: 'more', connection, group });
export const textNode = (role: TextRole, text: string, connection?: string, group?: GroupName): TextNode => ({ kind: 'text', role, text, connection, group });
export const deepNode = (connection: string): DeepNode => ({ kind: 'deep', connection });
export const offerNode = (connection: string, port: number): OfferNode => ({ kind: 'offer', connection, port });

/** Of one connection. */
export class TraceNodes {
  readonly #connection: string;
  readonly #groups = new Map<GroupName, GroupNode>();
  readonly #traces = new Map<GroupName, Map<string, TraceNode>>();

  constructor(connection: string) {
    this.#connection = connection;
  }

  group(group: GroupName): GroupNode {
    const known = this.#groups.get(group);
    if (known !== undefined) return known;
    const node: GroupNode = { kind: 'group', connection: this.#connection, group };
    this.#groups.set(group, node);
    return node;
  }

  /** Replaces what the group lists; nodes of traces that stay are kept. */
  take(group: GroupName, traces: readonly ListedTrace[]): void {
    const before = this.#traces.get(group);
    const after = new Map<string, TraceNode>();
    for (const trace of traces) {
      const row = rowIdOf(trace.key);
      const node = before?.get(row) ?? { kind: 'trace', connection: this.#connection, group, trace };
      node.trace = trace;
      after.set(row, node);
    }
    this.#traces.set(group, after);
  }

  find(group: GroupName, row: string): TraceNode | undefined {
    return this.#traces.get(group)?.get(row);
  }

  all(group: GroupName): TraceNode[] {
    return [...(this.#traces.get(group)?.values() ?? [])];
  }
}
