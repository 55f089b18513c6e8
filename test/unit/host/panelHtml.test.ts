// The waterfall's page: the exact policy, nonces that never repeat, no place where data could enter (R16).
import assert from 'node:assert/strict';
import { contentSecurityPolicy, newNonce, panelHtml } from '../../../src/host/panelHtml.ts';

describe('host/panelHtml', () => {
  it('has exactly this policy', () => {
    assert.equal(contentSecurityPolicy('https://x.test', 'N'), "default-src 'none'; script-src 'nonce-N'; style-src https://x.test; font-src https://x.test;");
  });

  it('carries the policy, one script with the nonce and nothing inline', () => {
    const html = panelHtml({ cspSource: 'https://x.test', script: 'https://x.test/main.js', styles: 'https://x.test/styles.css' }, 'N');
    assert.ok(html.includes(`content="default-src 'none'; script-src 'nonce-N'; style-src https://x.test; font-src https://x.test;"`));
    assert.equal(html.match(/<script/g)?.length, 1);
    assert.match(html, /<script type="module" nonce="N" src="https:\/\/x\.test\/main\.js"><\/script>/);
    assert.ok(!/<style|\sstyle=|\son\w+=|unsafe-|javascript:/i.test(html));
  });

  it('keeps an odd resource address inside its attribute', () => {
    const html = panelHtml({ cspSource: 'https://x.test', script: 'https://x.test/a"><script>b', styles: 'https://x.test/s.css' }, 'N');
    assert.equal(html.match(/<script/g)?.length, 1);
  });

  it('makes 10,000 nonces of 128 bit, all different', () => {
    const nonces = new Set(Array.from({ length: 10_000 }, newNonce));
    assert.equal(nonces.size, 10_000);
    for (const nonce of nonces) assert.equal(Buffer.from(nonce, 'base64url').length, 16);
  });
});
