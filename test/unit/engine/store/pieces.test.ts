// The small parts of the store, each by itself.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { messageOfKinds } from '../../../support/storeErrors.ts';
import { setAside } from '../../../../src/engine/store/openDatabase.ts';
import { nanosOfOrdered, orderedOfNanos } from '../../../../src/engine/store/orderedNanos.ts';
import { Ownership } from '../../../../src/engine/store/ownership.ts';
import { Pacer } from '../../../../src/engine/store/pacer.ts';
import { decodeCursor, encodeCursor } from '../../../../src/engine/store/pageCursor.ts';
import { decodePart, encodePart, requestOfRuns } from '../../../../src/engine/store/partBytes.ts';
import { exactNeedle, partNeedle, serviceListText, serviceNames } from '../../../../src/engine/store/serviceList.ts';
import { loadSqlite, Statements, storeError, transaction } from '../../../../src/engine/store/sqlite.ts';
import { corruptPath, defaultStorePath, ownerPath, pinsPath } from '../../../../src/engine/store/storePath.ts';
import { countsOf, countsText, NO_COUNTS } from '../../../../src/engine/store/summaryCounts.ts';
import { loadParts } from '../../../../src/engine/store/traceLoader.ts';
import { decodeOtlpProto } from '../../../../src/formats/otlpProto.ts';
import { splitByTrace } from '../../../../src/model/splitByTrace.ts';
import { temporaryDirectory } from '../../../support/collectorFixture.ts';
import { generateTraces } from '../../../support/traceGenerator.ts';

describe('storePath', () => {
  const rows: readonly (readonly [NodeJS.Platform, Readonly<Record<string, string>>, string, string])[] = [
    ['linux', {}, '/home/ann', '/home/ann/.local/share/tracefall/traces.db'],
    ['linux', { XDG_DATA_HOME: '/data' }, '/home/ann', '/data/tracefall/traces.db'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '/home/ann', '/home/ann/.local/share/tracefall/traces.db'],
    ['freebsd', {}, '/home/ann', '/home/ann/.local/share/tracefall/traces.db'],
    ['darwin', { XDG_DATA_HOME: '/data' }, '/Users/ann', '/Users/ann/Library/Application Support/Tracefall/traces.db'],
    ['win32', { LOCALAPPDATA: 'D:\\Local' }, 'C:\\Users\\ann', 'D:\\Local\\Tracefall\\traces.db'],
    ['win32', {}, 'C:\\Users\\ann', 'C:\\Users\\ann\\AppData\\Local\\Tracefall\\traces.db'],
  ];
  for (const [platform, env, home, expected] of rows) it(`${platform} ${JSON.stringify(env)}`, () => assert.equal(defaultStorePath({ platform, home, env }), expected));
  it('names what lies beside it', () => {
    assert.deepEqual(['/a/traces.db', '/a.b/traces', 'x.sqlite'].map(pinsPath), ['/a/traces.pins.db', '/a.b/traces.pins.db', 'x.pins.sqlite']);
    assert.equal(ownerPath('/a/traces.db'), '/a/traces.db-owner');
    assert.equal(corruptPath('/a/traces.db', new Date(0)), '/a/traces.db.corrupt-19700101T000000000Z');
  });
});

describe('orderedNanos', () => {
  it('sorts every 64-bit time as SQLite does, and gives it back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (a, b) => {
        assert.equal(nanosOfOrdered(orderedOfNanos(a)), a);
        assert.equal(orderedOfNanos(a) < orderedOfNanos(b), a < b);
        assert.ok(orderedOfNanos(a) >= -(2n ** 63n) && orderedOfNanos(a) < 2n ** 63n);
      }),
    );
  });
});

describe('serviceList', () => {
  const name = fc.oneof(fc.string(), fc.constantFrom('a\nb', '\n', '"', '\\', 'ü', '\u0000', '\ud800', 'a"x"b'));
  it('gives back every list, and finds exactly its names', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 6 }), name, (names, other) => {
        const text = serviceListText(names);
        assert.deepEqual(serviceNames(text), names);
        assert.equal(text.includes(exactNeedle(other)), names.includes(other));
        for (const one of names) assert.ok(text.includes(partNeedle(one.slice(0, 3).replace(/[\ud800-\udfff]$/, ''))));
      }),
    );
  });
});

