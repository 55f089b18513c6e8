// The tree's nodes. The editor keeps selection and expansion by node identity and id, so a trace's node lives as long as the trace
// is listed in its group and only its content is replaced. Pure.
import type { ListedTrace } from '../protocol/messages.ts';
import type { GroupName } from './traceRows.ts';

export interface ConnectionNode {
  readonly kind: 'connection';
}
export interface GroupNode {
  readonly kind: 'group';
  readonly group: GroupName;
}
export interface TraceNode {
  readonly kind: 'trace';
  readonly group: GroupName;
  trace: ListedTrace;
}
export interface MoreNode {
  readonly kind: 'more';
  readonly group: GroupName;
}
/** A sentence as a row. */
export interface TextNode {
  readonly kind: 'text';
  readonly role: 'problem' | 'note' | 'empty';
  readonly text: string;
  readonly group: GroupName | undefined;
}
/** Pressing it accepts the offered port. */
export interface OfferNode {
  readonly kind: 'offer';
  readonly port: number;
}
export type TreeNode = ConnectionNode | GroupNode | TraceNode | MoreNode | TextNode | OfferNode;

export const connectionNode = (): ConnectionNode => ({ kind: 'connection' });
export const moreNode = (group: GroupName): MoreNode => ({ kind: 'more', group });
export const textNode = (role: TextNode['role'], text: string, group: GroupName | undefined): TextNode => ({ kind: 'text', role, text, group });
export const offerNode = (port: number): OfferNode => ({ kind: 'offer', port });

export class TraceNodes {
  readonly #groups = new Map<GroupName, GroupNode>();
  readonly #traces = new Map<GroupName, Map<string, TraceNode>>();

  group(group: GroupName): GroupNode {
    const known = this.#groups.get(group);
    if (known !== undefined) return known;
    const node: GroupNode = { kind: 'group', group };
    this.#groups.set(group, node);
    return node;
  }

  /** Replaces what the group lists; nodes of traces that stay are kept. */
  take(group: GroupName, traces: readonly ListedTrace[]): void {
    const before = this.#traces.get(group);
    const after = new Map<string, TraceNode>();
    for (const trace of traces) {
      const node = before?.get(trace.key.traceId) ?? { kind: 'trace', group, trace };
      node.trace = trace;
      after.set(trace.key.traceId, node);
    }
    this.#traces.set(group, after);
  }

  find(group: GroupName, traceId: string): TraceNode | undefined {
    return this.#traces.get(group)?.get(traceId);
  }

  all(group: GroupName): TraceNode[] {
    return [...(this.#traces.get(group)?.values() ?? [])];
  }
}
