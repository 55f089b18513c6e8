// The pins file: a pin is whole, is brought up to date, survives its neighbours' damage, and never keeps traces from being listed.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase, type OpenOptions } from '../../../../src/engine/store/openDatabase.ts';
import { PinAccess } from '../../../../src/engine/store/pinAccess.ts';
import { pinsFile, PinStore, PINS_VERSION, requestHash } from '../../../../src/engine/store/pinStore.ts';
import { loadSqlite, type Database, type Sqlite } from '../../../../src/engine/store/sqlite.ts';
import { pinsPath } from '../../../../src/engine/store/storePath.ts';
import { StoreError } from '../../../../src/engine/store/traceStore.ts';
import type { TraceSummary } from '../../../../src/model/summary.ts';
import { temporaryDirectory } from '../../../support/collectorFixture.ts';
import { simpleTrace, temporaryStore, traceIdOf, write } from '../../../support/storeFixture.ts';

const HOW: OpenOptions = { owner: true, fullSync: true, busyMs: 0, now: () => new Date(0) };

const summaryFor = (traceId: string, more: Partial<TraceSummary> = {}): TraceSummary => ({
  traceId, rootService: 'shop "ü"', rootName: 'GET /\n', startUnixNano: 18_446_744_073_709_551_615n, durationNs: 9_007_199_254_740_993n, spans: 5, errors: 2, orphans: 1, roots: 3, maxDepth: 4,
  services: ['a', 'b\\'], duplicates: 6, rejected: 7, warnings: ['odd "w"'], provisional: false, ...more,
});

