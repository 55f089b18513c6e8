// The counts of a built trace that a provisional summary has not, as they are stored. Pure.

export interface Counts {
  readonly unfinished?: number;
  readonly orphans: number;
  readonly roots: number;
  readonly maxDepth: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly warnings: readonly string[];
}

export const NO_COUNTS: Counts = { orphans: 0, roots: 0, maxDepth: 0, duplicates: 0, rejected: 0, warnings: [] };

export function countsText({ unfinished, orphans, roots, maxDepth, duplicates, rejected, warnings }: Counts): string {
  const numbers = `${orphans} ${roots} ${maxDepth} ${duplicates} ${rejected}${unfinished === undefined ? '' : ` ${unfinished}`}`;
  return warnings.length === 0 ? numbers : `${numbers} ${JSON.stringify(warnings)}`;
}

/** undefined: none were stored, or not by us. */
export function countsOf(text: unknown): Counts | undefined {
  const match = typeof text === 'string' ? /^(\d+) (\d+) (\d+) (\d+) (\d+)(?: (\d+))?(?: (\[.*\]))?$/s.exec(text) : null;
  if (match === null) return undefined;
  const [orphans, roots, maxDepth, duplicates, rejected] = match.slice(1, 6).map(Number) as [number, number, number, number, number];
  return { ...(match[6] === undefined ? {} : { unfinished: Number(match[6]) }), orphans, roots, maxDepth, duplicates, rejected, warnings: match[7] === undefined ? [] : warningsOf(match[7]) };
}

function warningsOf(json: string): readonly string[] {
  try {
    return (JSON.parse(json) as unknown[]).map(String);
  } catch {
    return [];
  }
}
