// Operations whose names never repeat (`task blue fox`, a file's name): in place of each, other traces have one of another
// name under the same parent. Such an operation is not new, it is compared with those in its place (issue 3 §7: spans are
// matched by service and name). Knows names and times only; must not read attributes.
import type { TraceColumns } from '../model/trace.ts';
import type { OperationHistory, TargetOperation } from './cohort.ts';
import { operationOf } from './spanMatching.ts';
import type { TraceProfile } from './traceProfile.ts';

/** This share of the traces must have something in its place, and of the names met there be different ones. */
const USUALLY = 0.5;
const DIFFERENT = 0.5;
const MOST_NAMES = 4096;

/** What other traces have in one place under names the trace in question has not. An entry a trace, 0 where nothing. */
interface Place {
  readonly names: Set<string>;
  readonly operations: Set<string>;
  spans: number;
  readonly count: number[];
  readonly pathNs: number[];
  readonly selfNs: number[];
}

export class RenamedOperations {
  readonly #places = new Map<string, Place>();
  readonly #placeOf = new Map<string, Place>();

  constructor(target: TraceColumns, operations: Iterable<readonly [string, readonly number[]]>) {
    for (const [key, rows] of operations) {
      const name = placeOf(target, rows[0]!);
      if (name === undefined) continue;
      let place = this.#places.get(name);
      if (place === undefined) this.#places.set(name, (place = { names: new Set(), operations: new Set(), spans: 0, count: [], pathNs: [], selfNs: [] }));
      place.operations.add(key);
      this.#placeOf.set(key, place);
    }
  }

  /** `foreign`: rows of operations the trace in question has not. */
  add(trace: TraceColumns, profile: TraceProfile, foreign: Iterable<readonly [string, readonly number[]]>, at: number): void {
    for (const { count, pathNs, selfNs } of this.#places.values()) count[at] = pathNs[at] = selfNs[at] = 0;
    for (const [key, rows] of foreign) {
      const name = placeOf(trace, rows[0]!);
      const place = name === undefined ? undefined : this.#places.get(name);
      if (place === undefined) continue;
      if (place.names.size < MOST_NAMES) place.names.add(key);
      place.spans++;
      for (const row of rows) {
        place.count[at]! += 1;
        place.pathNs[at]! += profile.path[row]!;
        place.selfNs[at]! += profile.self[row]!;
      }
    }
  }

  /** The operation with the times of those in its place; undefined where it has none, being new or matched by its name. */
  standIn(key: string, operation: TargetOperation, normal: readonly number[]): TargetOperation | undefined {
    const place = this.#placeOf.get(key);
    if (place === undefined || place.names.size < Math.min(MOST_NAMES, DIFFERENT * place.spans)) return undefined;
    if (normal.filter((i) => place.count[i]! > 0).length < USUALLY * normal.length) return undefined;
    const { history } = operation;
    const unmatched = Math.max(1, this.#unmatched(place, history));
    const share = (own: readonly number[], theirs: readonly number[]): number[] => own.map((value, i) => value + theirs[i]! / unmatched);
    return {
      ...operation,
      history: { ...history, count: history.count.map((n, i) => n + Math.round(place.count[i]! / unmatched)), pathNs: share(history.pathNs, place.pathNs), selfNs: share(history.selfNs, place.selfNs) },
    };
  }

  /** How many differing names a trace has here: their spans are shared among as many. */
  #unmatched(place: Place, { count }: OperationHistory): number {
    return Math.min(place.operations.size, Math.round(place.spans / Math.max(1, count.length)));
  }
}

/** Service and parent's operation; undefined for a root. */
function placeOf(trace: TraceColumns, row: number): string | undefined {
  const parent = trace.parent[row]!;
  return parent < 0 ? undefined : `${trace.strings[trace.service[row]!] ?? ''}\u0000${operationOf(trace, parent)}`;
}
