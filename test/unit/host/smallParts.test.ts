// Durations as typed, paths inside roots, texts that may leave the waterfall, settings of the wrong kind, lifetimes.
import assert from 'node:assert/strict';
import nodePath from 'node:path';
import { isInside } from '../../../src/host/containedPath.ts';
import { DisposableStore, Signal } from '../../../src/host/disposables.ts';
import { durationInput } from '../../../src/host/durationInput.ts';
import { rootPrefixes } from '../../../src/host/rootPrefixes.ts';
import { SETTING_DEFAULTS, settingOr } from '../../../src/host/settingKeys.ts';
import { attributeText, httpUrl } from '../../../src/host/spanTexts.ts';
import type { WireSpanDetails } from '../../../src/protocol/messages.ts';

describe('host/durationInput', () => {
  const good: readonly [string, number][] = [['250', 250e6], ['250ms', 250e6], [' 1.5 s ', 1.5e9], ['1,5 s', 1.5e9], ['2 min', 120e9], ['900 µs', 900e3], ['900us', 900e3], ['7 ns', 7], ['1 H', 3600e9], ['0', 0]];
  for (const [text, ns] of good) it(`reads "${text}"`, () => assert.equal(durationInput(text), ns));
  for (const text of ['', 'abc', '-5 ms', '5 parsecs', '1.2.3 s', '9'.repeat(40), 'Infinity', '5 ms 3']) it(`refuses "${text.slice(0, 12)}"`, () => assert.equal(durationInput(text), undefined));
});

describe('host/rootPrefixes', () => {
  const cases: readonly [readonly string[], readonly string[]][] = [
    [[], []], [['shop'], ['']], [['shop', 'auth'], ['shop', 'auth']], [['api', 'api', 'api'], ['api', 'api (2)', 'api (3)']],
    [['api', 'api (2)', 'api'], ['api', 'api (2)', 'api (3)']], [['a', 'a/b', 'a\\b', ''], ['a', 'a-b', 'a-b (2)', 'folder']],
  ];
  for (const [names, prefixes] of cases) it(JSON.stringify(names), () => assert.deepEqual(rootPrefixes(names), prefixes));
});

describe('host/containedPath', () => {
  const cases: readonly [string, string, boolean][] = [
    ['/work/shop', '/work/shop/src/a.ts', true], ['/work/shop', '/work/shop', false], ['/work/shop', '/work/shopping/a.ts', false], ['/work/shop', '/work/a.ts', false],
    ['/work/shop', '/etc/passwd', false], ['/work/shop', '/work/shop/..a/b.ts', true], ['/', '/etc/passwd', true],
  ];
  for (const [root, file, inside] of cases) it(`${file} is ${inside ? '' : 'not '}inside ${root}`, () => assert.equal(isInside(root, file, nodePath.posix), inside));
  it('compares Windows paths as Windows does', () => {
    assert.equal(isInside('C:\\work', 'c:\\WORK\\a.ts', nodePath.win32), true);
    assert.equal(isInside('C:\\work', 'D:\\work\\a.ts', nodePath.win32), false);
    assert.equal(isInside('C:\\work', '\\\\host\\share\\a.ts', nodePath.win32), false);
  });
});

describe('host/spanTexts', () => {
  for (const url of ['http://a.test/x?y#z', 'https://a.test:8443/']) it(`opens ${url}`, () => assert.equal(httpUrl(url), url));
  for (const url of [
    undefined, '', 'command:workbench.action.quit', 'file:///etc/passwd', 'vscode://x', 'javascript:alert(1)', 'data:text/html,x', 'ftp://a.test', 'http://', 'http://user:pw@a.test/', 'https:a.test', 'http:\\\\a.test', ' https://a.test', 'https://a.test/a b',
    `https://a.test/${'x'.repeat(9000)}`, 'HTTPS\u0000://a', '//a.test/x',
  ]) it(`does not open ${String(url).slice(0, 40)}`, () => assert.equal(httpUrl(url), undefined));

  it('copies the whole of a value that the wire cut', () => {
    const raw = JSON.stringify({ attributes: [{ key: 'k', value: { stringValue: 'the whole' } }] });
    const details = { attributes: [{ key: 'k', type: 'string', text: 'the', fullLength: 9 }, { key: 'n', type: 'int', text: '5' }], raw } as unknown as WireSpanDetails;
    assert.deepEqual([0, 1, 2].map((i) => attributeText(details, i)), ['the whole', '5', '']);
  });
});

describe('host/settingKeys', () => {
  it('keeps values of the right kind', () => {
    assert.equal(settingOr('collector.port', 9999), 9999);
    assert.deepEqual(settingOr('source.pathMap', [{ from: '/app', to: 'src', service: 'api' }]), [{ from: '/app', to: 'src', service: 'api' }]);
    assert.equal(settingOr('collector.autoStart', 'never'), 'never');
    assert.deepEqual(settingOr('collector.allowedOrigins', ['https://a.test']), ['https://a.test']);
  });
  const wrong: readonly [keyof typeof SETTING_DEFAULTS, unknown][] = [
    ['collector.port', '4318'], ['collector.port', -1], ['collector.port', Number.NaN], ['collector.port', null], ['collector.autoStart', 'always'], ['collector.allowedOrigins', 'x'], ['collector.allowedOrigins', [1]], ['source.pathMap', {}],
    ['source.pathMap', [{ from: '', to: 'x' }]], ['source.pathMap', [{ from: '/a' }]], ['source.pathMap', [null]], ['source.pathMap', [{ from: '/a', to: 'b', service: 4 }]], ['store.fullSync', 'yes'], ['store.path', 7], ['slow.factor', undefined],
  ];
  for (const [key, value] of wrong) it(`falls back for ${key} = ${JSON.stringify(value)}`, () => assert.deepEqual(settingOr(key, value), SETTING_DEFAULTS[key]));
});

describe('host/disposables', () => {
  it('ends parts last first, once, and late ones at once', () => {
    const ended: number[] = [];
    const store = new DisposableStore();
    for (const n of [1, 2]) store.defer(() => ended.push(n));
    store.dispose();
    store.dispose();
    store.defer(() => ended.push(3));
    assert.deepEqual(ended, [2, 1, 3]);
  });

  it('tells every listener though one throws, and then says so', () => {
    const heard: string[] = [];
    const signal = new Signal<string>();
    signal.on(() => {
      throw new Error('first');
    });
    const second = signal.on((value) => heard.push(value));
    assert.throws(() => signal.fire('a'), /first/);
    second.dispose();
    assert.throws(() => signal.fire('b'), /first/);
    assert.deepEqual(heard, ['a']);
  });
});
