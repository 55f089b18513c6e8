// What is shipped to the page: how much of it, without React, without any way to turn text into markup or code. No browser.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DIST, ROOT } from './harness.ts';

const sources = globSync('webview/**/*.ts', { cwd: ROOT }).map((file) => ({ file, text: readFileSync(path.join(ROOT, file), 'utf8') }));

describe('webview bundle', () => {
  const bundles = globSync('**/*.js', { cwd: DIST }).map((file) => ({ file, text: readFileSync(path.join(DIST, file), 'utf8') }));

  it('its first chunk is at most 120 kB, and the toolkit is not in it', () => {
    const main = bundles.find(({ file }) => file === 'main.js')!;
    assert.ok(Buffer.byteLength(main.text) <= 120_000, `${Buffer.byteLength(main.text)} bytes`);
    assert.equal(main.text.includes('vscode-text-field:not'), false);
    // What main imports at once counts as the first chunk too.
    assert.deepEqual([...main.text.matchAll(/import\s*[{*"'][^;]*?["']\.\/([^"']+)["']/g)].map((match) => match[1]).filter((file) => !file!.includes('toolkit')), []);
  });

  it('React is not in any chunk', () => {
    assert.ok(bundles.length >= 2, 'the toolkit is a chunk of its own');
    for (const { file, text } of bundles) assert.equal(/react\.element|__SECRET_INTERNALS|createRoot\(/.test(text), false, file);
  });

  it('the style sheet fetches nothing but its font', () => {
    const css = readFileSync(path.join(DIST, 'styles.css'), 'utf8');
    assert.deepEqual([...css.matchAll(/url\(([^)]*)\)|@import/g)].map((match) => match[1]?.replaceAll(/["']/g, '')), ['codicon.ttf']);
  });

  it('the style sheet names no colour of its own', () => {
    const css = readFileSync(path.join(ROOT, 'webview/styles.css'), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
    assert.deepEqual([...css.matchAll(/:[^;{}]*(#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\()/gi)].map((match) => match[0]), []);
  });

  for (const [what, pattern] of [
    ['markup from text', /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|setHTML/],
    ['code from text', /\beval\(|new Function\(|setTimeout\(['"`]/],
    ['inline styles by attribute', /setAttribute\(\s*['"]style/],
    ['network', /\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon/],
    ['storage', /localStorage|sessionStorage|indexedDB|document\.cookie/],
  ] as const) {
    it(`no source makes ${what}`, () => assert.deepEqual(sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file), []));
  }

  it('acquireVsCodeApi is called in hostApi.ts only, the toolkit named in toolkit.ts only', () => {
    assert.deepEqual(sources.filter(({ text }) => /acquireVsCodeApi\(/.test(text)).map(({ file }) => file), ['webview/hostApi.ts']);
    assert.deepEqual(sources.filter(({ text }) => text.includes("from '@vscode/webview-ui-toolkit")).map(({ file }) => file), ['webview/toolkit.ts']);
  });

  it('what belongs to later issues is absent, not stubbed', () => {
    for (const { file, text } of sources) assert.equal(/\b(flame ?graph|percentile strip|stage ribbon|document cards?|compare with a)\b|TODO|FIXME|not implemented/i.test(text), false, file);
  });
});
