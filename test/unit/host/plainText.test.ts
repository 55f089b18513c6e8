// Words: counts, times, icons taken apart.
import assert from 'node:assert/strict';
import { counted, groupedNumber, relativeTime, withoutIcons } from '../../../src/host/plainText.ts';

describe('host/plainText', () => {
  const now = 1_790_000_000_000;
  const cases: readonly [number, string][] = [
    [0, 'now'], [59_999, 'now'], [60_000, '1 min ago'], [3_599_999, '59 min ago'], [3_600_000, '1 h ago'], [47 * 3_600_000, '47 h ago'], [48 * 3_600_000, '2 d ago'],
    [4000 * 86_400_000, '4,000 d ago'], [-30_000, 'now'], [-61_000, 'in the future'], [Number.NaN, 'at an unknown time'],
  ];
  for (const [ago, text] of cases) it(`${ago} ms ago is "${text}"`, () => assert.equal(relativeTime(now - ago, now), text));

  it('takes icon syntax apart', () => {
    assert.equal(withoutIcons('$(zap) GET $(error~spin)'), String.raw`\$(zap) GET \$(error~spin)`);
    assert.equal(withoutIcons('costs $5 (net)'), 'costs $5 (net)');
  });

  it('counts in words', () => {
    assert.equal(counted(1, 'span'), '1 span');
    assert.equal(counted(0, 'span'), '0 spans');
    assert.equal(counted(1204, 'entry', 'entries'), '1,204 entries');
    assert.equal(groupedNumber(1_204_000), '1,204,000');
  });
});
