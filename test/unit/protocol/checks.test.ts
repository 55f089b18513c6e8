// Every message a webview may send is checked: what is right passes, what is not is refused with a sentence.
import assert from 'node:assert/strict';
import { checkHostMessage } from '../../../src/protocol/checks.ts';

const GOOD: readonly [string, unknown][] = [
  ['ready', { version: 1 }], ['chunk', { openId: 1, index: 0 }], ['overlay', { openId: 1, page: 0 }], ['details', { openId: 1, row: 5 }], ['search', { openId: 1, query: 'status=error' }], ['why', { openId: 1 }], ['rowOfSpan', { openId: 1, spanId: 'b7ad6b7169203331' }],
  ['codeOfRows', { openId: 1, rows: [0, 1, 2] }], ['sourceOf', { openId: 1, row: 0 }], ['openSource', { openId: 1, row: 0 }], ['openLink', { openId: 1, row: 0, link: 0 }], ['openUrl', { openId: 1, row: 0, group: 'resource', index: 3 }],
  ['copy', { openId: 1, row: 0, what: 'traceId' }], ['copy', { openId: 1, row: 0, what: 'attribute', index: 2 }], ['setPinned', { openId: 1, pinned: true }], ['exportTrace', { openId: 1 }], ['reload', {}],
  ['selected', { row: -1, spanId: '' }], ['selected', { row: 7, spanId: 'b7ad6b7169203331' }], ['typing', { active: true }], ['painted', { what: 'firstRows', atMs: 120.5, rows: 60 }],
];

const BAD: readonly [string, unknown, RegExp][] = [
  ['constructor', {}, /not a message/], ['__proto__', {}, /not a message/], ['toString', {}, /not a message/], ['x'.repeat(5000), {}, /^x{60} is not/], ['details', undefined, /needs an object/], ['details', null, /needs an object/], ['details', [1, 2], /needs an object/],
  ['details', 'row', /needs an object/], ['details', { openId: 1 }, /details\.row must be/], ['details', { openId: 1, row: -1 }, /row must be/], ['details', { openId: 1, row: 1.5 }, /row must be/], ['details', { openId: 1, row: '1' }, /row must be/],
  ['details', { openId: 1, row: 2 ** 31 }, /row must be/], ['details', { openId: Number.NaN, row: 1 }, /openId must be/], ['details', { openId: 1, row: 1, path: '/etc/passwd' }, /no field path/], ['openSource', { openId: 1, row: 1, command: 'x' }, /no field command/],
  ['openUrl', { openId: 1, row: 1, group: 'attributes', index: 0, url: 'http://x' }, /no field url/], ['openUrl', { openId: 1, row: 1, group: '__proto__', index: 0 }, /group must be/], ['copy', { openId: 1, row: 0, what: 'cookies' }, /what must be/],
  ['search', { openId: 1, query: 'x'.repeat(2001) }, /query must be/], ['codeOfRows', { openId: 1, rows: Array.from({ length: 201 }, () => 1) }, /at most 200/], ['codeOfRows', { openId: 1, rows: [1, 'x'] }, /rows must be/], ['rowOfSpan', { openId: 1, spanId: 'a'.repeat(65) }, /spanId must be/],
  ['setPinned', { openId: 1, pinned: 'yes' }, /pinned must be/], ['painted', { what: 'firstRows', atMs: Infinity, rows: 1 }, /atMs must be/], ['selected', { row: -2, spanId: '' }, /row must be/], ['reload', { force: true }, /no field force/],
];

describe('protocol/checks', () => {
  for (const [name, params] of GOOD) it(`lets ${name} ${JSON.stringify(params)} pass`, () => assert.equal(checkHostMessage(name, params), undefined));
  for (const [name, params, sentence] of BAD) it(`refuses ${name.slice(0, 20)} ${String(JSON.stringify(params)).slice(0, 60)}`, () => assert.match(checkHostMessage(name, params) ?? 'passed', sentence));

  it('is not fooled by inherited fields', () => {
    const params: unknown = Object.create({ openId: 1, row: 1 });
    assert.match(checkHostMessage('details', params) ?? 'passed', /must be/);
  });
});
