// The writer and the queries over what it wrote, by themselves: rows, dictionaries, rollback, slow operations, pages.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { usualOf } from '../../../../src/analysis/slowRule.ts';
import { decodeOtlpProto } from '../../../../src/formats/otlpProto.ts';
import { splitByTrace } from '../../../../src/model/splitByTrace.ts';
import type { TraceSummary } from '../../../../src/model/summary.ts';
import type { SlowRule } from '../../../../src/protocol/messages.ts';
import { SlowOperations } from '../../../../src/engine/store/slowOperations.ts';
import { traceFile } from '../../../../src/engine/store/schema.ts';
import { loadSqlite, type Database } from '../../../../src/engine/store/sqlite.ts';
import { TraceQueries } from '../../../../src/engine/store/traceQueries.ts';
import { TraceWriter } from '../../../../src/engine/store/traceWriter.ts';
import type { IncomingRequest, StoreQuery } from '../../../../src/engine/store/traceStore.ts';
import { batchOf, type SpanSpec } from '../../../support/batches.ts';
import { simpleTrace, SLOW, traceIdOf } from '../../../support/storeFixture.ts';

const requestOf = (bytes: Uint8Array): IncomingRequest => {
  const batch = decodeOtlpProto(bytes);
  return { batch, parts: splitByTrace([batch]) };
};
const specRequest = (...specs: readonly SpanSpec[]): IncomingRequest => {
  const batch = batchOf(specs);
  return { batch, parts: splitByTrace([batch]) };
};
const ALL: StoreQuery = { group: 'recent', sort: 'newest', limit: 1000 };

