// Summaries for people and for programs: order, key order, exact numbers, aligned tables.
import assert from 'node:assert/strict';
import type { CliIo } from '../../../src/cli/cliIo.ts';
import { printSummaries, sortSummaries, utcText } from '../../../src/cli/summaryOutput.ts';
import { tableText } from '../../../src/cli/table.ts';
import type { TraceSummary } from '../../../src/model/summary.ts';

const SUMMARY: TraceSummary = {
  traceId: 'a'.repeat(32), rootService: 'web', rootName: 'GET /', startUnixNano: 1_795_221_079_000_000_001n, durationNs: 9_007_199_254_740_993n, spans: 3, errors: 1, orphans: 0, roots: 1, maxDepth: 2,
  services: ['web', 'db'], duplicates: 4, rejected: 5, warnings: ['Odd.'], provisional: false,
};

function printed(summaries: readonly TraceSummary[], json: boolean, tableColumns = Infinity, warned?: string[]): string {
  let text = '';
  const io: CliIo = {
    write: (more) => void (text += more),
    warn: (sentence) => void (warned ?? assert.fail(`nothing to warn of: ${sentence}`)).push(sentence),
    readStdin: () => assert.fail('nothing to read'),
    path: (given) => given,
    columns: 80,
    tableColumns,
    colour: false,
  };
  printSummaries(summaries, json, io);
  return text;
}

describe('printSummaries', () => {
  it('one line of JSON, its keys in the order that is promised, integers exact', () => {
    assert.equal(
      printed([SUMMARY], true),
      `{"traceId":"${'a'.repeat(32)}","rootService":"web","rootName":"GET /","startUnixNano":"1795221079000000001","durationNs":"9007199254740993","spans":3,"errors":1,"orphans":0,"roots":1,"maxDepth":2,` +
        '"services":["web","db"],"duplicates":4,"rejected":5,"warnings":["Odd."]}\n',
    );
  });

  it('a table with warnings under it', () => {
    const [, row, warning, end] = printed([SUMMARY], false).split('\n');
    assert.match(row!, /^a{32} {2}web: GET \/ {2}2026-11-21 00:31:19\.000 {2}104 d 6 h +3 +1 +0 +1 +2 +4 +5 {2}web, db$/);
    assert.deepEqual([warning, end], [`${'a'.repeat(32)}: Odd.`, '']);
  });

  it('what several traces warn of is said once, with some of them', () => {
    const lines = printed(['1', '2', '3', '4', '5'].map((traceId) => ({ ...SUMMARY, traceId, warnings: traceId === '5' ? ['Even.', 'Odd.'] : ['Odd.'] })), false).split('\n');
    assert.deepEqual(lines.slice(6), ['1, 2, 3 and 2 more: Odd.', '5: Even.', '']);
    assert.deepEqual(printed([SUMMARY, { ...SUMMARY, traceId: 'b' }], false).split('\n').slice(3), [`${'a'.repeat(32)}, b: Odd.`, '']);
  });

  it('on a terminal that is too narrow, columns that say nothing go, then services and roots are cut, then depth and services go; in a pipe nothing is', () => {
    const clean = { ...SUMMARY, rootName: 'GET /a/rather/long/path/of/a/root', services: ['web', 'billing', 'notifications', 'warehouse'], errors: 0, duplicates: 0, rejected: 0, warnings: [] };
    const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));
    const whole = printed([clean], false);
    assert.match(whole, /ERRORS {2}ORPHANS {2}ROOTS {2}DEPTH {2}DUPLICATES {2}REJECTED/);
    const narrow = printed([clean], false, 120);
    assert.doesNotMatch(narrow, /ERRORS|ORPHANS|ROOTS|DUPLICATES|REJECTED/);
    assert.ok(widest(narrow) <= 120, `${widest(narrow)} columns`);
    assert.match(narrow, /^a{32} {2}web: GET \/a\/rather\/long… .* {2}web, bill…$/m);
    assert.match(printed([{ ...clean, errors: 2, roots: 2 }], false, 130), /ERRORS {2}ROOTS/, 'what says something stays');
    const brief = { ...clean, errors: 2, durationNs: 250_000_000n };
    const warned: string[] = [];
    const withDepth = printed([brief], false, 110, warned);
    assert.match(withDepth, /^TRACE +ROOT +START \(UTC\) +DURATION {2}SPANS {2}ERRORS {2}DEPTH$/m);
    assert.match(withDepth, /web: GET \/a\/rather…/, 'what room is left goes to those that were cut');
    const narrower = printed([brief], false, 100, warned);
    assert.match(narrower, /^TRACE +ROOT +START \(UTC\) +DURATION {2}SPANS {2}ERRORS$/m);
    assert.match(printed([brief], false, 60), /DEPTH {2}SERVICES/, 'where nothing helps, nothing is left out');
    assert.equal(printed([], false, 60).split('\n').length, 2);
    assert.deepEqual(warned, ['SERVICES', 'DEPTH and SERVICES'].map((left) => `The terminal is too narrow for ${left}; --json has everything.`));
    for (const [text, columns] of [[withDepth, 110], [narrower, 100]] as const) assert.ok(widest(text) <= columns, `${widest(text)} columns`);
    assert.equal(printed([clean], false, widest(whole)), whole, 'what fits is left alone');
  });

  it('spans without a trace id are named so; a line without spans has no times', () => {
    const [, nameless] = printed([{ ...SUMMARY, traceId: '', spans: 0, warnings: [] }], false).split('\n');
    assert.match(nameless!, /^\(no trace id\) /);
    assert.doesNotMatch(nameless!, /2026|104 d/);
  });

  it('nothing is no line of JSON, and a bare head of a table', () => {
    assert.equal(printed([], true), '');
    assert.equal(printed([], false).split('\n').length, 2);
  });
});

