// Icons and links taken apart.
import assert from 'node:assert/strict';
import { promptText, withoutIcons, withoutLinks } from '../../../src/host/plainText.ts';

describe('host/plainText', () => {
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
});
