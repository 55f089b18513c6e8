// Lists of summaries in memory: pages, order, filters. The database's own lists are held to this one in stores.test.ts.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { decodeCursor, encodeCursor } from '../../../../src/engine/store/pageCursor.ts';
import { matches, pageOf } from '../../../../src/engine/store/summaryList.ts';
import type { StoreFilter, StoreQuery, TraceSort } from '../../../../src/engine/store/traceStore.ts';
import type { TraceSummary } from '../../../../src/model/summary.ts';

const summary = (more: Partial<TraceSummary>): TraceSummary => ({
  traceId: '00000000000000000000000000000001', rootService: 'Shop', rootName: 'GET /Cart', startUnixNano: 100n, durationNs: 50n, spans: 1, errors: 0, orphans: 0, roots: 1, maxDepth: 1,
  services: ['Shop', 'auth'], duplicates: 0, rejected: 0, warnings: [], provisional: false, ...more,
});
const query = (more: Partial<StoreQuery> = {}): StoreQuery => ({ group: 'recent', sort: 'newest', limit: 10, ...more });

describe('matches', () => {
  const rows: readonly (readonly [string, StoreFilter, boolean])[] = [
    ['nothing asked', {}, true],
    ['empty text', { text: '' }, true],
    ['text of the name, any case', { text: 'gEt /c' }, true],
    ['text of the root service', { text: 'SHOP' }, true],
    ['text of another service', { text: 'AUT' }, true],
    ['text of the id', { text: '0001' }, true],
    ['text that spans two names', { text: 'shopauth' }, false],
    ['a service', { service: 'auth' }, true],
    ['a service in another case', { service: 'AUTH' }, false],
    ['part of a service', { service: 'aut' }, false],
    ['an operation', { operation: 'GET /Cart' }, true],
    ['part of an operation', { operation: 'GET' }, false],
    ['exactly its duration', { minDurationNs: 50 }, true],
    ['a little more', { minDurationNs: 51 }, false],
    ['no least duration', { minDurationNs: 0 }, true],
    ['a time that begins with it', { window: { startNs: 100n, endNs: 101n } }, true],
    ['a time that ends with it', { window: { startNs: 0n, endNs: 100n } }, false],
    ['a later time', { window: { startNs: 101n, endNs: 200n } }, false],
    ['errors', { errorsOnly: true }, false],
    ['errors or not', { errorsOnly: false }, true],
    ['all of it but one', { text: 'cart', service: 'auth', minDurationNs: 50, operation: 'x' }, false],
  ];
  for (const [what, filter, expected] of rows) it(`${what}: ${expected}`, () => assert.equal(matches(summary({}), filter), expected));
  it('an errorful trace passes errorsOnly', () => assert.equal(matches(summary({ errors: 1 }), { errorsOnly: true }), true));
});

describe('pageOf', () => {
  const id = (k: number): string => k.toString(16).padStart(32, '0');
  const keyOf: { readonly [K in TraceSort]: (s: TraceSummary) => bigint } = { newest: (s) => s.startUnixNano, slowest: (s) => s.durationNs, spans: (s) => BigInt(s.spans) };
  const some = fc.array(fc.record({ start: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), duration: fc.bigInt({ min: 0n, max: 3n }), spans: fc.integer({ min: 1, max: 3 }), errors: fc.integer({ min: 0, max: 1 }) }), { maxLength: 25 });

  for (const sort of ['newest', 'slowest', 'spans'] as const) {
    it(`${sort}: every one once, in order, ties by id, whatever the page size`, () => {
      fc.assert(
        fc.property(some, fc.integer({ min: 1, max: 9 }), fc.boolean(), (made, limit, errorsOnly) => {
          const all = made.map((one, k) => summary({ traceId: id(k), startUnixNano: one.start, durationNs: one.duration, spans: one.spans, errors: one.errors }));
          const seen: TraceSummary[] = [];
          let cursor: string | undefined;
          do {
            const page = pageOf(all, query({ sort, limit, cursor, errorsOnly }));
            assert.equal(page.total, all.filter(({ errors }) => !errorsOnly || errors > 0).length);
            assert.ok(page.summaries.length <= limit);
            assert.ok(page.next === undefined || page.summaries.length === limit);
            seen.push(...page.summaries);
            cursor = page.next;
          } while (cursor !== undefined);
          const wanted = all.filter(({ errors }) => !errorsOnly || errors > 0);
          assert.deepEqual(new Set(seen), new Set(wanted));
          assert.equal(seen.length, wanted.length);
          for (let k = 1; k < seen.length; k++) {
            const [a, b] = [keyOf[sort](seen[k - 1]!), keyOf[sort](seen[k]!)];
            assert.ok(a > b || (a === b && seen[k - 1]!.traceId > seen[k]!.traceId));
          }
        }),
        { numRuns: 60 },
      );
    });
  }

  it('new traces do not shift the next page, and deleted ones leave no gap', () => {
    const all = Array.from({ length: 10 }, (_, k) => summary({ traceId: id(k), startUnixNano: BigInt(k) }));
    const first = pageOf(all, query({ limit: 4 }));
    assert.deepEqual(first.summaries.map(({ traceId }) => traceId), [9, 8, 7, 6].map(id));
    const later = [...all.filter(({ startUnixNano }) => startUnixNano !== 6n && startUnixNano !== 5n), summary({ traceId: id(99), startUnixNano: 99n })];
    assert.deepEqual(pageOf(later, query({ limit: 4, cursor: first.next })).summaries.map(({ traceId }) => traceId), [4, 3, 2, 1].map(id));
  });

  it('after the last there is nothing, and no end of it', () => {
    const all = [summary({ startUnixNano: 5n })];
    const cursor = encodeCursor('newest', { key: '1', id: '0' });
    assert.deepEqual(pageOf(all, query({ cursor })), { summaries: [], total: 1, next: undefined });
    assert.deepEqual(pageOf([], query()), { summaries: [], total: 0, next: undefined });
  });

  it('an exactly full page says that it is the last', () => {
    const all = [1n, 2n, 3n].map((start) => summary({ traceId: id(Number(start)), startUnixNano: start }));
    assert.equal(pageOf(all, query({ limit: 3 })).next, undefined);
    const { next } = pageOf(all, query({ limit: 2 }));
    assert.deepEqual(decodeCursor('newest', next!), { key: '2', id: id(2) });
    assert.equal(pageOf(all, query({ limit: 1, cursor: next })).next, undefined);
  });

  for (const key of ['', 'x', '-1', '1.5', '1e9', ' 1', '0x10']) {
    it(`a cursor whose key is ${JSON.stringify(key)} is refused with a sentence`, () => {
      assert.throws(() => pageOf([summary({})], query({ cursor: encodeCursor('newest', { key, id: 'a' }) })), (error) => error instanceof RangeError && /first page again/.test(error.message));
    });
  }
});
