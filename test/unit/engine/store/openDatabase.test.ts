// Opening a database file: what is made, what is refused and with which sentence, and what is never touched.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase, setAside, type Opened, type OpenOptions } from '../../../../src/engine/store/openDatabase.ts';
import { PINS_APPLICATION_ID, pinsFile } from '../../../../src/engine/store/pinStore.ts';
import { APPLICATION_ID, fileState, pragma, traceFile, VERSION } from '../../../../src/engine/store/schema.ts';
import { loadSqlite, type Sqlite } from '../../../../src/engine/store/sqlite.ts';
import { temporaryDirectory } from '../../../support/collectorFixture.ts';

const HOW: OpenOptions = { owner: true, fullSync: false, busyMs: 0, now: () => new Date(0) };
const ASIDE = '.corrupt-19700101T000000000Z';

describe('openDatabase', () => {
  let sqlite: Sqlite;
  let directory: { readonly path: string; readonly remove: () => Promise<void> };
  let path: string;
  before(async () => {
    sqlite = (await loadSqlite())!;
  });
  beforeEach(async () => {
    directory = await temporaryDirectory();
    path = join(directory.path, 'deep', 'traces.db');
  });
  afterEach(() => directory.remove());

  const open = (options: Partial<OpenOptions> = {}): Opened => openDatabase(sqlite, traceFile(path), { ...HOW, ...options });
  /** Opens, closes; the answer without the connection. */
  const opened = (options: Partial<OpenOptions> = {}): { readonly kind: string; readonly reason?: string; readonly problem?: string | undefined } => {
    const result = open(options);
    if (result.kind !== 'open') return result;
    result.db.close();
    return { kind: 'open', problem: result.problem };
  };
  const put = (content: Uint8Array | string): void => {
    mkdirSync(join(directory.path, 'deep'), { recursive: true });
    writeFileSync(path, content);
  };
  /** A database with this application and version. */
  const make = (application: number, version: number, sql = 'CREATE TABLE theirs (a)'): void => {
    mkdirSync(join(directory.path, 'deep'), { recursive: true });
    const db = new sqlite.DatabaseSync(path);
    db.exec(`${sql}; PRAGMA application_id = ${application}; PRAGMA user_version = ${version}`);
    db.close();
  };

  it('the owner makes folder and file, for this user only', function () {
    if (process.platform === 'win32') return this.skip();
    assert.deepEqual(opened(), { kind: 'open', problem: undefined });
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(join(directory.path, 'deep')).mode & 0o777, 0o700);
  });

  it('others make nothing: absent is absent, and an empty file is not there yet', () => {
    assert.deepEqual(opened({ owner: false }), { kind: 'absent' });
    assert.deepEqual(readdirSync(directory.path), []);
    put('');
    assert.deepEqual(opened({ owner: false }), { kind: 'absent' });
    assert.equal(readFileSync(path).length, 0);
  });

  it('is set up once and opened again as it is', () => {
    const first = open();
    assert.ok(first.kind === 'open');
    assert.deepEqual([pragma(first.db, 'application_id'), pragma(first.db, 'user_version'), pragma(first.db, 'auto_vacuum'), pragma(first.db, 'page_size')], [APPLICATION_ID, VERSION, 2, 8192]);
    assert.equal(first.db.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'wal');
    first.db.exec("INSERT INTO meta VALUES ('kept', 'yes')");
    first.db.close();
    const again = open({ owner: false });
    assert.ok(again.kind === 'open');
    assert.equal(again.db.prepare("SELECT value FROM meta WHERE key = 'kept'").get()?.['value'], 'yes');
    again.db.close();
  });

  it('the owner waits for one that holds all of it for a moment, e.g. to recover its log: what it opens is for its whole life', async () => {
    opened();
    const holder = spawn(process.execPath, ['-e', `
      const db = new (require('node:sqlite').DatabaseSync)(process.argv[1]);
      db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE');
      process.stdout.write('held');
      setTimeout(() => db.close(), 700);`, path]);
    await once(holder.stdout, 'data');
    assert.deepEqual(opened({ owner: false, busyMs: 1 }), { kind: 'absent' }, 'others come again');
    const result = open({ busyMs: 20 });
    assert.ok(result.kind === 'open', JSON.stringify(result));
    assert.equal(pragma(result.db, 'busy_timeout'), 20, 'and later it waits as long as it may');
    result.db.close();
    await once(holder, 'exit');
  });

  for (const [fullSync, level] of [[false, 1], [true, 2]] as const) {
    it(`fullSync ${fullSync}: synchronous = ${level}, and the log is cut back`, () => {
      const result = open({ fullSync });
      assert.ok(result.kind === 'open');
      assert.deepEqual([pragma(result.db, 'synchronous'), pragma(result.db, 'journal_size_limit'), pragma(result.db, 'temp_store')], [level, 8 << 20, 2]);
      result.db.close();
    });
  }

  describe('what is not ours is left as it is, byte for byte', () => {
    const rows: readonly (readonly [string, () => void, string, RegExp])[] = [
      ['a newer version', () => make(APPLICATION_ID, VERSION + 1), 'newer', new RegExp(`newer Tracefall \\(its format is ${VERSION + 1}\\).*left as it is: update`)],
      ['another program’s database', () => make(0x12345678, 3), 'foreign', /another program.*left as it is.*tracefall\.store\.path/],
      ['a nameless database with tables', () => make(0, 0), 'foreign', /another program/],
      ['a nameless database with a version', () => make(0, 7, 'PRAGMA encoding = "UTF-8"'), 'foreign', /another program/],
      ['our pins at the place of traces', () => make(PINS_APPLICATION_ID, 1), 'foreign', /another program/],
    ];
    for (const [what, prepare, reason, sentence] of rows) {
      for (const owner of [true, false]) {
        it(`${what}, ${owner ? 'owner' : 'reader'}`, () => {
          prepare();
          const before = readFileSync(path);
          const result = opened({ owner });
          assert.deepEqual([result.kind, result.reason], ['refused', reason]);
          assert.match(result.problem!, sentence);
          assert.ok(result.problem!.includes(path));
          assert.ok(readFileSync(path).equals(before));
          assert.deepEqual(readdirSync(join(directory.path, 'deep')).filter((name) => name.includes('corrupt')), []);
        });
      }
    }

    it('a text file without a database’s name is someone’s text', () => {
      path = join(directory.path, 'deep', 'notes.txt');
      put('dear diary, this is not a database but long enough to be mistaken for one, if one looks only at its size\n'.repeat(20));
      const before = readFileSync(path);
      const result = opened();
      assert.deepEqual([result.kind, result.reason], ['refused', 'foreign']);
      assert.match(result.problem!, /not a Tracefall database and was left as it is/);
      assert.ok(readFileSync(path).equals(before));
    });
  });

  describe('what is damaged', () => {
    /** Our header with a body of rubbish. */
    const torn = (application: number): Buffer => {
      make(APPLICATION_ID, VERSION);
      const bytes = readFileSync(path);
      bytes.fill(0xa5, 100);
      bytes.writeUInt32BE(application, 68);
      return bytes;
    };
    const rows: readonly (readonly [string, string, () => Uint8Array | string])[] = [
      ['our header and rubbish', 'notes.txt', () => torn(APPLICATION_ID)],
      ['rubbish under a database’s name', 'traces.db', () => 'x'.repeat(5000)],
      ['rubbish under another database’s name', 'traces.SQLITE3', () => 'x'.repeat(5000)],
    ];
    for (const [what, name, content] of rows) {
      it(`${what} is set aside by the owner, named, and replaced`, () => {
        path = join(directory.path, 'deep', name);
        const bytes = content();
        put(bytes);
        const result = opened();
        assert.equal(result.kind, 'open');
        assert.equal(result.problem, `The trace database was damaged and has been set aside as ${path}${ASIDE}; a new one was started.`);
        assert.deepEqual(readFileSync(path + ASIDE), Buffer.from(bytes));
        assert.deepEqual(opened(), { kind: 'open', problem: undefined });
      });
    }

    it('a reader says so and touches nothing', () => {
      put('x'.repeat(5000));
      const result = opened({ owner: false });
      assert.deepEqual([result.kind, result.reason], ['refused', 'damaged']);
      assert.ok(result.problem!.includes(path));
      assert.deepEqual(readdirSync(join(directory.path, 'deep')), ['traces.db']);
    });

    it('a header of another program with rubbish is not ours to move', () => {
      path = join(directory.path, 'deep', 'notes.txt');
      put(torn(0x11111111));
      assert.deepEqual([opened().kind, opened().reason], ['refused', 'foreign']);
      assert.ok(!existsSync(path + ASIDE));
    });

    it('where it cannot be moved it stays, and the sentence says what to do', function () {
      if (process.platform === 'win32') return this.skip();
      put('x'.repeat(5000));
      // The name it would get is a folder with something in it.
      mkdirSync(join(path + ASIDE, 'full'), { recursive: true });
      const result = opened();
      assert.deepEqual([result.kind, result.reason], ['refused', 'damaged']);
      assert.match(result.problem!, /could not be set aside \(.*\): move it away by hand/);
      assert.equal(readFileSync(path, 'latin1'), 'x'.repeat(5000));
    });
  });

  describe('what cannot be written', () => {
    it('a folder that cannot be made', () => {
      writeFileSync(join(directory.path, 'deep'), 'a file');
      const result = opened();
      assert.deepEqual([result.kind, result.reason], ['refused', 'unwritable']);
      assert.match(result.problem!, /cannot be made \(.*\): choose another place with tracefall\.store\.path, or --db\./);
    });

    it('a folder at the file’s place', () => {
      mkdirSync(path, { recursive: true });
      for (const owner of [true, false]) {
        const result = opened({ owner });
        assert.deepEqual([result.kind, result.reason], ['refused', 'unwritable']);
        assert.match(result.problem!, /cannot be opened/);
      }
    });

    // Root reads everything; where modes mean nothing there is nothing to see.
    const modesMean = process.platform !== 'win32' && process.getuid?.() !== 0;
    if (modesMean) it('a file that may not be read', () => {
      opened();
      chmodSync(path, 0);
      assert.equal(opened().reason, 'unwritable');
    });
  });

  it('a reader that meets the owner making it comes back later', () => {
    const maker = new sqlite.DatabaseSync(':memory:');
    maker.close();
    mkdirSync(join(directory.path, 'deep'));
    const db = new sqlite.DatabaseSync(path);
    db.exec('BEGIN EXCLUSIVE; CREATE TABLE t (a)');
    assert.deepEqual(opened({ owner: false }), { kind: 'absent' });
    const owner = opened();
    assert.deepEqual([owner.kind, owner.reason], ['refused', 'unwritable']);
    db.exec('ROLLBACK');
    db.close();
    assert.equal(opened().kind, 'open');
  });

  it('a setup that fails leaves no half of it', () => {
    const kind = traceFile(path);
    const failing = { ...kind, prepare: (db: Parameters<typeof kind.prepare>[0], state: Parameters<typeof kind.prepare>[1]) => {
      db.exec('CREATE TABLE operation (x)');
      db.exec('CREATE TABLE service (x)');
      db.exec('PRAGMA user_version = 0');
      kind.prepare(db, state);
    } };
    const result = openDatabase(sqlite, failing, HOW);
    assert.equal(result.kind, 'refused');
    const db = new sqlite.DatabaseSync(path);
    assert.deepEqual(db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all().map((row) => row['name']), ['operation', 'service'], 'the transaction was rolled back');
    assert.equal(pragma(db, 'application_id'), 0);
    db.close();
  });

  it('set aside twice within a ms would not lose the first', () => {
    put('first');
    const aside = setAside(path, new Date(0));
    assert.equal(readFileSync(aside, 'latin1'), 'first');
    assert.ok(!existsSync(path));
  });
});