describe('pinStore', () => {
  let sqlite: Sqlite;
  let directory: { readonly path: string; readonly remove: () => Promise<void> };
  let path: string;
  const dbs: Database[] = [];
  const open = (): { readonly pins: PinStore; readonly db: Database } => {
    const opened = openDatabase(sqlite, pinsFile(path), HOW);
    assert.ok(opened.kind === 'open');
    dbs.push(opened.db);
    return { pins: new PinStore(opened.db, path), db: opened.db };
  };
  beforeEach(async () => {
    sqlite = (await loadSqlite())!;
    directory = await temporaryDirectory();
    path = join(directory.path, 'traces.pins.db');
  });
  afterEach(async () => {
    for (const db of dbs.splice(0)) if (db.isOpen) db.close();
    await directory.remove();
  });

  it('gives back every field of the summary, times beyond 2^53 and 2^63 too', () => {
    const { pins } = open();
    for (const provisional of [false, true]) {
      const summary = summaryFor('t', { provisional, ...(provisional ? { unfinished: 8 } : {}) });
      pins.keep(summary, 'note\n"x"', 123);
      assert.deepEqual(pins.all().get('t'), { traceId: 't', note: 'note\n"x"', pinnedAt: 123, summary });
    }
  });

  it('pinning again changes the note and the summary, not when it was pinned', () => {
    const { pins } = open();
    pins.keep(summaryFor('t'), 'one', 1);
    pins.keep(summaryFor('t', { spans: 9 }), 'two', 2);
    const pin = pins.all().get('t')!;
    assert.deepEqual([pin.note, pin.pinnedAt, pin.summary.spans, pins.all().size], ['two', 1, 9, 1]);
  });

  it('keeps each request once a trace, in the order they came, and reads them by bytes', () => {
    const { pins } = open();
    const requests = [Uint8Array.of(1, 2, 3), Uint8Array.of(4), Uint8Array.of(5, 6)];
    pins.addParts('t', requests);
    pins.addParts('t', [requests[1]!, Uint8Array.of(7)]);
    pins.addParts('other', [requests[0]!]);
    const all = pins.parts('t', 0, 1e9);
    assert.deepEqual(all.map(({ bytes }) => [...bytes]), [[1, 2, 3], [4], [5, 6], [7]]);
    assert.equal(new Set([...requests, Uint8Array.of(7)].map(requestHash)).size, 4);
    assert.deepEqual(pins.parts('t', 0, 4).map(({ bytes }) => bytes.length), [3, 1], 'stops once enough was read');
    assert.deepEqual(pins.parts('t', 0, 1).map(({ bytes }) => bytes.length), [3], 'but always goes on');
    assert.deepEqual(pins.parts('t', all[1]!.id, 1e9).map(({ bytes }) => [...bytes]), [[5, 6], [7]]);
    assert.deepEqual(pins.parts('t', all[3]!.id, 1e9), []);
    assert.equal(pins.parts('other', 0, 1e9).length, 1);
  });

  it('removes a pin with its parts and no others, and counts pins only', () => {
    const { pins } = open();
    for (const id of ['a', 'b', 'c']) {
      pins.addParts(id, [Uint8Array.of(1)]);
      if (id !== 'c') pins.keep(summaryFor(id), '', 1);
    }
    assert.equal(pins.remove(['a', 'c', 'nobody']), 1);
    assert.deepEqual([...pins.all().keys()], ['b']);
    assert.deepEqual(['a', 'b', 'c'].map((id) => pins.parts(id, 0, 100).length), [0, 1, 0]);
    assert.equal(pins.remove([]), 0);
  });

  it('sees what another process pinned, and reads again only then', () => {
    const first = open();
    const second = open();
    assert.equal(first.pins.all().size, 0);
    const version = first.pins.dataVersion();
    const before = first.pins.all();
    assert.equal(first.pins.all(), before, 'the same map while nothing changed');
    second.pins.keep(summaryFor('t'), '', 1);
    assert.notEqual(first.pins.dataVersion(), version);
    assert.deepEqual([...first.pins.all().keys()], ['t']);
    second.pins.remove(['t']);
    assert.equal(first.pins.all().size, 0);
  });

  it('says busy, full and damaged as StoreErrors that name the file', () => {
    const { pins, db } = open();
    const other = open();
    other.db.exec('BEGIN IMMEDIATE');
    assert.throws(() => pins.keep(summaryFor('t'), '', 1), (error) => error instanceof StoreError && error.kind === 'busy' && error.message.includes(path));
    other.db.exec('ROLLBACK');
    db.exec('PRAGMA max_page_count = 10');
    assert.throws(() => pins.addParts('t', [new Uint8Array(1 << 20)]), (error) => error instanceof StoreError && error.kind === 'full');
    assert.equal(pins.parts('t', 0, 1).length, 0, 'nothing of it was kept');
  });

  it('a pin whose summary cannot be read is still a pin, and hides no neighbour', () => {
    const { pins, db } = open();
    pins.keep(summaryFor('good'), '', 1);
    const torn = ['{"spans":', 'null', '[]', '7', '"text"', '', '{"startUnixNano":"x","durationNs":"1e9","services":"no","spans":"5","warnings":{}}', '{"durationNs":"-1","startUnixNano":1.5}'];
    torn.forEach((text, k) => db.prepare('INSERT INTO pin (trace_id, note, pinned_at, summary) VALUES (?, ?, 1, ?)').run(`torn ${k}`, `note ${k}`, text));
    const all = pins.all();
    assert.equal(all.size, torn.length + 1);
    torn.forEach((_, k) => {
      const { note, summary } = all.get(`torn ${k}`)!;
      assert.deepEqual([note, summary.traceId, summary.rootName, summary.startUnixNano, summary.durationNs, summary.services, summary.warnings, summary.spans], [`note ${k}`, `torn ${k}`, '', 0n, 0n, [], [], 0], torn[k]);
    });
    assert.equal(all.get('good')!.summary.spans, 5);
  });

  it('a newer pins file is left alone', () => {
    const { db } = open();
    db.exec(`PRAGMA user_version = ${PINS_VERSION + 1}`);
    db.close();
    const again = openDatabase(sqlite, pinsFile(path), HOW);
    assert.ok(again.kind === 'refused' && again.reason === 'newer');
    const access = new PinAccess(sqlite, join(directory.path, 'traces.db'), HOW);
    assert.equal(access.all().size, 0);
    assert.match(access.problem!, /newer Tracefall/);
    assert.throws(() => access.forWriting(), (error) => error instanceof StoreError && /newer Tracefall/.test(error.message));
    access.close();
  });
});

