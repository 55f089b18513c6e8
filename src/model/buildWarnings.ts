// What a reader should know of a built trace, as sentences with counts. Must not change anything.
import { SpanFlag } from './spanBatch.ts';
import type { SpanSelection } from './splitByTrace.ts';
import type { TraceColumns } from './trace.ts';

/** Sentences of batches that are kept; more are counted. */
const MAX_BATCH_WARNINGS = 30;

const SENTENCES: readonly (readonly [flag: number, one: string, many: string])[] = [
  [SpanFlag.orphan, '1 span names a parent that was not received.', '# spans name a parent that was not received.'],
  [SpanFlag.cycle, '1 span was its own ancestor: the cycle is cut there.', '# spans were their own ancestors: the cycles are cut there.'],
  [SpanFlag.conflict, '1 span shares its id with another of different content.', '# spans share their id with another of different content; all are shown.'],
  [SpanFlag.inProgress, '1 span had not ended when it was sent.', '# spans had not ended when they were sent.'],
  [SpanFlag.negative, '1 span ends before it starts: shown with no duration.', '# spans end before they start: shown with no duration.'],
  [
    SpanFlag.strangeTime,
    '1 span has a time before 2000 or after 2200, kept as sent: it stretches the time axis.',
    '# spans have a time before 2000 or after 2200, kept as sent: they stretch the time axis.',
  ],
  [SpanFlag.skew, '1 span lies outside its parent as if on another clock: shown raw.', '# spans lie outside their parents as if on another clock: shown raw.'],
];

export function buildWarnings(selections: readonly SpanSelection[], { count, flags }: TraceColumns, totals: { readonly duplicates: number; readonly rejected: number }): string[] {
  const found = SENTENCES.map(() => 0);
  for (let row = 0; row < count; row++) {
    if (flags[row]! < SpanFlag.orphan) continue;
    for (let k = 0; k < SENTENCES.length; k++) if ((flags[row]! & SENTENCES[k]![0]) !== 0) found[k]!++;
  }
  const warnings = SENTENCES.flatMap(([, one, many], k) => sentence(found[k]!, one, many));
  warnings.push(...sentence(totals.duplicates, '1 span was sent again and is shown once.', '# spans were sent again and are shown once.'));
  warnings.push(...sentence(totals.rejected, '1 span could not be read.', '# spans could not be read.'));
  return [...warnings, ...batchWarnings(selections)];
}

/** Those of batches that belong to this trace alone: others may speak of other traces. */
function batchWarnings(selections: readonly SpanSelection[]): string[] {
  const distinct = [...new Set(selections.flatMap(({ batch, rows }) => (rows === undefined ? batch.warnings : [])))];
  if (distinct.length <= MAX_BATCH_WARNINGS) return distinct;
  return [...distinct.slice(0, MAX_BATCH_WARNINGS), `${(distinct.length - MAX_BATCH_WARNINGS).toLocaleString('en')} more warnings of this kind were left out.`];
}

function sentence(count: number, one: string, many: string): string[] {
  return count === 0 ? [] : [count === 1 ? one : many.replace('#', count.toLocaleString('en'))];
}
