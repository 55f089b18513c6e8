// What may come from a webview, systematically: every message in every way it can be wrong. checks.test.ts has the telling examples.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { checkHostMessage } from '../../../src/protocol/checks.ts';
import type { HostEvents, HostMethods } from '../../../src/protocol/messages.ts';

type Params = { readonly [K in keyof HostMethods]: HostMethods[K]['params'] } & { readonly [K in keyof HostEvents]: HostEvents[K] };

/** One right message of each name: tsc names what is missing here. */
const RIGHT: Params = {
  ready: { version: 1 },
  chunk: { openId: 1, index: 2 },
  overlay: { openId: 1, page: 0 },
  details: { openId: 1, row: 3 },
  search: { openId: 1, query: '' },
  why: { openId: 0 },
  rowOfSpan: { openId: 1, spanId: 'b7ad6b7169203331' },
  codeOfRows: { openId: 1, rows: [] },
  sourceOf: { openId: 1, row: 0 },
  openSource: { openId: 1, row: 0 },
  openLink: { openId: 1, row: 0, link: 0 },
  openUrl: { openId: 1, row: 0, group: 'attributes', index: 0 },
  copy: { openId: 1, row: 0, what: 'spanJson', index: 0 },
  setPinned: { openId: 1, pinned: false },
  exportTrace: { openId: 1 },
  reload: {},
  selected: { row: 0, spanId: '' },
  typing: { active: false },
  painted: { what: 'allRows', atMs: 0, rows: 0 },
};
const OPTIONAL = new Set(['copy.index']);
const names = Object.keys(RIGHT) as (keyof Params)[];
const fieldsOf = (name: keyof Params): [string, unknown][] => Object.entries(RIGHT[name]);

/** By the kind of a field: what it must not be. */
const WRONG_NUMBERS: readonly unknown[] = [-2, 0.5, 2 ** 31, 2 ** 53, Number.NaN, Infinity, -Infinity, '1', true, null, [], {}, 1n];
const WRONG_TEXTS: readonly unknown[] = [0, true, null, [], {}, ['a'], 'x'.repeat(2_001), Symbol('s')];
const WRONG_FLAGS: readonly unknown[] = [0, 1, 'true', null, [], {}];
const WRONG_LISTS: readonly unknown[] = [null, 'rows', 5, {}, { length: 1, 0: 1 }, [-1], [0.5], ['0'], [[0]], [null], [undefined], Array.from({ length: 201 }, () => 0), Object.assign([1], { 1: 'x' })];

function wrongFor(field: string, right: unknown): readonly unknown[] {
  if (Array.isArray(right)) return WRONG_LISTS.slice(0, -1);
  if (typeof right === 'boolean') return WRONG_FLAGS;
  if (typeof right === 'string') return WRONG_TEXTS;
  return field === 'atMs' ? [Number.NaN, Infinity, -Infinity, '1', true, null, [], {}, 1n] : WRONG_NUMBERS;
}