describe('schema', () => {
  it('fileState tells ours, empty, newer and foreign', async () => {
    const { DatabaseSync } = (await loadSqlite())!;
    const rows: readonly (readonly [string, string, string, number?])[] = [
      ['nothing', '', 'empty'],
      ['ours', `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`, 'ours', 1],
      ['ours, older', `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 0`, 'ours', 0],
      ['newer', `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 99`, 'newer', 99],
      ['tables', 'CREATE TABLE a (b)', 'foreign'],
      ['a version only', 'PRAGMA user_version = 1', 'foreign'],
      ['another id', 'PRAGMA application_id = 5', 'foreign'],
    ];
    for (const [what, sql, kind, version] of rows) {
      const db = new DatabaseSync(':memory:');
      db.exec(sql);
      assert.deepEqual(fileState(db, APPLICATION_ID, VERSION), version === undefined ? { kind } : { kind, version }, what);
      db.close();
    }
  });

  it('pragma answers 0 for what is no number or does not exist', async () => {
    const db = new (await loadSqlite())!.DatabaseSync(':memory:');
    assert.deepEqual([pragma(db, 'journal_mode'), pragma(db, 'no_such_pragma'), pragma(db, 'page_size') > 0], [0, 0, true]);
    db.close();
  });

  it('the id of the pins file is not that of the traces', () => {
    assert.notEqual(PINS_APPLICATION_ID, APPLICATION_ID);
    assert.equal(pinsFile('/x').path, '/x');
  });

  it('a version 0 of ours, as a setup cut off leaves it, is finished', async () => {
    const directory = await temporaryDirectory();
    const sqlite = (await loadSqlite())!;
    const path = join(directory.path, 'a.db');
    const db = new sqlite.DatabaseSync(path);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    db.close();
    const result = openDatabase(sqlite, traceFile(path), HOW);
    assert.ok(result.kind === 'open');
    assert.equal(pragma(result.db, 'user_version'), VERSION);
    assert.equal(result.db.prepare('SELECT count(*) AS n FROM trace').get()?.['n'], 0);
    result.db.close();
    await directory.remove();
  });
});