describe('pageCursor', () => {
  it('is read back for its own sort only', () => {
    const cursor = encodeCursor('spans', { key: '-5', id: '7' });
    assert.deepEqual(decodeCursor('spans', cursor), { key: '-5', id: '7' });
    assert.match(cursor, /^[\w-]+$/);
    for (const bad of ['', 'x', cursor.slice(2), Buffer.from('{}').toString('base64url'), Buffer.from('["spans","1"]').toString('base64url')]) assert.throws(() => decodeCursor('spans', bad), RangeError);
    assert.throws(() => decodeCursor('newest', cursor), RangeError);
  });
});

describe('summaryCounts', () => {
  it('are read back, and nothing else is', () => {
    for (const counts of [NO_COUNTS, { orphans: 1, roots: 2, maxDepth: 3, duplicates: 4, rejected: 5, warnings: [] }, { ...NO_COUNTS, warnings: ['a "b"\n', ']'] }, { ...NO_COUNTS, unfinished: 6 }, { ...NO_COUNTS, unfinished: 1, warnings: ['w'] }]) assert.deepEqual(countsOf(countsText(counts)), counts);
    for (const bad of [undefined, null, 5, '', '1 2 3 4', '1 2 3 4 x', '1 2 3 4 5 {}', '-1 2 3 4 5']) assert.equal(countsOf(bad), undefined);
    assert.deepEqual(countsOf('1 2 3 4 5 [broken]')?.warnings, []);
  });
});

describe('partBytes', () => {
  const batch = decodeOtlpProto(generateTraces({ traces: 5, spansPerTrace: 30 }));
  const spansOf = (bytes: Uint8Array): string[] => {
    const again = decodeOtlpProto(bytes);
    return Array.from({ length: again.count }, (_, i) => `${again.resources[again.resource[i]!]!.service} ${Buffer.from(again.bytes.subarray(again.spanOffset[i], again.spanOffset[i]! + again.spanLength[i]!)).toString('base64')}`);
  };
  const body = ({ offset, length }: { readonly offset: number; readonly length: number }): Uint8Array => batch.bytes.subarray(offset, offset + length);

  it('keeps the bytes of every span, its resource and scope, for any selection', () => {
    const [first] = splitByTrace([batch]);
    for (const rows of [undefined, first!.selections[0]!.rows!, Uint32Array.of(0), Uint32Array.of(3, 4, 149)]) {
      const runs = decodePart(encodePart(rows === undefined ? { batch } : { batch, rows }, [...batch.resources.keys()], [...batch.scopes.keys()]))!;
      const request = requestOfRuns(runs.map(({ resource, scope, spans }) => ({ resource: body(batch.resources[resource]!), scope: body(batch.scopes[scope]!), spans })));
      const whole = spansOf(batch.bytes);
      assert.deepEqual(spansOf(request), rows === undefined ? whole : [...rows].map((row) => whole[row]));
    }
  });
  it('knows large ids', () => {
    const runs = decodePart(encodePart({ batch, rows: Uint32Array.of(0) }, batch.resources.map((_, k) => 2 ** 40 + k), batch.scopes.map((_, k) => 300 + k)))!;
    assert.equal(runs[0]!.resource >= 2 ** 40 && runs[0]!.scope >= 300, true);
  });
  it('does not take anything else for a part', () => {
    const part = encodePart({ batch }, [...batch.resources.keys()], [...batch.scopes.keys()]);
    for (const bad of [new Uint8Array(0), Uint8Array.of(2), part.subarray(0, -1), part.subarray(0, 3), Uint8Array.of(1, 255, 255, 255, 255, 255, 255, 255, 255)]) assert.equal(decodePart(bad), undefined);
    assert.deepEqual(decodePart(Uint8Array.of(1)), []);
  });
});