describe('what a webview may send', () => {
  for (const name of names) {
    it(`${name}: passes as it should be, with nothing more and nothing less`, () => {
      assert.equal(checkHostMessage(name, RIGHT[name]), undefined);
      assert.equal(checkHostMessage(name, structuredClone(RIGHT[name])), undefined, 'as it comes over a port');
      assert.equal(checkHostMessage(name, Object.assign(Object.create(null) as object, RIGHT[name])), undefined);
      assert.match(checkHostMessage(name, { ...RIGHT[name], extra: 1 })!, new RegExp(`^${name} has no field extra\\.$`));
      for (const extra of ['constructor', 'toString', '__proto__', 'hasOwnProperty', '']) {
        const params = Object.defineProperty({ ...RIGHT[name] }, extra, { value: 1, enumerable: true });
        assert.ok(checkHostMessage(name, params)!.startsWith(`${name} has no field ${extra}`), extra);
      }
      for (const none of [undefined, null, 5, 'text', true, [], [RIGHT[name]], () => undefined]) {
        const problem = checkHostMessage(name, none);
        assert.equal(problem, `${name} needs an object.`);
      }
    });

    for (const [field, right] of fieldsOf(name)) {
      it(`${name}.${field}: absent or of another kind is refused by name`, () => {
        const without = Object.fromEntries(fieldsOf(name).filter(([key]) => key !== field));
        const sentence = new RegExp(`^${name}\\.${field} must be .+\\.$`);
        if (OPTIONAL.has(`${name}.${field}`)) assert.equal(checkHostMessage(name, without), undefined);
        else assert.match(checkHostMessage(name, without) ?? 'passed', sentence);
        for (const wrong of wrongFor(field, right)) assert.match(checkHostMessage(name, { ...RIGHT[name], [field]: wrong }) ?? `passed ${String(wrong)}`, sentence);
      });
    }
  }

  it('a number at its bounds passes, one beyond does not', () => {
    for (const [row, passes] of [[0, true], [2 ** 31 - 1, true], [2 ** 31, false], [-0, true], [-1, false]] as const) assert.equal(checkHostMessage('details', { openId: 0, row }) === undefined, passes, String(row));
    for (const [row, passes] of [[-1, true], [-2, false], [0, true], [-1.5, false]] as const) assert.equal(checkHostMessage('selected', { row, spanId: '' }) === undefined, passes, String(row));
    for (const [atMs, passes] of [[-5.5, true], [1e300, true], [Infinity, false]] as const) assert.equal(checkHostMessage('painted', { what: 'firstRows', atMs, rows: 1 }) === undefined, passes, String(atMs));
  });

  it('a text at its bound passes, one letter more does not', () => {
    assert.equal(checkHostMessage('search', { openId: 1, query: 'x'.repeat(2_000) }), undefined);
    assert.match(checkHostMessage('search', { openId: 1, query: 'x'.repeat(2_001) })!, /at most 2000 characters/);
    assert.equal(checkHostMessage('rowOfSpan', { openId: 1, spanId: 'x'.repeat(64) }), undefined);
    assert.match(checkHostMessage('rowOfSpan', { openId: 1, spanId: 'x'.repeat(65) })!, /at most 64 characters/);
    assert.match(checkHostMessage('selected', { row: 0, spanId: 'x'.repeat(65) })!, /at most 64 characters/);
  });

  it('200 rows pass, 201 do not', () => {
    const rows = (count: number): number[] => Array.from({ length: count }, (_, k) => k);
    assert.equal(checkHostMessage('codeOfRows', { openId: 1, rows: rows(200) }), undefined);
    assert.match(checkHostMessage('codeOfRows', { openId: 1, rows: rows(201) })!, /at most 200 rows/);
  });

  const CHOICES: readonly (readonly [keyof Params, string, readonly string[]])[] = [
    ['copy', 'what', ['traceId', 'spanId', 'spanJson', 'attribute']],
    ['openUrl', 'group', ['attributes', 'resource']],
    ['painted', 'what', ['firstRows', 'allRows']],
  ];
  for (const [name, field, choices] of CHOICES) {
    it(`${name}.${field} is one of ${choices.join(', ')}, to the letter`, () => {
      for (const choice of choices) {
        assert.equal(checkHostMessage(name, { ...RIGHT[name], [field]: choice }), undefined, choice);
        for (const near of [choice.toUpperCase(), ` ${choice}`, `${choice} `, choice.slice(0, -1), '']) assert.match(checkHostMessage(name, { ...RIGHT[name], [field]: near }) ?? `passed ${near}`, / or /);
      }
    });
  }

  it('a message whose fields are inherited has none', () => {
    for (const name of names) {
      const inherited: unknown = Object.create(RIGHT[name]);
      const passes = checkHostMessage(name, inherited) === undefined;
      assert.equal(passes, fieldsOf(name).every(([field]) => OPTIONAL.has(`${name}.${field}`)), name);
    }
  });

  it('a getter is asked, and what throws comes out to whoever called', () => {
    const params = Object.defineProperty({ openId: 1 }, 'row', { enumerable: true, get: () => -5 });
    assert.match(checkHostMessage('details', params)!, /row must be/);
  });

  it('no sentence is longer than a line, whatever came', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 300 })), fc.anything({ withNullPrototype: true, withBigInt: true }), fc.dictionary(fc.string({ maxLength: 200 }), fc.anything()), (name, params, more) => {
        for (const one of [params, more]) {
          const problem = checkHostMessage(name, one);
          assert.ok(problem === undefined || (problem.length <= 200 && problem.endsWith('.')), problem);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('what passes has exactly the fields of its message, with values of the right kind', () => {
    const anyField = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.boolean(), fc.constant(null), fc.array(fc.integer({ min: -1, max: 9 }), { maxLength: 4 }));
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.dictionary(fc.constantFrom('openId', 'row', 'index', 'page', 'query', 'rows', 'spanId', 'pinned', 'active', 'version', 'atMs', 'what', 'x'), anyField), (name, params) => {
        if (checkHostMessage(name, params) !== undefined) return;
        const known = new Set(fieldsOf(name).map(([field]) => field));
        for (const [key, value] of Object.entries(params)) {
          assert.ok(known.has(key), `${name}.${key}`);
          assert.equal(typeof value, typeof Object.fromEntries(fieldsOf(name))[key], `${name}.${key}`);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
