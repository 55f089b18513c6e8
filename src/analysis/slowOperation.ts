// One operation of a trace that took more of its critical path than usual: what slowOperations finds and causes explains.
import type { TargetOperation } from './cohort.ts';

export interface SlowOperation {
  readonly operation: TargetOperation;
  /** The occurrence that gained most. */
  readonly row: number;
  /** Time more than usual, ns. */
  readonly deltaNs: number;
  /**
   * time: slower than usual; count: more calls than usual; absent: usually not there at all (with everything under it);
   * waited: no slower, but more of it on the path, as when what ran side by side runs one after the other.
   */
  readonly kind: 'time' | 'count' | 'absent' | 'waited';
  /** False: the trace is long, but no longer than a few normal ones; to be believed only with an unusual attribute. */
  readonly certain: boolean;
  readonly usualCount: number;
  /** Cohort traces, slow ones among them, in which this operation was as usual / as slow as here. */
  readonly normal: readonly number[];
  readonly slow: readonly number[];
  /** Position of the occurrence among its operation's, where the trace has as many as usual; -1 otherwise. */
  readonly ordinal: number;
}
