// What a row of the tree says: trace and group → label, description, icon, spoken text. Pure; traceTree.ts makes TreeItems of it.
// The wording is design/README's: durations with three figures, times relative, nothing blinks.
import { ageText, dateTimeText } from '../analysis/clockText.ts';
import { countText, plural } from '../analysis/numberText.ts';
import { visibleLine } from '../analysis/visibleText.ts';
import { formatDuration } from '../model/time.ts';
import type { CollectorState, ListedTrace, ListQuery, SlowRule } from '../protocol/messages.ts';
import { isolated } from './plainText.ts';

/** Groups that lists are asked for. */
export type ListGroup = ListQuery['group'];
/** found: what a search that costs brought; it is asked for by hand only. */
export type GroupName = ListGroup | 'found';
export const GROUPS: readonly ListGroup[] = ['pinned', 'errors', 'slow', 'recent'];

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

const GROUP_LABELS: Readonly<Record<GroupName, string>> = { pinned: 'Pinned', errors: 'Erroring', slow: 'Slow', recent: 'Recent', found: 'Found' };
const SEPARATOR = ' · ';

export function traceName(trace: ListedTrace): string {
  const { rootName, traceId, provisional } = trace.summary;
  if (rootName !== '') return visibleLine(rootName, 120);
  return provisional ? 'Root span not received yet' : `Trace ${visibleLine(traceId, 8)}`;
}

/** What a list does not say is left out, never shown as 0. */
function isKnown({ unknown }: ListedTrace, field: NonNullable<ListedTrace['unknown']>[number]): boolean {
  return unknown?.includes(field) !== true;
}

export function traceRow(trace: ListedTrace, group: GroupName, nowMs: number): RowText {
  const { summary } = trace;
  const label = traceName(trace);
  const service = serviceWords(trace);
  const duration = durationWords(trace);
  const when = ageText(startMs(trace), nowMs);
  const usual = trace.usualNs === undefined ? undefined : `usually ${formatDuration(trace.usualNs)}`;
  const failed = isKnown(trace, 'errors') ? summary.errors > 0 : group === 'errors';
  const slow = group === 'slow' && usual !== undefined;
  const parts =
    group === 'pinned'
      ? [duration, ...(trace.note === '' ? [isolated(service), when] : [`"${isolated(visibleLine(trace.note, 80))}"`])]
      : slow
        ? [`${duration}, ${usual}`, when]
        : [isolated(service), duration, when];
  const errors = !failed ? '' : isKnown(trace, 'errors') ? plural(summary.errors, 'error') : 'with an error';
  const spoken = [label, service, slow ? `${duration}, ${usual}` : duration, errors, trace.pinned ? 'pinned' : '', trace.note, when];
  return {
    label: isolated(label),
    description: parts.filter((part) => part !== '').join(SEPARATOR),
    ...iconOf(failed, group, trace.pinned),
    spoken: visibleLine(spoken.filter((part) => part !== '').join(', ')),
  };
}

/** Of a trace that goes on, as far as is known. */
function durationWords(trace: ListedTrace): string {
  if (!isKnown(trace, 'duration')) return '';
  const { durationNs, provisional, unfinished = 0 } = trace.summary;
  if (unfinished > 0 && durationNs === '0') return 'in progress';
  return `${formatDuration(Number(durationNs))}${provisional || unfinished > 0 ? ' so far' : ''}`;
}

/** The root's service; where the root is not known, one that is in the trace. */
function serviceWords(trace: ListedTrace): string {
  const { rootService, services } = trace.summary;
  const name = rootService !== '' || isKnown(trace, 'root') ? rootService : (services[0] ?? '');
  if (name !== '') return visibleLine(name, 60);
  return isKnown(trace, 'root') ? 'unknown service' : '';
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
    const ofAll = known === undefined ? countText(all) : `${countText(all)} of ${countText(known)}`;
    return all === 0 ? '' : `${ofAll}${SEPARATOR}slower than their p${slowPercentile}`;
  }
  // An empty group's only row says so.
  if (all === 0) return '';
  return loaded < all ? `${countText(loaded)} of ${countText(all)}` : countText(all);
}

/** Why a group is empty, as its only row. `lookbackHours`: how far a remote connection looks. */
export function emptyGroupText(group: GroupName, filtered: boolean, lookbackHours?: number): string {
  if (filtered && group !== 'found') return 'Nothing matches the filter';
  if (group === 'errors') return 'No trace with an error';
  if (group === 'slow') return 'Nothing unusually slow';
  if (group === 'pinned') return 'Nothing pinned';
  if (group === 'found') return 'No trace found';
  return lookbackHours === undefined ? 'No trace yet' : `No trace within the last ${hoursText(lookbackHours)}`;
}

