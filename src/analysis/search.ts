// A query over a trace → the rows that match, ascending. Columns answer what they can, once per distinct string; the bytes of a
// span are read only where everything else holds. In slices, as reading bytes takes about a microsecond a span.
import type { Steps } from '../model/slices.ts';
import { runAtOnce } from '../model/slices.ts';
import { hexOfWords } from '../model/ids.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { SpanFlag } from '../model/spanBatch.ts';
import type { Trace } from '../model/trace.ts';
import type { Feature, Operator, Term } from './searchQuery.ts';
import { ResourceField } from '../model/spanFields.ts';
import { AttributeMatcher, TextMatcher } from './spanMatch.ts';
import { TextNeedle } from './textNeedle.ts';

export type { ParsedQuery, Term } from './searchQuery.ts';
export { parseQuery } from './searchQuery.ts';

/** Rows between two yields: a few ms when every span's bytes are read. */
const SLICE = 2_048;

/** No terms match no rows. */
export function runSearch(trace: Trace, terms: readonly Term[]): Uint32Array {
  return runAtOnce(searchSteps(trace, terms));
}

/** runSearch that can be interrupted (model/slices.ts: runInSlices). */
export function* searchSteps(trace: Trace, terms: readonly Term[]): Steps<Uint32Array> {
  if (terms.length === 0) return new Uint32Array();
  let rows: Uint32Array | undefined;
  for (const term of terms.toSorted((a, b) => cost(a) - cost(b))) {
    const test = testOf(trace, term);
    yield;
    rows = yield* filter(trace.count, rows, test, term.negated);
  }
  return rows!;
}

type RowTest = (row: number) => boolean;

function* filter(count: number, rows: Uint32Array | undefined, test: RowTest, negated: boolean): Steps<Uint32Array> {
  const given = rows?.length ?? count;
  const found = new Uint32Array(given);
  let kept = 0;
  for (let k = 0; k < given; k++) {
    const row = rows === undefined ? k : rows[k]!;
    if (test(row) !== negated) found[kept++] = row;
    if (k % SLICE === SLICE - 1) yield;
  }
  return found.slice(0, kept);
}

/** Cheapest first: columns, then a named attribute, then text anywhere. */
const cost = ({ kind }: Term): number => (kind === 'text' ? 2 : kind === 'attribute' ? 1 : 0);

function testOf(trace: Trace, term: Term): RowTest {
  const { flags, duration, kind, subtreeEnd, batches, batch, index } = trace;
  switch (term.kind) {
    case 'column': {
      const column = trace[term.column];
      const marks = matching(trace.strings, new TextNeedle(term.text), term.operator);
      return (row) => marks[column[row]!] === 1;
    }
    case 'duration':
      return (row) => compare(duration[row]!, term.operator, term.ns);
    case 'status': {
      const wanted = { unset: 0, ok: 1, error: 2 }[term.status];
      return (row) => ((flags[row]! & SpanFlag.error) !== 0 ? 2 : batches[batch[row]!]!.status[index[row]!]) === wanted;
    }
    case 'spanKind':
      return (row) => kind[row] === term.spanKind;
    case 'has':
      if (term.what === 'children') return (row) => subtreeEnd[row]! > row + 1;
      return hasFlag(flags, FEATURE_FLAGS[term.what]);
    case 'id':
      return (row) => hexOfWords(batches[batch[row]!]!.spanId, 2 * index[row]!, 2).startsWith(term.prefix);
    case 'attribute':
      return attributeTest(trace, term);
    case 'text':
      return textTest(trace, new TextNeedle(term.text));
  }
}

const FEATURE_FLAGS: Readonly<Record<Exclude<Feature, 'children'>, number>> = {
  code: SpanFlag.code,
  genai: SpanFlag.genAi,
  database: SpanFlag.database,
  exception: SpanFlag.exception,
  events: SpanFlag.events,
  links: SpanFlag.links,
  dropped: SpanFlag.dropped,
  orphan: SpanFlag.orphan,
  cycle: SpanFlag.cycle,
  skew: SpanFlag.skew,
  conflict: SpanFlag.conflict,
  inprogress: SpanFlag.inProgress,
};

const hasFlag = (flags: Uint16Array, flag: number): RowTest => (row) => (flags[row]! & flag) !== 0;

function compare(value: number, operator: Exclude<Operator, ':'>, wanted: number): boolean {
  switch (operator) {
    case '=':
      return value === wanted;
    case '!=':
      return value !== wanted;
    case '>':
      return value > wanted;
    case '>=':
      return value >= wanted;
    case '<':
      return value < wanted;
    case '<=':
      return value <= wanted;
  }
}

function matching(strings: readonly string[], needle: TextNeedle, operator: ':' | '=' | '!='): Uint8Array {
  return Uint8Array.from(strings, (text) => Number(operator === ':' ? needle.inString(text) : needle.isString(text) !== (operator === '!=')));
}

function textTest({ strings, service, name, batches, batch, index }: Trace, needle: TextNeedle): RowTest {
  const marks = matching(strings, needle, ':');
  const matchers = batches.map(({ bytes }) => new TextMatcher(bytes, needle));
  return (row) => {
    if (marks[name[row]!] === 1 || marks[service[row]!] === 1) return true;
    const { spanOffset, spanLength } = batches[batch[row]!]!;
    const from = spanOffset[index[row]!]!;
    return matchers[batch[row]!]!.matches(from, from + spanLength[index[row]!]!);
  };
}

/** An attribute of the span, its events or its resource. `!=`: one that has the key, and is not that. */
function attributeTest({ batches, batch, index }: Trace, term: Extract<Term, { kind: 'attribute' }>): RowTest {
  const test = { key: new TextEncoder().encode(term.key), operator: term.operator, needle: new TextNeedle(term.text), number: term.number };
  const matchers = batches.map(({ bytes }) => new AttributeMatcher(bytes, test));
  const byResource = batches.map((from, k) => resourceMarks(from, matchers[k]!));
  return (row) => {
    const from = batches[batch[row]!]!;
    const i = index[row]!;
    if (byResource[batch[row]!]![from.resource[i]!] === 1) return true;
    return matchers[batch[row]!]!.matches(from.spanOffset[i]!, from.spanOffset[i]! + from.spanLength[i]!);
  };
}

function resourceMarks({ resources }: SpanBatch, matcher: AttributeMatcher): Uint8Array {
  return Uint8Array.from(resources, ({ offset, length }) => Number(matcher.listMatches(offset, offset + length, ResourceField.attributes)));
}
