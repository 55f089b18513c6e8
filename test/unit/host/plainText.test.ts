// Words: counts, times, icons and links taken apart.
import assert from 'node:assert/strict';
import { counted, groupedNumber, promptText, relativeTime, withoutIcons, withoutLinks } from '../../../src/host/plainText.ts';

describe('host/plainText', () => {
  const now = 1_790_000_000_000;
  const cases: readonly [number, string][] = [
    [0, 'now'], [59_999, 'now'], [60_000, '1 min ago'], [3_599_999, '59 min ago'], [3_600_000, '1 h ago'], [47 * 3_600_000, '47 h ago'], [48 * 3_600_000, '2 d ago'],
    [730 * 86_400_000, '730 d ago'], [731 * 86_400_000, '2 years ago'], [4000 * 86_400_000, '10 years ago'], [-30_000, 'now'], [-61_000, 'in the future'], [Number.NaN, 'at an unknown time'],
  ];
  for (const [ago, text] of cases) it(`${ago} ms ago is "${text}"`, () => assert.equal(relativeTime(now - ago, now), text));

  it('takes icon syntax apart', () => {
    assert.equal(withoutIcons('$(zap) GET $(error~spin)'), String.raw`\$(zap) GET \$(error~spin)`);
    assert.equal(withoutIcons('costs $5 (net)'), 'costs $5 (net)');
  });

  it('takes an icon apart once, however often it passes', () => assert.equal(withoutIcons(withoutIcons('$(zap)')), String.raw`\$(zap)`));

  // VS Code's base/common/linkedText.ts.
  const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
  for (const text of [
    '[Sign in again](command:workbench.action.terminal.sendSequence?%7B%22text%22%3A%22id%22%7D)', 'no: [x](https://evil.example/a "title") for you',
    '[a](FILE:///etc/passwd)', '[[a](command:a)](command:b)', '[a]](command:b)[b](command:c)',
  ]) {
    it(`makes no link of ${text}`, () => {
      assert.match(text, LINK);
      assert.doesNotMatch(withoutLinks(text), LINK);
    });
  }
  it('keeps every word of it, and what is no link', () => {
    assert.equal(withoutLinks('see [x](command:y)'), 'see [x] (command:y)');
    assert.equal(withoutLinks('spans[0] (of 3), [a] b(c)'), 'spans[0] (of 3), [a] b(c)');
  });

  it('what stands under a box has neither', () => assert.equal(promptText('[$(x)](command:y)'), String.raw`[\$(x)] (command:y)`));

  it('counts in words', () => {
    assert.equal(counted(1, 'span'), '1 span');
    assert.equal(counted(0, 'span'), '0 spans');
    assert.equal(counted(1204, 'entry', 'entries'), '1,204 entries');
    assert.equal(groupedNumber(1_204_000), '1,204,000');
  });
});