/** How far back a remote connection looks where its settings do not say. */
export const DEFAULT_LOOKBACK_HOURS = 24;

/** After "the last". */
export function hoursText(hours: number): string {
  if (hours === 1) return 'hour';
  return hours > 48 && hours % 24 === 0 ? `${countText(hours / 24)} days` : hours < 1 ? `${Math.round(hours * 60)} minutes` : `${countText(hours)} hours`;
}

/** Where the connection's own limit decides. */
export function slowThresholdDescription(description: string, thresholdMs: number): string {
  return `${description.split(SEPARATOR)[0]}${SEPARATOR}at least ${formatDuration(thresholdMs * 1e6)}`;
}

/** Everything a list knows of a trace, a line each. */
export function traceTooltipLines(trace: ListedTrace): string[] {
  const { summary } = trace;
  const errors = summary.errors === 0 || !isKnown(trace, 'errors') ? [] : [plural(summary.errors, 'error')];
  const orphans = summary.orphans === 0 ? [] : [plural(summary.orphans, 'orphan')];
  const usual = trace.usualNs === undefined ? '' : `, usually ${formatDuration(trace.usualNs)}`;
  const shown = summary.services.slice(0, 8).map((service) => visibleLine(service, 60));
  const hidden = summary.services.length - shown.length;
  return [
    traceName(trace),
    isKnown(trace, 'duration') && summary.durationNs !== '0' ? `${durationWords(trace)} (${countText(Number(summary.durationNs))} ns)${usual}` : durationWords(trace),
    [...(isKnown(trace, 'spans') ? [plural(summary.spans, 'span')] : []), ...(isKnown(trace, 'services') ? [plural(summary.services.length, 'service')] : []), ...errors, ...orphans].join(SEPARATOR),
    shown.join(', ') + (hidden > 0 ? ` and ${hidden} more` : ''),
    `Started ${dateTimeText(startMs(trace))}`,
    `Trace id ${visibleLine(summary.traceId, 64)}`,
    ...(trace.key.scope === undefined ? [] : [visibleLine(trace.key.scope, 120)]),
    ...(trace.note === '' ? [] : [`Note: ${visibleLine(trace.note, 500)}`]),
    ...summary.warnings.map((warning) => visibleLine(warning, 300)),
    ...(trace.unknown === undefined || trace.unknown.length === 0 ? [] : [`The list does not say: ${trace.unknown.join(', ')}. Opening it does.`]),
  ].filter((line) => line !== '');
}

/** What "slow" means, for the tooltip. */
export function slowRuleText({ minSamples, percentile, factor }: SlowRule): string {
  return `A trace is slow when at least ${minSamples} traces of its root operation are known and it takes longer than ${percentile} % of them and than ${factor} × their median.`;
}

/** `127.0.0.1:4318 · 1,204 traces`: where the collector really listens. */
export function connectionDescription(state: CollectorState): string {
  const where = state.endpoint === undefined ? { off: 'off', starting: 'starting', failed: 'failed', owner: 'not listening', reader: 'no other window listens', memory: 'not listening' }[state.role] : hostOf(state.endpoint);
  const traces = state.role === 'off' || state.role === 'failed' ? [] : [plural(state.traces, 'trace')];
  return [where, ...traces].join(SEPARATOR);
}

/** The tooltip of the status bar: where it listens, and what is wrong, each on a line. */
export function collectorLines({ endpoint, grpcEndpoint, grpcProblem, forwarding }: CollectorState, problem: string | undefined): string[] {
  return [
    ...(problem === undefined ? [] : [problem]),
    endpoint === undefined ? 'The Tracefall collector does not listen.' : `The Tracefall collector receives OTLP over HTTP at ${endpoint}.`,
    ...(grpcEndpoint === undefined ? [] : [`OTLP over gRPC is received at ${grpcEndpoint}.`]),
    ...(grpcProblem === undefined ? [] : [`gRPC is not served: ${grpcProblem}`]),
    ...(forwarding === undefined ? [] : [`What comes is sent on to ${forwarding.url}${forwarding.lost === 0 ? '' : `; not taken there, as far as is known: ${plural(forwarding.lost, 'request')}`}.`]),
  ];
}

/** `127.0.0.1:4318` of `http://127.0.0.1:4318`. */
export function hostOf(endpoint: string): string {
  return endpoint.replace(/^https?:\/\//, '').replace(/\/+$/, '');
}
