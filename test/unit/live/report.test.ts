// The table of the live tests: one line a system and way, sums of what its suites reported.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inTurns } from '../../live/inTurns.ts';
import { lossList, mergeRows, readRows, row, table, type ReportRow } from '../../live/report.ts';
import { temporaryDirectory } from '../../support/collectorFixture.ts';

const jaeger: ReportRow = { system: 'jaeger', version: '1.76.0', how: 'live', passed: 3, failed: 0 };

describe('report of the live tests', () => {
  it('reads back what tests wrote, and nothing where nobody wrote', async () => {
    const directory = await temporaryDirectory();
    const before = process.env.TRACEFALL_LIVE_REPORT;
    try {
      const file = join(directory.path, 'report');
      process.env.TRACEFALL_LIVE_REPORT = file;
      assert.deepEqual(readRows(file), []);
      row(jaeger);
      row({ ...jaeger, losses: ['a | b\nc'] });
      assert.deepEqual(readRows(file), [jaeger, { ...jaeger, losses: ['a | b\nc'] }]);
      await writeFile(file, '');
      assert.deepEqual(readRows(file), []);
    } finally {
      if (before === undefined) delete process.env.TRACEFALL_LIVE_REPORT;
      else process.env.TRACEFALL_LIVE_REPORT = before;
      await directory.remove();
    }
  });

  for (const { what, rows, merged } of [
    { what: 'adds up rows of one system', rows: [jaeger, { ...jaeger, passed: 1, failed: 2 }], merged: [{ ...jaeger, passed: 4, failed: 2, losses: [] }] },
    { what: 'says each loss once', rows: [{ ...jaeger, losses: ['a'] }, { ...jaeger, losses: ['a', 'b'] }], merged: [{ ...jaeger, passed: 6, losses: ['a', 'b'] }] },
    { what: 'keeps live and fake apart', rows: [jaeger, { ...jaeger, how: 'fake' as const }], merged: [jaeger, { ...jaeger, how: 'fake' as const }] },
    { what: 'keeps every reason', rows: [{ ...jaeger, skippedWhy: 'x' }, jaeger, { ...jaeger, skippedWhy: 'y' }], merged: [{ ...jaeger, passed: 9, losses: [], skippedWhy: 'x; y' }] },
  ]) {
    it(what, () => assert.deepEqual(mergeRows(rows), merged));
  }

  it('prints columns that line up, whatever is in them', () => {
    const lines = table([{ ...jaeger, failed: 1, losses: ['link attributes', 'ns\n  to µs'] }, { system: 'zipkin', version: '3.6.1', how: 'live', passed: 0, failed: 0, skippedWhy: 'java was not found on the PATH' }]).split('\n');
    assert.deepEqual(lines, [
      'system | version | live, recorded or fake | rows passed | losses | skipped why',
      'jaeger | 1.76.0  | live                   | 3 of 4      | 2      |',
      'zipkin | 3.6.1   | live                   | 0 of 0      |        | java was not found on the PATH',
    ]);
  });

  it('lists what is lost, once for those that lose the same', () => {
    assert.equal(lossList([{ ...jaeger, losses: ['link attributes', 'ns\n  to µs'] }, { ...jaeger, system: 'zipkin' }, { ...jaeger, how: 'fake', losses: ['link attributes', 'ns to µs'] }]), 'Not given back by jaeger (live), jaeger (fake):\n  link attributes\n  ns to µs');
    assert.equal(lossList([jaeger]), '');
  });
});

describe('turns of live servers', () => {
  for (const { what, sizes, room, turns } of [
    { what: 'all at once where there is room', sizes: [1, 2, 3], room: 10, turns: [[1, 2, 3]] },
    { what: 'the rest in the next turn', sizes: [4, 5, 3], room: 8, turns: [[4, 3], [5]] },
    { what: 'a turn to itself for what fits nowhere', sizes: [1, 20, 1], room: 5, turns: [[1, 1], [20]] },
    { what: 'no turn without servers', sizes: [], room: 5, turns: [] },
    { what: 'one each when there is no room at all', sizes: [1, 2], room: -3, turns: [[1], [2]] },
  ]) {
    it(what, () => assert.deepEqual(inTurns(sizes, (size) => size, room), turns));
  }
});