describe('traceLoader', () => {
  const batch = decodeOtlpProto(generateTraces({ traces: 1, spansPerTrace: 20 }));
  const part = encodePart({ batch }, [...batch.resources.keys()], [...batch.scopes.keys()]);
  const load = (parts: readonly Uint8Array[], messages = (id: number): Uint8Array | undefined => batch.bytes.subarray(batch.resources[id]!.offset, batch.resources[id]!.offset + batch.resources[id]!.length)) =>
    loadParts({ read: (after) => (after === 0 ? parts.map((bytes, k) => ({ id: k + 1, bytes })) : []), pinned: () => [], message: messages });
  const count = async (loading: ReturnType<typeof load>): Promise<number> => (await loading).batches.reduce((sum, one) => sum + one.count, 0);

  it('one damaged part does not hide its neighbours, and is said', async () => {
    const broken = part.subarray(0, -5);
    assert.equal(await count(load([part, Uint8Array.of(9), broken, part])), 40);
    assert.match((await load([part, broken, part])).notes.join(), /^1 part of this trace could not be read/);
    assert.match((await load([Uint8Array.of(9), broken])).notes.join(), /^2 parts of this trace/);
  });
  it('one damaged span does not hide its neighbours, and is said', async () => {
    const broken = Uint8Array.from(part);
    broken.fill(0xff, 12, 40);
    assert.equal(await count(load([part, broken])), 39);
    assert.match((await load([part, broken])).notes.join(), /^1 span of this trace could not be read/);
  });
  it('missing messages lose names, not spans', async () => {
    const loaded = await load([part], () => undefined);
    assert.equal(loaded.batches[0]!.count, 20);
    assert.match(loaded.notes.join(), /resource of some spans is missing/);
  });
});

describe('sqlite', () => {
  it('a transaction is all or nothing', async () => {
    const db = new (await loadSqlite())!.DatabaseSync(':memory:');
    db.exec('CREATE TABLE t (a)');
    assert.throws(() => transaction(db, () => {
      db.exec('INSERT INTO t VALUES (1)');
      throw new Error('no');
    }), /no/);
    assert.equal(transaction(db, () => (db.exec('INSERT INTO t VALUES (2)'), 5)), 5);
    const statements = new Statements(db);
    assert.equal(statements.of('SELECT a FROM t'), statements.of('SELECT a FROM t'));
    assert.deepEqual([statements.of('SELECT a FROM t').get()!['a'], statements.of('SELECT a FROM t', true).get()!['a']], [2, 2n]);
    db.close();
  });
  it('names the file and what to do, by kind', async () => {
    const { full, busy, damaged } = await messageOfKinds();
    const rows = [[full, 'full', /no space left/], [busy, 'busy', /another process/], [damaged, 'damaged', /damaged/], [new Error('what'), 'io', /could not be read or written/]] as const;
    for (const [error, kind, sentence] of rows) {
      const made = storeError(error, '/a/traces.db');
      assert.equal(made.kind, kind);
      assert.match(made.message, sentence);
      assert.match(made.message, /\/a\/traces\.db/);
      assert.equal(storeError(made, 'x'), made);
    }
  });
});

describe('ownership', () => {
  it('is one process’s at a time, and free again at once', async () => {
    const directory = await temporaryDirectory();
    const sqlite = (await loadSqlite())!;
    const path = join(directory.path, 'deep', 'er', 'traces.db');
    const [first, second] = [new Ownership(sqlite, path), new Ownership(sqlite, path)];
    try {
      assert.deepEqual([first.tryAcquire(), second.tryAcquire(), first.tryAcquire(), second.held], [true, false, true, false]);
      first.release();
      assert.deepEqual([second.tryAcquire(), first.tryAcquire()], [true, false]);
      assert.equal(existsSync(path), false, 'the database is not its business');
    } finally {
      first.release();
      second.release();
      await directory.remove();
    }
  });
  it('throws where there can be no lock', async () => {
    const directory = await temporaryDirectory();
    writeFileSync(join(directory.path, 'file'), '');
    mkdirSync(join(directory.path, 'x.db-owner'));
    const sqlite = (await loadSqlite())!;
    assert.throws(() => new Ownership(sqlite, join(directory.path, 'file', 'traces.db')).tryAcquire());
    assert.throws(() => new Ownership(sqlite, join(directory.path, 'x.db')).tryAcquire());
    await directory.remove();
  });
});

describe('setAside', () => {
  it('moves the file with its logs', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory.path, 'a.db');
    for (const suffix of ['', '-wal', '-shm']) writeFileSync(path + suffix, suffix);
    const aside = setAside(path, new Date(0));
    assert.deepEqual(['', '-wal', '-shm'].map((suffix) => [existsSync(path + suffix), statSync(aside + suffix).size]), [[false, 0], [false, 4], [false, 4]]);
    await directory.remove();
  });
});

describe('pacer', () => {
  it('gives way when its time is used up, and not before', async () => {
    const pacer = new Pacer(20);
    let turns = 0;
    setImmediate(() => turns++);
    await pacer.breathe();
    assert.deepEqual([pacer.spent, turns], [false, 0]);
    while (!pacer.spent);
    await pacer.breathe();
    assert.deepEqual([pacer.spent, turns], [false, 1]);
  });
});