describe('traceWriter', () => {
  let db: Database;
  let writer: TraceWriter;
  let queries: TraceQueries;
  beforeEach(async () => {
    db = new (await loadSqlite())!.DatabaseSync(':memory:');
    traceFile(':memory:').prepare(db, { kind: 'empty' });
    writer = new TraceWriter(db);
    queries = new TraceQueries(db, SLOW);
  });
  afterEach(() => db.close());
  const all = (sql: string): unknown[][] => db.prepare(sql).all().map((row) => Object.values(row));
  const count = (table: string): number => Number(all(`SELECT count(*) FROM ${table}`)[0]![0]);

  it('a whole sound trace is exact at once; a second part makes it provisional again', () => {
    assert.deepEqual(writer.write([requestOf(simpleTrace({ id: 1, spans: 3, errors: 1 }))], 77), []);
    const exact = queries.summary(traceIdOf(1))!;
    assert.deepEqual([exact.provisional, exact.spans, exact.errors, exact.roots, exact.maxDepth], [false, 3, 1, 1, 2]);
    assert.deepEqual(writer.write([requestOf(simpleTrace({ id: 1, spans: 2, startMs: 5 }))], 99), [traceIdOf(1)]);
    const grown = queries.summary(traceIdOf(1))!;
    assert.deepEqual([grown.provisional, grown.spans, grown.roots, queries.partCount(traceIdOf(1))], [true, 5, 0, 2]);
    assert.deepEqual(all('SELECT created FROM trace'), [[77]], 'the arrival is the first one');
  });

  it('the same trace twice in one request batch is one row with two parts', () => {
    const request = requestOf(simpleTrace({ id: 1 }));
    assert.deepEqual(writer.write([request, request], 1), [traceIdOf(1)]);
    assert.deepEqual([count('trace'), count('part'), count('message')], [1, 2, 2]);
  });

  it('resources and scopes are kept once, however many requests name them', () => {
    for (let id = 1; id <= 20; id++) writer.write([requestOf(simpleTrace({ id, service: id % 2 === 0 ? 'a' : 'b' }))], id);
    assert.equal(count('message'), 3, 'two resources and a scope');
    assert.deepEqual(queries.services(), ['a', 'b']);
    assert.equal(count('operation'), 2);
  });

  it('spans without a valid trace id leave no trace, and do not hurt their neighbours', () => {
    const request = specRequest({ id: '1', trace: '0', name: 'lost' }, { id: '2', name: 'kept', service: 's' });
    assert.equal(request.parts.length, 2);
    writer.write([request], 1);
    assert.deepEqual(queries.page(ALL).rows.map(({ summary }) => [summary.rootName, summary.spans]), [['kept', 1]]);
    assert.equal(count('part'), 1);
  });

  it('a request that fails takes the whole batch with it, and the next one is as if it had not been', () => {
    writer.write([requestOf(simpleTrace({ id: 1 }))], 1);
    const good = requestOf(simpleTrace({ id: 2, service: 'new', name: 'new op' }));
    const broken = { batch: good.batch, parts: [{ traceId: traceIdOf(3), selections: [{ batch: undefined as never }] }] };
    assert.throws(() => writer.write([good, broken], 2), TypeError);
    assert.deepEqual([count('trace'), count('part'), count('operation'), queries.services()], [1, 1, 1, ['shop']]);
    assert.deepEqual(writer.write([good], 3), []);
    assert.deepEqual(queries.summary(traceIdOf(2))!.rootName, 'new op');
    assert.deepEqual(queries.services(), ['new', 'shop']);
    assert.equal(all('SELECT count(*) FROM part p JOIN trace t ON t.id = p.trace')[0]![0], 2, 'every part has its trace');
  });

  it('ids go on after the highest that ever was, deleted traces and their parts too', () => {
    writer.write([requestOf(simpleTrace({ id: 1 })), requestOf(simpleTrace({ id: 2 })), requestOf(simpleTrace({ id: 3 }))], 1);
    db.exec('INSERT INTO doomed SELECT id FROM trace WHERE id = 3; DELETE FROM trace WHERE id >= 2; DELETE FROM part WHERE trace = 3');
    new TraceWriter(db).write([requestOf(simpleTrace({ id: 4 }))], 1);
    assert.deepEqual(all('SELECT id FROM trace ORDER BY id'), [[1], [4]], 'neither 2, which has a part, nor 3, which is doomed');
    assert.deepEqual(all('SELECT trace FROM part ORDER BY id'), [[1], [2], [4]]);
  });

  it('a part that outlived its trace, and nothing else, keeps its number from the next trace', () => {
    writer.write([requestOf(simpleTrace({ id: 1 })), requestOf(simpleTrace({ id: 2 }))], 1);
    db.exec('DELETE FROM trace WHERE id = 2');
    new TraceWriter(db).write([requestOf(simpleTrace({ id: 5 }))], 1);
    assert.deepEqual(all('SELECT id FROM trace ORDER BY id'), [[1], [3]]);
  });

  it('bytes of a trace are the sum of its parts', () => {
    const request = requestOf(simpleTrace({ id: 1, spans: 4 }));
    writer.write([request], 1);
    writer.write([request], 1);
    assert.deepEqual(all('SELECT bytes FROM trace'), all('SELECT sum(length(bytes)) FROM part'));
  });

  it('a built summary replaces a provisional one only if no part came meanwhile', () => {
    writer.write([requestOf(simpleTrace({ id: 1 }))], 1);
    writer.write([requestOf(simpleTrace({ id: 1, startMs: 9 }))], 1);
    const built: TraceSummary = { ...queries.summary(traceIdOf(1))!, rootService: 'renamed', rootName: 'other', spans: 1, duplicates: 1, roots: 1, maxDepth: 1, warnings: ['w "1"'], provisional: false };
    for (const parts of [0, 1, 3]) assert.equal(writer.saveSummaries([{ summary: built, parts }]), 0);
    assert.equal(queries.summary(traceIdOf(1))!.provisional, true);
    assert.equal(writer.saveSummaries([{ summary: built, parts: 2 }, { summary: { ...built, traceId: traceIdOf(9) }, parts: 2 }]), 1);
    assert.deepEqual(queries.summary(traceIdOf(1)), built);
  });

  it('a summary that cannot be saved leaves none of its neighbours half saved', () => {
    for (const startMs of [0, 9]) writer.write([requestOf(simpleTrace({ id: 1, startMs })), requestOf(simpleTrace({ id: 2, startMs }))], 1);
    const [one, two] = [1, 2].map((id) => ({ summary: { ...queries.summary(traceIdOf(id))!, provisional: false, rootName: 'fresh' }, parts: 2 }));
    assert.throws(() => writer.saveSummaries([one!, { ...two!, summary: { ...two!.summary, spans: {} as never } }]));
    assert.deepEqual([1, 2].map((id) => queries.summary(traceIdOf(id))!.provisional), [true, true]);
    assert.equal(writer.saveSummaries([one!, two!]), 2, 'the name that was rolled back is stored now');
    assert.deepEqual([1, 2].map((id) => queries.summary(traceIdOf(id))!.rootName), ['fresh', 'fresh']);
  });

  describe('queries', () => {
    it('names are sorted, the nameless service is none', () => {
      writer.write([specRequest({ id: '1', trace: '1', name: 'b', service: 'z' }, { id: '2', trace: '2', name: 'a', service: 'z' }, { id: '3', trace: '3', name: 'x' })], 1);
      assert.deepEqual([queries.services(), queries.operations('z'), queries.operations(''), queries.operations('zz')], [['z'], ['a', 'b'], ['x'], []]);
    });

    it('a cohort is the latest of that root, by start and not by arrival', () => {
      for (const [id, startMs] of [[1, 30], [2, 10], [3, 20], [4, 40]] as const) writer.write([requestOf(simpleTrace({ id, startMs, name: id === 4 ? 'other' : 'GET /' }))], 1);
      assert.deepEqual(queries.cohort('shop', 'GET /', 10), [1, 3, 2].map(traceIdOf));
      assert.deepEqual(queries.cohort('shop', 'GET /', 2), [1, 3].map(traceIdOf));
      assert.deepEqual([queries.cohort('shop', 'nothing', 9), queries.cohort('', 'GET /', 9), queries.cohort('shop', 'GET /', 0)], [[], [], []]);
    });

    it('provisional ones are paged by arrival to the end', () => {
      for (let id = 1; id <= 7; id++) for (let k = 0; k <= id % 2; k++) writer.write([requestOf(simpleTrace({ id, startMs: k }))], 1);
      const found: string[] = [];
      const pages: number[] = [];
      for (let after: number | undefined = 0; after !== undefined; ) {
        const page: ReturnType<TraceQueries['provisional']> = queries.provisional(after, 3);
        pages.push(page.traceIds.length);
        found.push(...page.traceIds);
        after = page.next;
      }
      assert.deepEqual(found, [1, 3, 5, 7].map(traceIdOf));
      assert.deepEqual(pages, [2, 1, 1, 0]);
    });

    it('news are the traces of later parts, once each, and where they end', () => {
      assert.deepEqual(queries.since(0, 10), { traceIds: [], last: 0 });
      writer.write([requestOf(simpleTrace({ id: 1 })), requestOf(simpleTrace({ id: 2 })), requestOf(simpleTrace({ id: 1, startMs: 9 }))], 1);
      assert.deepEqual([queries.since(0, 10).traceIds.toSorted(), queries.since(0, 10).last], [[1, 2].map(traceIdOf), 3]);
      assert.deepEqual(queries.since(1, 10).traceIds.toSorted(), [1, 2].map(traceIdOf));
      assert.deepEqual(queries.since(2, 10).traceIds, [traceIdOf(1)]);
      assert.deepEqual([queries.since(3, 10), queries.since(Infinity, 0)], [{ traceIds: [], last: 3 }, { traceIds: [], last: 3 }]);
    });

    it('times of the year 9999, of 1970 and beyond 2^63 come back as they were, and sort', () => {
      const times = [0n, 1n, 253_402_300_799_999_999_999n % 2n ** 64n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 2n];
      times.forEach((start, k) => writer.write([specRequest({ id: '1', trace: (k + 1).toString(16), start, end: start })], 1));
      const summaries = queries.page(ALL).rows.map(({ summary }) => summary);
      assert.deepEqual(summaries.map(({ startUnixNano }) => startUnixNano), times.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0)));
      assert.ok(summaries.every(({ durationNs }) => durationNs === 0n));
    });

    it('text of a filter is text: no pattern, no SQL', () => {
      writer.write([specRequest({ id: '1', trace: '1', name: "x'; DROP TABLE trace; --", service: '100%_' })], 1);
      for (const [text, found] of [["'; drop", 1], ['%', 1], ['100%_', 1], ['1%0', 0], ['_%', 0], ['drop table', 1], ["''", 0]] as const) {
        assert.equal(queries.page({ ...ALL, text }).total, found, text);
      }
      assert.equal(queries.page({ ...ALL, service: "' OR 1=1 --" }).total, 0);
      assert.equal(queries.page({ ...ALL, operation: "x'; DROP TABLE trace; --" }).total, 1);
    });
  });
});

