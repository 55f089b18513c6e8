// What is said of a trace while its spans arrive: minimum, maximum, sums and a root, whatever the parts and their order.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { mergeProvisional, provisionalOf, type Provisional } from '../../../../src/engine/store/provisional.ts';
import { BASE, batchOf, type SpanSpec } from '../../../support/batches.ts';

const of = (...specs: readonly SpanSpec[]): Provisional => provisionalOf({ batch: batchOf(specs) });

describe('provisionalOf', () => {
  const rows: readonly (readonly [string, readonly SpanSpec[], Partial<Provisional>])[] = [
    ['one span', [{ id: '1', name: 'a', service: 's', start: 5, end: 9 }], { start: BASE + 5n, end: BASE + 9n, spans: 1, errors: 0, services: ['s'], rootService: 's', rootName: 'a', rootRank: 2, rootStart: BASE + 5n }],
    ['a span that is still open reaches as far as its start', [{ id: '1', start: 5, end: 0n }, { id: '2', start: 1, end: 3 }], { start: BASE + 1n, end: BASE + 5n }],
    ['one that ended before it began too', [{ id: '1', start: 9, end: 4 }], { start: BASE + 9n, end: BASE + 9n }],
    ['the root is the span without parent, though it is the last', [{ id: '2', parent: '1', name: 'child', start: 0 }, { id: '1', name: 'root', start: 7 }], { rootName: 'root', rootRank: 2, rootStart: BASE + 7n }],
    ['of several roots the earliest', [{ id: '1', name: 'late', start: 9 }, { id: '2', name: 'early', start: 3 }, { id: '3', name: 'mid', start: 5 }], { rootName: 'early' }],
    ['of roots at the same time the first', [{ id: '1', name: 'first', start: 3 }, { id: '2', name: 'second', start: 3 }], { rootName: 'first' }],
    ['without a root the earliest span', [{ id: '2', parent: 'f', name: 'b', start: 4 }, { id: '3', parent: 'f', name: 'a', start: 2 }], { rootName: 'a', rootRank: 1, rootStart: BASE + 2n }],
    ['a parent whose id is in the upper half is a parent', [{ id: '2', parent: '0000000100000000', name: 'c' }], { rootRank: 1 }],
    ['errors are counted', [{ id: '1', error: true }, { id: '2' }, { id: '3', error: true }], { errors: 2, spans: 3 }],
    ['services once each, in order, and not the nameless', [{ id: '1', service: 'b' }, { id: '2' }, { id: '3', service: 'a' }, { id: '4', service: 'b' }], { services: ['b', 'a'] }],
    ['the same service of two resources once', [{ id: '1', service: 'a', resource: { host: 'x' } }, { id: '2', service: 'a', resource: { host: 'y' } }], { services: ['a'] }],
    ['no names', [{ id: '1' }], { services: [], rootService: '', rootName: '' }],
    ['times beyond 2^63', [{ id: '1', start: 18_446_744_073_709_551_000n, end: 18_446_744_073_709_551_615n }, { id: '2', start: 1n, end: 2n }], { start: 1n, end: 18_446_744_073_709_551_615n }],
    ['times whose lower half is the larger', [{ id: '1', start: 0x1_ffff_ffffn, end: 0x1_ffff_ffffn }, { id: '2', start: 0x2_0000_0000n, end: 0x2_0000_0001n }], { start: 0x1_ffff_ffffn, end: 0x2_0000_0001n }],
  ];
  for (const [what, specs, expected] of rows) {
    it(what, () => {
      const found = of(...specs);
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(found[key as keyof Provisional], value, key);
    });
  }

  it('is of the selected rows only', () => {
    const batch = batchOf([{ id: '1', name: 'a', service: 'x', start: 0, end: 100, error: true }, { id: '2', parent: '1', name: 'b', service: 'y', start: 10, end: 20 }, { id: '3', parent: '1', name: 'c', service: 'z', start: 5, end: 30 }]);
    const found = provisionalOf({ batch, rows: Uint32Array.of(1, 2) });
    assert.deepEqual([found.start, found.end, found.spans, found.errors, found.services, found.rootName, found.rootRank], [BASE + 5n, BASE + 30n, 2, 0, ['y', 'z'], 'c', 1]);
  });
});

describe('mergeProvisional', () => {
  const spec = fc.record({
    parent: fc.constantFrom('', '1', 'ffffffff00000000'),
    name: fc.constantFrom('a', 'b', 'c'),
    service: fc.constantFrom('', 'x', 'y', 'z'),
    start: fc.integer({ min: 0, max: 50 }),
    length: fc.integer({ min: -5, max: 50 }),
    error: fc.boolean(),
  });
  const specsOf = (made: readonly { readonly parent: string; readonly name: string; readonly service: string; readonly start: number; readonly length: number; readonly error: boolean }[]): SpanSpec[] =>
    made.map((one, k) => ({ ...one, id: (k + 1).toString(16), name: `${one.name} ${one.start}`, end: one.start + one.length }));

  // No two start at once: of those the first that came is the root.
  it('parts in any order say what the whole says', () => {
    fc.assert(
      fc.property(fc.uniqueArray(spec, { minLength: 1, maxLength: 12, selector: ({ start }) => start }), fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 12, maxLength: 12 }), fc.boolean(), (made, groups, reverse) => {
        const specs = specsOf(made);
        const parts = [0, 1, 2, 3].map((group) => specs.filter((_, k) => groups[k] === group)).filter((part) => part.length > 0);
        if (reverse) parts.reverse();
        const merged = parts.map((part) => of(...part)).reduce(mergeProvisional);
        const whole = of(...specs);
        assert.deepEqual({ ...merged, services: merged.services.toSorted() }, { ...whole, services: whole.services.toSorted() });
      }),
      { numRuns: 200 },
    );
  });

  it('a root that comes late takes over, an earlier child does not', () => {
    const child = of({ id: '2', parent: '1', name: 'child', service: 'c', start: 0, end: 5 });
    const root = of({ id: '1', name: 'root', service: 'r', start: 3, end: 9 });
    for (const merged of [mergeProvisional(child, root), mergeProvisional(root, child)]) {
      assert.deepEqual([merged.rootName, merged.rootService, merged.rootRank, merged.rootStart, merged.start, merged.end, merged.spans], ['root', 'r', 2, BASE + 3n, BASE, BASE + 9n, 2]);
    }
    assert.equal(mergeProvisional(root, of({ id: '9', name: 'same time', start: 3 })).rootName, 'root');
  });
});
