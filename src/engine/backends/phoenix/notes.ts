// What is said on a trace of Phoenix's: what it keeps of no trace, what this answer came without, and where reading it stopped.
import { SpanFlag, type SpanBatch } from '../../../model/spanBatch.ts';
import type { PagesEnd } from './pages.ts';

/** Its database has whole µs, and its JSON columns no bytes (tried: 20.26.1 drops such spans without a word). */
const NEVER_KEPT = 'Phoenix keeps times in whole µs and no spans that have bytes among their values';

/** All that OTLP has and an answer may leave out. Kinds are INTERNAL where it knows none. */
const PARTS: readonly (readonly [what: string, has: (batch: SpanBatch) => boolean])[] = [
  ['services', ({ resources }) => resources.some(({ service }) => service !== '')],
  ['resources', ({ resources }) => resources.some(({ length }) => length > 0)],
  ['scopes', ({ scopes }) => scopes.some(({ length }) => length > 0)],
  ['span kinds', ({ kind }) => kind.some((one) => one > 1)],
  ['links', ({ flags }) => flags.some((bits) => (bits & SpanFlag.links) !== 0)],
];

export function traceNotes(batches: readonly SpanBatch[], end: PagesEnd): string[] {
  const absent = PARTS.filter(([, has]) => !batches.some(has)).map(([what]) => what);
  const without = absent.length === 0 ? '' : `; it answered without ${absent.length === 1 ? absent[0] : `${absent.slice(0, -1).join(', ')} and ${absent.at(-1)}`}`;
  const part = partNote(end, batches.reduce((sum, { count }) => sum + count, 0));
  return [`${NEVER_KEPT}${without}.`, ...(part === undefined ? [] : [part])];
}

function partNote(end: PagesEnd, spans: number): string | undefined {
  switch (end) {
    case 'last':
      return undefined;
    case 'bound':
      return `Only ${spans} spans were read; the trace has more.`;
    case 'repeat':
      return 'Phoenix answered a page that it had answered before, so the trace may have more spans than are shown.';
    case 'gone':
      return `Phoenix answered 404 for the rest of the trace, which was perhaps deleted meanwhile; the ${spans} spans before it are shown.`;
  }
}