describe('slowOperations', () => {
  it('are what the slow rule says, for any durations and any rule', async () => {
    const { DatabaseSync } = (await loadSqlite())!;
    const durations = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 30 });
    const rule: fc.Arbitrary<SlowRule> = fc.record({ minSamples: fc.integer({ min: 0, max: 25 }), percentile: fc.constantFrom(-5, 0, 1, 50, 90, 99, 100, 200), factor: fc.constantFrom(0, 1, 1.5, 10) });
    fc.assert(
      fc.property(fc.array(durations, { minLength: 1, maxLength: 3 }), rule, (groups, slow) => {
        const db = new DatabaseSync(':memory:');
        try {
          traceFile(':memory:').prepare(db, { kind: 'empty' });
          const put = db.prepare("INSERT INTO trace (trace_id, start, end, duration, operation, spans, errors, provisional, parts, bytes, created, root_rank, root_start, services) VALUES (?, 0, 0, ?, ?, 1, 0, 0, 1, 1, 1, 2, 0, '')");
          groups.forEach((group, k) => {
            db.prepare('INSERT INTO operation (id, service, name, search) VALUES (?, ?, ?, ?)').run(k + 1, 's', `op ${k}`, '');
            group.forEach((duration, n) => put.run(`${k} ${n}`, duration, k + 1));
          });
          const expected = groups.flatMap((group, k) => {
            const { limitNs, medianNs } = usualOf(group, slow);
            return limitNs === Infinity ? [] : [{ operation: k + 1, medianNs, limitNs }];
          });
          assert.deepEqual(new SlowOperations(db, slow).all(), expected);
        } finally {
          db.close();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a trace whose root has no name at all is never slow, one with half a name may be', async () => {
    const db = new (await loadSqlite())!.DatabaseSync(':memory:');
    traceFile(':memory:').prepare(db, { kind: 'empty' });
    const writer = new TraceWriter(db);
    const names: readonly (readonly [string, string])[] = [['', ''], ['s', ''], ['', 'n'], ['s', 'n']];
    names.forEach(([service, name], k) => {
      for (let n = 0; n < 25; n++) {
        const trace = (1 + k * 100 + n).toString(16);
        writer.write([specRequest({ id: '1', trace, name, ...(service === '' ? {} : { service }), start: 0, end: n === 24 ? 10_000 : 100 })], 1);
      }
    });
    const slow = new TraceQueries(db, SLOW).page({ ...ALL, group: 'slow' });
    assert.deepEqual(slow.rows.map(({ summary, usualNs }) => [summary.rootService, summary.rootName, usualNs]).toSorted(), [['', 'n', 100], ['s', '', 100], ['s', 'n', 100]]);
    db.close();
  });
});
