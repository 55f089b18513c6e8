// What the ladder answers: candidates with a confidence and a sentence how each was found. Plain values, safe to show.
// Must not know how files are opened.

/** certain: rungs 1 and 2 only, the file exists as named and the line is plausible. low: shown, never jumped to silently. */
export type Confidence = 'certain' | 'high' | 'medium' | 'low';

/** Which step found it: path-map setting, path as given, longest suffix, function name, stack trace, span-name literal, route or topic. */
export type Rung = 'pathMap' | 'exact' | 'suffix' | 'function' | 'stack' | 'literal' | 'entry';

export interface SourceCandidate {
  /** Workspace-relative, `/` between segments, exactly as the workspace lists it. */
  readonly file: string;
  /** 1-based, within the file. */
  readonly line: number;
  /** 1-based. */
  readonly column?: number;
  readonly confidence: Confidence;
  readonly rung: Rung;
  /** One sentence: how it was found. */
  readonly reason: string;
}

export interface SourceResult {
  /** Best first. */
  readonly candidates: readonly SourceCandidate[];
  /** The one to open without asking; absent when nothing was found or the first ones are equally good (ask then). */
  readonly best?: SourceCandidate;
  /** Where nothing was found: why, one sentence. */
  readonly why?: string;
  /** The one-line fix for the span's language that makes the next span certain. Set whenever the best is not certain. */
  readonly fix?: string;
  /** What was left out of the search (caps reached), as sentences. */
  readonly notes: readonly string[];
}

const ORDER: readonly Confidence[] = ['certain', 'high', 'medium', 'low'];

/** 0 is best. */
export const rankOf = (confidence: Confidence): number => ORDER.indexOf(confidence);

/** One or more steps less sure; low stays low. */
export function lowered(confidence: Confidence, steps = 1): Confidence {
  return ORDER[Math.min(rankOf(confidence) + steps, ORDER.length - 1)]!;
}

/** At most as sure as `limit`. */
export const atMost = (confidence: Confidence, limit: Confidence): Confidence => (rankOf(confidence) < rankOf(limit) ? limit : confidence);
