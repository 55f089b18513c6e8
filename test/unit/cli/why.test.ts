// What `why` prints of a report. The judgement itself: test/unit/analysis/why.test.ts; the whole command: store.test.ts.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { reportJson, reportText } from '../../../src/cli/why.ts';
import type { WhyFinding, WhyReport } from '../../../src/protocol/messages.ts';

const slower: WhyFinding = { spanId: '0000000000000001', row: 1, service: 'db', name: 'query\u001b[31m', deltaNs: '1500000000', kind: 'slower' };
const finding: WhyFinding = { ...slower, attribute: 'db.rows', value: '9000', usual: '120' };
const report = (parts: Partial<WhyReport>): WhyReport => ({ traceId: 'a'.repeat(32), cohort: 25, durationNs: '4000000000', medianNs: '120000000', findings: [], ...parts });

const TEXTS: readonly (readonly [title: string, parts: Partial<WhyReport>, expected: RegExp])[] = [
  ['no other trace', { cohort: 0 }, /^It took 4(?:\.00)? s\. There is no other trace of the same root; at least 20 are needed/],
  ['one other trace', { cohort: 1 }, /^It took 4(?:\.00)? s\. There is only 1 other trace of the same root; at least 20 are needed/],
  ['19 others', { cohort: 19 }, /There are only 19 other traces of the same root/],
  ['nothing found: no more is claimed than was looked at', {}, /the median of 25 other traces of the same root is 120 ms\.\nNothing on its critical path took longer than it does now and then\. Work that nobody waited for is not looked at\.\n$/],
  ['a finding, with its text made visible', { findings: [finding] }, /is 120 ms\.\n {2}query\\x1b\[31m: 9,?000 .*rows, usually 120; .*1\.50 s longer.*\n$/],
];

describe('why: what is printed', () => {
  for (const [title, parts, expected] of TEXTS) it(title, () => assert.match(reportText(report(parts)), expected));

  it('JSON has the keys of the interface, in their order, and no more', () => {
    const json = JSON.stringify(reportJson(report({ findings: [finding, slower] })));
    assert.equal(
      json,
      `{"traceId":"${'a'.repeat(32)}","cohort":25,"durationNs":"4000000000","medianNs":"120000000","findings":[{"spanId":"0000000000000001","service":"db","name":"query\\u001b[31m","deltaNs":"1500000000","attribute":"db.rows","value":"9000","usual":"120"},{"spanId":"0000000000000001","service":"db","name":"query\\u001b[31m","deltaNs":"1500000000"}]}`,
    );
  });
});