describe('pinAccess', () => {
  let sqlite: Sqlite;
  let directory: { readonly path: string; readonly remove: () => Promise<void> };
  let storePath: string;
  const made: PinAccess[] = [];
  const access = (options: Partial<OpenOptions> = {}): PinAccess => {
    const one = new PinAccess(sqlite, storePath, { ...HOW, fullSync: false, ...options });
    made.push(one);
    return one;
  };
  beforeEach(async () => {
    sqlite = (await loadSqlite())!;
    directory = await temporaryDirectory();
    storePath = join(directory.path, 'traces.db');
  });
  afterEach(async () => {
    for (const one of made.splice(0)) one.close();
    await directory.remove();
  });

  it('opens nothing until it is asked, and waits for the owner to make the file', () => {
    const reader = access({ owner: false });
    const owner = access();
    assert.ok(!existsSync(pinsPath(storePath)));
    assert.deepEqual([reader.all().size, reader.problem], [0, undefined]);
    assert.throws(() => reader.forWriting(), (error) => error instanceof StoreError && error.kind === 'io' && /cannot be kept yet/.test(error.message));
    owner.forWriting().keep(summaryFor('t'), '', 1);
    assert.deepEqual([...reader.all().keys()], ['t']);
  });

  it('is always synced, whatever the traces are', () => {
    const store = access({ fullSync: false }).forWriting();
    assert.ok(store);
    const other = openDatabase(sqlite, pinsFile(pinsPath(storePath)), { ...HOW, fullSync: true });
    assert.ok(other.kind === 'open');
    other.db.close();
  });

  it('what is busy is no pins now, and pins a moment later', () => {
    const owner = access();
    owner.forWriting().keep(summaryFor('t'), '', 1);
    let calls = 0;
    const fail = (kind: 'busy' | 'damaged') => (): never => {
      calls++;
      throw new StoreError(kind, `it is ${kind}`);
    };
    assert.equal(owner.read(fail('busy')), undefined);
    assert.deepEqual([owner.problem, [...owner.all().keys()]], [undefined, ['t']]);
    assert.equal(owner.read(fail('damaged')), undefined);
    assert.equal(owner.problem, 'it is damaged');
    assert.equal(owner.read(fail('busy')), undefined, 'not tried again');
    assert.deepEqual([calls, owner.all().size], [2, 0]);
    assert.throws(() => owner.forWriting(), /it is damaged/);
  });

  it('an error that is none of the store’s goes up', () => {
    const owner = access();
    assert.throws(() => owner.read(() => {
      throw new TypeError('a bug');
    }), TypeError);
    assert.equal(owner.problem, undefined);
  });

  it('a damaged file is set aside once, by the owner, and said; a reader only says it', () => {
    writeFileSync(pinsPath(storePath), 'x'.repeat(5_000));
    const reader = access({ owner: false });
    assert.equal(reader.all().size, 0);
    assert.match(reader.problem!, /damaged/);
    const owner = access();
    assert.equal(owner.all().size, 0);
    assert.match(owner.problem!, /file of pinned traces was damaged and has been set aside/);
    owner.forWriting().keep(summaryFor('t'), '', 1);
    assert.deepEqual([...owner.all().keys()], ['t']);
  });

  it('is closed when it is closed', () => {
    const owner = access();
    owner.forWriting();
    owner.close();
    owner.close();
    assert.equal(owner.all().size, 0);
    assert.throws(() => owner.forWriting(), StoreError);
  });

  it('a broken pins file never keeps a store from listing, loading or writing', async () => {
    const temporary = await temporaryStore();
    try {
      writeFileSync(pinsPath(temporary.path), 'not ours, and of no database’s size '.repeat(500));
      const reader = temporary.another();
      assert.equal(reader.list({ group: 'recent', sort: 'newest', limit: 10 }).total, 0);
      write(temporary.store, simpleTrace({ id: 1 }));
      for (const store of [reader, temporary.store]) {
        assert.equal(store.list({ group: 'recent', sort: 'newest', limit: 10 }).total, 1);
        assert.equal(store.list({ group: 'pinned', sort: 'newest', limit: 10 }).total, 0);
        assert.equal((await store.loadTrace(traceIdOf(1)))!.batches.length, 1);
        assert.match(store.problem!, /pin/);
      }
    } finally {
      await temporary.remove();
    }
  });
});
