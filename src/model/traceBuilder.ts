// TraceBuilder: the selected spans of a trace → Trace (columns in pre-order). Keeps every span, flags what is odd, counts
// what was collapsed: spans + duplicates + rejected = given. Nothing recurses, every pass is O(n) or O(n log n), in slices.
// Must not know any format or backend (DESIGN §4; shapes: reliability R21).
import { buildWarnings } from './buildWarnings.ts';
import { linkParents } from './parentLinks.ts';
import type { PreOrder } from './preOrder.ts';
import { preOrder } from './preOrder.ts';
import type { Steps } from './slices.ts';
import { runAtOnce, SLICE_ROWS } from './slices.ts';
import type { SpanBatch } from './spanBatch.ts';
import { SpanFlag } from './spanBatch.ts';
import type { OrderedSpans } from './spanOrder.ts';
import { orderSpans, serviceOf } from './spanOrder.ts';
import type { SpanSelection } from './splitByTrace.ts';
import { StringTable } from './stringTable.ts';
import { durationOf, isSkewed, ownTimeFlags } from './timeFlags.ts';
import { eventColumns } from './traceEvents.ts';
import type { Trace, TraceColumns } from './trace.ts';

export interface BuildOptions {
  /** Spans of this trace that could not be kept; a batch does not say whose its rejected spans were. */
  readonly rejected?: number;
}

export function buildTrace(traceId: string, selections: readonly SpanSelection[], options: BuildOptions = {}): Trace {
  return runAtOnce(buildSteps(traceId, selections, options));
}

/** buildTrace that can be interrupted (slices.ts: runInSlices). */
export function* buildSteps(traceId: string, selections: readonly SpanSelection[], options: BuildOptions = {}): Steps<Trace> {
  const spans = yield* orderSpans(selections);
  const links = yield* linkParents(spans);
  const order = yield* preOrder(links.parent);
  const { columns, batch, index } = yield* fillColumns(spans, order, links.flags);
  const events = yield* eventColumns(spans.batches, batch, index, columns);
  const counts = countSpans(columns, batch, index, spans.batches);
  yield;
  const services = servicesOf(spans, order, columns);
  yield;
  const total = { ...counts, spans: spans.count, duplicates: spans.duplicates, rejected: options.rejected ?? 0 };
  return {
    ...columns,
    ...total,
    traceId,
    startUnixNano: spans.startUnixNano,
    durationNs: spans.durationNs,
    rootRow: rootRowOf(columns),
    services,
    warnings: buildWarnings(selections, columns, total),
    batches: spans.batches,
    batch,
    index,
    ...events,
  };
}

interface Filled {
  readonly columns: TraceColumns;
  readonly batch: Uint32Array;
  readonly index: Uint32Array;
}

function* fillColumns(spans: OrderedSpans, order: PreOrder, linkFlags: Uint16Array): Steps<Filled> {
  const n = spans.count;
  const table = new StringTable();
  const names = spans.batches.map((batch) => table.from(batch.strings.length, Math.min(n, batch.count), (k) => batch.strings[k] ?? ''));
  const services = spans.batches.map((batch) => table.from(batch.resources.length, Math.min(n, batch.count), (k) => batch.resources[k]?.service ?? ''));
  const columns = {
    count: n,
    parent: order.parent,
    subtreeEnd: order.subtreeEnd,
    depth: order.depth,
    start: new Float64Array(n),
    duration: new Float64Array(n),
    service: new Uint32Array(n),
    name: new Uint32Array(n),
    flags: new Uint16Array(n),
    kind: new Uint8Array(n),
    strings: table.strings,
  };
  const at = { batch: new Uint32Array(n), index: new Uint32Array(n) };
  for (let row = 0; row < n; row++) {
    const s = order.position[row]!;
    const which = spans.batch[s]!;
    const batch = spans.batches[which]!;
    const i = spans.index[s]!;
    at.batch[row] = which;
    at.index[row] = i;
    columns.start[row] = spans.start[s]!;
    columns.duration[row] = durationOf(batch, i);
    columns.service[row] = services[which]!(batch.resource[i]!);
    columns.name[row] = names[which]!(batch.name[i]!);
    columns.kind[row] = batch.kind[i]!;
    columns.flags[row] = batch.flags[i]! | linkFlags[s]! | ownTimeFlags(batch, i);
    if (row % SLICE_ROWS === 0) yield;
  }
  for (let row = 0; row < n; row++) {
    const p = columns.parent[row]!;
    if (p >= 0 && isSkewed(timesAt(columns, row), timesAt(columns, p))) columns.flags[row]! |= SpanFlag.skew;
    if (row % SLICE_ROWS === 0) yield;
  }
  return { columns, ...at };
}

function timesAt(columns: TraceColumns, row: number): Parameters<typeof isSkewed>[0] {
  return {
    start: columns.start[row]!,
    duration: columns.duration[row]!,
    kind: columns.kind[row]!,
    service: columns.service[row]!,
    flags: columns.flags[row]!,
  };
}

function countSpans({ count, flags, parent, depth }: TraceColumns, batch: Uint32Array, index: Uint32Array, batches: readonly SpanBatch[]): { errors: number; orphans: number; roots: number; maxDepth: number } {
  let errors = 0;
  let orphans = 0;
  let roots = 0;
  let maxDepth = 0;
  for (let row = 0; row < count; row++) {
    if ((flags[row]! & SpanFlag.error) !== 0) errors++;
    if ((flags[row]! & SpanFlag.orphan) !== 0) orphans++;
    else if (parent[row]! < 0 && hasNoParentId(batches[batch[row]!]!, index[row]!)) roots++;
    if (depth[row]! > maxDepth) maxDepth = depth[row]!;
  }
  return { errors, orphans, roots, maxDepth };
}

const hasNoParentId = (batch: SpanBatch, i: number): boolean => batch.parentId[2 * i] === 0 && batch.parentId[2 * i + 1] === 0;

/** The earliest root, else the earliest orphan, else the earliest cut cycle. Rows at the top are in order of start. */
function rootRowOf({ count, flags, subtreeEnd }: TraceColumns): number {
  let orphan = -1;
  for (let row = 0; row < count; row = subtreeEnd[row]!) {
    const odd = flags[row]! & (SpanFlag.orphan | SpanFlag.cycle);
    if (odd === 0) return row;
    if (orphan < 0 && (odd & SpanFlag.orphan) !== 0) orphan = row;
  }
  return orphan >= 0 || count === 0 ? orphan : 0;
}

function servicesOf(spans: OrderedSpans, order: PreOrder, columns: TraceColumns): string[] {
  const seen = new Set<string>();
  const firstOf = new Map<number, number>();
  for (let row = 0; row < columns.count; row++) {
    const service = columns.service[row]!;
    const known = firstOf.get(service);
    if (known === undefined || order.position[row]! < known) firstOf.set(service, order.position[row]!);
  }
  for (const s of [...firstOf.values()].sort((a, b) => a - b)) {
    const service = serviceOf(spans.batches[spans.batch[s]!]!, spans.index[s]!);
    if (service !== '') seen.add(service);
  }
  return [...seen];
}
