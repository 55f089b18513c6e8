// A processor profile → the longest times in which a thread did not rest, and what it did in them. For the benchmarks: a figure that is
// missed is explained by what ran.
import type { Profiler } from 'node:inspector';

export interface BusyStretch {
  readonly ms: number;
  /** By function and file, most time first; ms of its own. */
  readonly did: readonly { readonly what: string; readonly ms: number }[];
}

const IDLE = '(idle)';

/** The longest first. Thousandths: V8 gives µs between samples. */
export function busyStretches({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, most = 3): BusyStretch[] {
  const names = new Map(nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [id, url === '' ? functionName : `${functionName || '(anonymous)'} ${url.slice(url.lastIndexOf('/') + 1)}:${lineNumber + 1}`]));
  const stretches: Map<string, number>[] = [];
  let isResting = true;
  for (const [k, id] of samples.entries()) {
    const name = names.get(id) ?? '';
    if (name !== IDLE) {
      if (isResting) stretches.push(new Map());
      const did = stretches.at(-1)!;
      // A sample counts until the next.
      did.set(name, (did.get(name) ?? 0) + (timeDeltas[k + 1] ?? 0) / 1000);
    }
    isResting = name === IDLE;
  }
  return stretches
    .map((did) => ({ ms: [...did.values()].reduce((sum, ms) => sum + ms, 0), did: [...did].map(([what, ms]) => ({ what, ms })).toSorted((a, b) => b.ms - a.ms) }))
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, most);
}
