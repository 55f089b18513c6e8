// Operations that hardly any normal trace has: a fallback, a detour. Each counts with everything under it, so that what it
// calls is not told twice. Knows times only; must not read attributes.
import type { CohortBuilder, TargetOperation } from './cohort.ts';
import type { SlowOperation } from './slowOperation.ts';
import { operationOf } from './spanMatching.ts';
import { subtreePath } from './traceProfile.ts';

/** Present in fewer of the normal traces than this is usually absent. */
const HARDLY_ANY = 0.1;

export interface Newcomers {
  /** Operations hardly any normal trace has, whose parent is not one of them. */
  readonly tops: ReadonlySet<string>;
  /** 1 for each row at or under one. */
  readonly covered: Uint8Array;
  /** All operations, those of names that never repeat with the times of what is in their place elsewhere. */
  readonly compared: ReadonlyMap<string, TargetOperation>;
}

export function usuallyAbsent(cohort: CohortBuilder, normal: readonly number[]): Newcomers {
  const absent = new Set<string>();
  const compared = new Map(cohort.operations);
  for (const [key, operation] of cohort.operations) {
    const present = normal.filter((i) => operation.history.count[i]! > 0).length;
    if (present >= Math.max(1.5, HARDLY_ANY * normal.length)) continue;
    const standIn = cohort.renamed.standIn(key, operation, normal);
    if (standIn === undefined) absent.add(key);
    else compared.set(key, standIn);
  }
  const { target } = cohort;
  const covered = new Uint8Array(target.count);
  const tops = new Set<string>();
  if (absent.size === 0) return { tops, covered, compared };
  for (let row = 0; row < target.count; row++) {
    const parent = target.parent[row]!;
    if (parent >= 0 && covered[parent] === 1) covered[row] = 1;
    else if (absent.has(operationOf(target, row))) {
      covered[row] = 1;
      tops.add(operationOf(target, row));
    }
  }
  return { tops, covered, compared };
}

/** Undefined where it had no time on the path. */
export function newcomer(cohort: CohortBuilder, operation: TargetOperation, { covered }: Newcomers): Omit<SlowOperation, 'certain'> | undefined {
  const { target, profile } = cohort;
  let deltaNs = 0;
  let best = -1;
  let most = -1;
  for (const row of operation.rows) {
    const parent = target.parent[row]!;
    if (parent >= 0 && covered[parent] === 1) continue;
    const time = subtreePath(target, profile, row);
    deltaNs += time;
    if (time > most) [best, most] = [row, time];
  }
  if (best < 0 || deltaNs <= 0) return undefined;
  const { count } = operation.history;
  return {
    operation,
    row: best,
    deltaNs,
    kind: 'absent',
    usualCount: 0,
    normal: [...count.keys()].filter((i) => count[i] === 0),
    slow: [...count.keys()].filter((i) => count[i]! > 0),
    ordinal: -1,
  };
}
