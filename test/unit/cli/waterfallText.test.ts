// The waterfall of text: scale, marks, deep trees, odd spans, hostile names; at every width, no line is wider than the terminal.
import assert from 'node:assert/strict';
import { criticalPath } from '../../../src/analysis/criticalPath.ts';
import { codeLocation } from '../../../src/cli/codeLocation.ts';
import { textWidth } from '../../../src/cli/safeText.ts';
import { waterfallLines } from '../../../src/cli/waterfallText.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import type { Attribute } from '../../../src/model/attributes.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import type { Trace } from '../../../src/model/trace.ts';
import { batchOf, TRACE_ID, type SpanSpec } from '../../support/batches.ts';
import { generateTraces } from '../../support/traceGenerator.ts';

const MS = 1_000_000;
const traceOf = (specs: readonly SpanSpec[]): Trace => buildTrace(TRACE_ID, [{ batch: batchOf(specs) }]);

function draw(trace: Trace, columns = 100, code: ReadonlyMap<number, string> = new Map(), colour = false): string[] {
  return [...waterfallLines(trace, criticalPath(trace), { columns, colour, codeOf: (row) => code.get(row) })];
}

describe('waterfallLines', () => {
  const trace = traceOf([
    { id: '1', name: 'GET /', service: 'web', end: 100 * MS },
    { id: '2', parent: '1', name: 'early', service: 'db', start: 0, end: 50 * MS },
    { id: '3', parent: '1', name: 'beside', service: 'cache', start: 10 * MS, end: 40 * MS },
    { id: '4', parent: '1', name: 'late', service: 'db', start: 75 * MS, end: 100 * MS, error: true },
  ]);

  it('draws to scale, the critical path filled, errors marked', () => {
    const [axis, root, early, beside, late] = draw(trace, 80);
    const bar = (line: string): string => line.slice(axis!.indexOf('0'));
    const width = axis!.length - axis!.indexOf('0');
    assert.match(axis!, /^ +0 +100 ms$/);
    assert.match(root!, /^ \* GET \/ +web +100 ms {2}/);
    assert.equal(bar(root!).length, width);
    assert.match(bar(root!), /^░+█+░+$/, 'the root itself has only the gap between its children');
    assert.match(early!, /^ \* {3}early +db +50\.0 ms {2}/);
    assert.ok(Math.abs(bar(early!).length - width / 2) <= 1);
    assert.match(bar(early!), /^█+$/);
    assert.match(beside!, /^ {5}beside +cache +30\.0 ms {2}/);
    assert.match(bar(beside!), /^ +░+$/);
    assert.match(late!, /^✗\* {3}late +db +25\.0 ms {2}/);
    assert.equal(bar(late!).length, width);
  });

  it('colours only when asked', () => {
    assert.doesNotMatch(draw(trace).join(''), /\u001b/);
    assert.match(draw(trace, 100, new Map(), true).join(''), /\u001b\[31m✗\u001b\[0m/);
  });

  it('puts code beside the bar where there is room, else below, its end kept', () => {
    const code = new Map([[1, '/srv/app/src/very/deep/folder/structure/of/a/monorepo/packages/early.ts:42']]);
    assert.match(draw(trace, 140, code)[2]!, / ….*\/early\.ts:42$/);
    const narrow = draw(trace, 70, code);
    assert.equal(narrow.length, 6);
    assert.match(narrow[3]!, /^ {7}at ….*early\.ts:42$/);
  });

  const ODD: readonly [what: string, specs: readonly SpanSpec[], says: RegExp][] = [
    ['an orphan', [{ id: '1', end: MS }, { id: '2', parent: '9', name: 'lost', end: MS }], /lost \(parent missing\)/],
    ['a cycle', [{ id: '1', parent: '2', name: 'a', end: MS }, { id: '2', parent: '1', name: 'b', end: MS }], /\(loop cut\)/],
    ['an id used twice', [{ id: '1', name: 'a', end: MS }, { id: '1', name: 'b', end: MS }], /\(id used twice\)/],
    ['an end before the start', [{ id: '1', name: 'a', start: 5 * MS, end: MS }], /\(ends before it starts\).* 0 ns/],
    ['one still running', [{ id: '1', name: 'a', end: 0n }], / running/],
    ['one without a name', [{ id: '1', end: MS }], /\(no name\)/],
    ['a hostile name', [{ id: '1', name: '\u001b[2J\u202e<img onerror>', end: MS }], /\\x1b\[2J\\u202e<img onerror>/],
  ];
  for (const [what, specs, says] of ODD) it(`says it of ${what}`, () => assert.match(draw(traceOf(specs), 120).join('\n'), says));

  it('an instant has a bar of one cell, also at the very end', () => {
    const [axis, , first, last] = draw(traceOf([{ id: '1', end: MS }, { id: '2', parent: '1', start: 0, end: 0 }, { id: '3', parent: '1', start: MS, end: MS }]), 80);
    assert.match(first!.slice(axis!.indexOf('0')), /^░$/);
    assert.match(last!.slice(axis!.indexOf('0')), /^ +░$/);
    assert.equal(last!.length, axis!.length);
  });

  it('a trace without any duration still draws', () => assert.equal(draw(traceOf([{ id: '1' }, { id: '2', parent: '1' }])).length, 3));

  it('deep rows keep their names and say how deep they are', () => {
    const deep = buildTrace(TRACE_ID, [{ batch: decodeOtlpProto(generateTraces({ traces: 1, spansPerTrace: 3000, shape: 'chain' })) }]);
    const lines = draw(deep, 100);
    assert.equal(lines.length, 3001);
    assert.match(lines.at(-1)!, /⋯3000 \S/);
  });

  it('no line is wider than the terminal, at any width', () => {
    const wide = traceOf([
      { id: '1', name: '検索'.repeat(40), service: 'größe-検索-サービス-with-a-long-name', end: MS },
      ...Array.from({ length: 30 }, (_, i): SpanSpec => ({ id: (i + 2).toString(16), parent: (i + 1).toString(16), name: `step ${'x'.repeat(i * 5)}`, start: i, end: MS - i })),
    ]);
    const code = new Map(Array.from({ length: 31 }, (_, row) => [row, `/app/${'deep/'.repeat(row)}file.ts:${row}`]));
    for (const columns of [60, 79, 80, 81, 109, 110, 111, 160, 237]) {
      for (const line of draw(wide, columns, code)) assert.ok(textWidth(line) <= columns, `${columns}: ${line}`);
    }
  });
});

describe('codeLocation', () => {
  const CASES: readonly [attributes: Record<string, Attribute['value']>, expected: string | undefined][] = [
    [{ 'code.file.path': '/a/b.ts', 'code.line.number': 12n }, '/a/b.ts:12'],
    [{ 'code.filepath': 'b.py', 'code.lineno': 7n }, 'b.py:7'],
    [{ 'code.file.path': 'new.ts', 'code.filepath': 'old.ts' }, 'new.ts'],
    [{ 'code.file.path': '', 'code.filepath': 'old.ts', 'code.lineno': '9' }, 'old.ts:9'],
    [{ 'code.function.name': 'com.acme.Listener.onMessage' }, 'com.acme.Listener.onMessage()'],
    [{ 'code.function': 'f', 'code.line.number': 3n }, 'f()'],
    [{ 'code.line.number': 3n }, undefined],
    [{ 'code.file.path': ['list'] }, undefined],
    [{}, undefined],
  ];
  for (const [values, expected] of CASES) {
    it(`${JSON.stringify(values, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))} → ${expected}`, () =>
      assert.equal(codeLocation(Object.entries(values).map(([key, value]) => ({ key, value }))), expected));
  }
});
