// What a row of the tree says: trace and group → label, description, icon, spoken text. Pure; traceTree.ts makes TreeItems of it.
// The wording is design/README's: durations with three figures, times relative, nothing blinks.
import { visibleLine } from '../analysis/visibleText.ts';
import { formatDuration } from '../model/time.ts';
import type { CollectorState, ListedTrace, ListQuery, SlowRule } from '../protocol/messages.ts';
import { counted, groupedNumber, relativeTime } from './plainText.ts';

export type GroupName = ListQuery['group'];
export const GROUPS: readonly GroupName[] = ['pinned', 'errors', 'slow', 'recent'];

export interface RowText {
  readonly label: string;
  readonly description: string;
  /** Codicon and theme colour. */
  readonly icon: string;
  readonly colour: string | undefined;
  /** What a screen reader says instead of label and description. */
  readonly spoken: string;
}

export interface GroupCounts {
  readonly loaded: number;
  readonly total: number | undefined;
  readonly known: number | undefined;
}

const GROUP_LABELS: Readonly<Record<GroupName, string>> = { pinned: 'Pinned', errors: 'Erroring', slow: 'Slow', recent: 'Recent' };
const SEPARATOR = ' · ';

export function traceName(trace: ListedTrace): string {
  const { rootName, traceId, provisional } = trace.summary;
  if (rootName !== '') return visibleLine(rootName, 120);
  return provisional ? 'Root span not received yet' : `Trace ${visibleLine(traceId, 8)}`;
}

export function traceRow(trace: ListedTrace, group: GroupName, nowMs: number): RowText {
  const { summary } = trace;
  const label = traceName(trace);
  const service = visibleLine(summary.rootService === '' ? 'unknown service' : summary.rootService, 60);
  const duration = formatDuration(Number(summary.durationNs));
  const when = relativeTime(startMs(trace), nowMs);
  const usual = trace.usualNs === undefined ? undefined : `usually ${formatDuration(trace.usualNs)}`;
  const failed = summary.errors > 0;
  const slow = group === 'slow' && usual !== undefined;
  const parts =
    group === 'pinned'
      ? [duration, trace.note === '' ? `${service}${SEPARATOR}${when}` : `"${visibleLine(trace.note, 80)}"`]
      : slow
        ? [`${duration}, ${usual}`, when]
        : [service, summary.provisional ? `${duration} so far` : duration, when];
  const spoken = [label, service, slow ? `${duration}, ${usual}` : duration, failed ? counted(summary.errors, 'error') : '', trace.pinned ? 'pinned' : '', trace.note, when];
  return {
    label,
    description: parts.join(SEPARATOR),
    ...iconOf(failed, group, trace.pinned),
    spoken: visibleLine(spoken.filter((part) => part !== '').join(', ')),
  };
}

function iconOf(failed: boolean, group: GroupName, pinned: boolean): { icon: string; colour: string | undefined } {
  if (failed) return { icon: 'error', colour: 'list.errorForeground' };
  if (group === 'slow') return { icon: 'clockface', colour: 'list.warningForeground' };
  if (group === 'pinned') return { icon: 'pinned', colour: undefined };
  return { icon: pinned ? 'pinned' : 'circle-small', colour: 'descriptionForeground' };
}

export function startMs(trace: ListedTrace): number {
  return Number(BigInt(trace.summary.startUnixNano) / 1_000_000n);
}

/** `minSamples` and `percentile` are the slow rule's settings. */
export function groupRow(group: GroupName, counts: GroupCounts, slowPercentile: number): { label: string; description: string } {
  return { label: GROUP_LABELS[group], description: groupDescription(group, counts, slowPercentile) };
}

function groupDescription(group: GroupName, { loaded, total, known }: GroupCounts, slowPercentile: number): string {
  const all = total ?? loaded;
  if (group === 'slow') {
    const ofAll = known === undefined ? groupedNumber(all) : `${groupedNumber(all)} of ${groupedNumber(known)}`;
    return all === 0 ? '' : `${ofAll}${SEPARATOR}slower than their p${slowPercentile}`;
  }
  // An empty group's only row says so.
  if (all === 0) return '';
  return loaded < all ? `${groupedNumber(loaded)} of ${groupedNumber(all)}` : groupedNumber(all);
}

/** Why a group is empty, as its only row. */
export function emptyGroupText(group: GroupName, filtered: boolean): string {
  if (filtered) return 'Nothing matches the filter';
  if (group === 'errors') return 'No trace with an error';
  if (group === 'slow') return 'Nothing unusually slow';
  return group === 'pinned' ? 'Nothing pinned' : 'No trace yet';
}

/** What "slow" means, for the tooltip. */
export function slowRuleText({ minSamples, percentile, factor }: SlowRule): string {
  return `A trace is slow when at least ${minSamples} traces of its root operation are known and it takes longer than ${percentile} % of them and than ${factor} × their median.`;
}

/** `127.0.0.1:4318 · 1,204 traces`: where the collector really listens. */
export function connectionDescription(state: CollectorState): string {
  const where = state.endpoint === undefined ? { off: 'off', starting: 'starting', failed: 'failed', owner: 'not listening', reader: 'no other window listens', memory: 'not listening' }[state.role] : hostOf(state.endpoint);
  const traces = state.role === 'off' || state.role === 'failed' ? [] : [counted(state.traces, 'trace')];
  return [where, ...traces].join(SEPARATOR);
}

/** `127.0.0.1:4318` of `http://127.0.0.1:4318`. */
export function hostOf(endpoint: string): string {
  return endpoint.replace(/^https?:\/\//, '').replace(/\/+$/, '');
}
