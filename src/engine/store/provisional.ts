// What is known of a trace while its spans arrive: minimum, maximum and sums over parts (children come before their parents, and
// spans sent twice count twice). Replaced by the built trace's summary soon after (settle.ts). Pure.
import { nanosAt } from '../../model/time.ts';
import { SpanFlag } from '../../model/spanBatch.ts';
import type { SpanSelection } from '../../model/splitByTrace.ts';

export interface Provisional {
  /** Epoch ns. */
  readonly start: bigint;
  readonly end: bigint;
  readonly spans: number;
  readonly errors: number;
  readonly services: readonly string[];
  readonly rootService: string;
  readonly rootName: string;
  /** 2: a span without parent. 1: the earliest of the spans that all have one. */
  readonly rootRank: 1 | 2;
  readonly rootStart: bigint;
}

/** Of at least one span. */
export function provisionalOf({ batch, rows }: SpanSelection): Provisional {
  const { startTime, endTime, parentId, resource, resources, flags } = batch;
  const count = rows?.length ?? batch.count;
  let first = -1;
  let last = -1;
  let lastIsEnd = true;
  let root = -1;
  let rootRank: 1 | 2 = 1;
  let errors = 0;
  let lastResource = -1;
  const services: string[] = [];
  for (let k = 0; k < count; k++) {
    const i = rows === undefined ? k : rows[k]!;
    if (first < 0 || before(startTime, i, startTime, first)) first = i;
    // A span that has not ended (end 0), or ended before it began, reaches as far as its start.
    const isEnd = !before(endTime, i, startTime, i);
    if (last < 0 || before(lastIsEnd ? endTime : startTime, last, isEnd ? endTime : startTime, i)) {
      last = i;
      lastIsEnd = isEnd;
    }
    const rank = parentId[2 * i] === 0 && parentId[2 * i + 1] === 0 ? 2 : 1;
    if (root < 0 || rank > rootRank || (rank === rootRank && before(startTime, i, startTime, root))) {
      root = i;
      rootRank = rank;
    }
    if ((flags[i]! & SpanFlag.error) !== 0) errors++;
    if (resource[i] !== lastResource) {
      lastResource = resource[i]!;
      const service = resources[lastResource]?.service ?? '';
      if (service !== '' && !services.includes(service)) services.push(service);
    }
  }
  return {
    start: nanosAt(startTime, first),
    end: nanosAt(lastIsEnd ? endTime : startTime, last),
    spans: count,
    errors,
    services,
    rootService: resources[resource[root]!]?.service ?? '',
    rootName: batch.strings[batch.name[root]!] ?? '',
    rootRank,
    rootStart: nanosAt(startTime, root),
  };
}

export function mergeProvisional(known: Provisional, added: Provisional): Provisional {
  const takesRoot = added.rootRank > known.rootRank || (added.rootRank === known.rootRank && added.rootStart < known.rootStart);
  const root = takesRoot ? added : known;
  return {
    start: added.start < known.start ? added.start : known.start,
    end: added.end > known.end ? added.end : known.end,
    spans: known.spans + added.spans,
    errors: known.errors + added.errors,
    services: [...known.services, ...added.services.filter((name) => !known.services.includes(name))],
    rootService: root.rootService,
    rootName: root.rootName,
    rootRank: root.rootRank,
    rootStart: root.rootStart,
  };
}

/** Entry i of one [low, high] word column is earlier than entry j of another. */
function before(a: Uint32Array, i: number, b: Uint32Array, j: number): boolean {
  const high = a[2 * i + 1]! - b[2 * j + 1]!;
  return high < 0 || (high === 0 && a[2 * i]! < b[2 * j]!);
}