describe('sortSummaries', () => {
  const at = (traceId: string, startUnixNano: bigint): TraceSummary => ({ ...SUMMARY, traceId, startUnixNano });
  const CASES: readonly [what: string, given: readonly TraceSummary[], ids: readonly string[]][] = [
    ['by start', [at('b', 2n), at('a', 3n), at('c', 1n)], ['c', 'b', 'a']],
    ['by start as a number, not as text', [at('a', 10n), at('b', 9n)], ['b', 'a']],
    ['then by id', [at('b', 1n), at('a', 1n), at('c', 1n)], ['a', 'b', 'c']],
    ['the nameless last, whenever they were', [at('', 0n), at('b', 2n), at('a', 1n)], ['a', 'b', '']],
    ['exact beyond 2^53', [at('a', 2n ** 60n + 1n), at('b', 2n ** 60n)], ['b', 'a']],
  ];
  for (const [what, given, ids] of CASES) {
    it(what, () => {
      assert.deepEqual(sortSummaries(given).map(({ traceId }) => traceId), ids);
      assert.deepEqual(sortSummaries(given.toReversed()).map(({ traceId }) => traceId), ids);
    });
  }
});

describe('utcText', () => {
  const CASES: readonly [ns: bigint, text: string][] = [
    [0n, '1970-01-01 00:00:00.000'],
    [999_999n, '1970-01-01 00:00:00.000'],
    [1_795_221_079_123_456_789n, '2026-11-21 00:31:19.123'],
    [2n ** 64n - 1n, '2554-07-21 23:34:33.709'],
  ];
  for (const [ns, text] of CASES) it(String(ns), () => assert.equal(utcText(ns), text));
});

describe('tableText', () => {
  it('aligns by what is seen, not by code units, and cuts only where told', () => {
    const { text, leftOut } = tableText(
      [{ title: 'NAME', align: 'left', most: 6 }, { title: 'N', align: 'right' }, { title: 'LAST', align: 'left' }],
      [['検索', '1', 'x'], ['longer than six', '1000', 'never cut however long it is'], ['', '', '']],
    );
    assert.deepEqual(leftOut, []);
    assert.deepEqual(text.split('\n'), ['NAME       N  LAST', '検索       1  x', 'longe…  1000  never cut however long it is', '', '']);
  });
});
