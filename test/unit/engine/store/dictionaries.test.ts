// The dictionaries a writer keeps: messages, operations, services. What is remembered must be what the table holds.
import assert from 'node:assert/strict';
import { MessageDictionary, USED_SLACK } from '../../../../src/engine/store/messageDictionary.ts';
import { OperationTable, ServiceTable } from '../../../../src/engine/store/nameTables.ts';
import { exactNeedle, partNeedle, serviceListText, serviceNames } from '../../../../src/engine/store/serviceList.ts';
import { traceFile } from '../../../../src/engine/store/schema.ts';
import { loadSqlite, transaction, type Database } from '../../../../src/engine/store/sqlite.ts';

const body = (text: string): Uint8Array => Buffer.from(text);

describe('dictionaries of the store', () => {
  let db: Database;
  beforeEach(async () => {
    db = new (await loadSqlite())!.DatabaseSync(':memory:');
    traceFile(':memory:').prepare(db, { kind: 'empty' });
  });
  afterEach(() => db.close());
  const all = (sql: string): unknown[][] => db.prepare(sql).all().map((row) => Object.values(row));

  describe('messageDictionary', () => {
    it('gives the same content the same id, and other content another one', () => {
      const messages = new MessageDictionary(db);
      const [a, b, again, empty] = [messages.idOf(body('a'), 1), messages.idOf(body('b'), 1), messages.idOf(body('a'), 2), messages.idOf(body(''), 2)];
      assert.equal(a, again);
      assert.equal(new Set([a, b, empty]).size, 3);
      assert.deepEqual(all('SELECT CAST(body AS TEXT), used FROM message ORDER BY id'), [['a', 1], ['b', 1], ['', 2]]);
    });

    it('finds what an earlier run stored', () => {
      const id = new MessageDictionary(db).idOf(body('a'), 1);
      assert.equal(new MessageDictionary(db).idOf(body('a'), 2), id);
      assert.equal(all('SELECT id FROM message').length, 1);
    });

    it('is never remembered as unused by more than the slack', () => {
      const messages = new MessageDictionary(db);
      messages.idOf(body('a'), 10);
      const used = (): unknown => all('SELECT used FROM message')[0]![0];
      messages.idOf(body('a'), 10 + USED_SLACK - 1);
      assert.equal(used(), 10);
      messages.idOf(body('a'), 10 + USED_SLACK);
      assert.equal(used(), 10 + USED_SLACK);
      new MessageDictionary(db).idOf(body('a'), 10 + 3 * USED_SLACK);
      assert.equal(used(), 10 + 3 * USED_SLACK);
    });

    it('after a rollback an id that was never stored is not given again', () => {
      const messages = new MessageDictionary(db);
      assert.throws(() => transaction(db, () => {
        messages.idOf(body('lost'), 1);
        throw new Error('full');
      }), /full/);
      messages.forget();
      const id = messages.idOf(body('lost'), 1);
      assert.deepEqual(all('SELECT id, CAST(body AS TEXT) FROM message'), [[id, 'lost']]);
    });

    it('remembers only so many, and still knows all of them', () => {
      const messages = new MessageDictionary(db);
      const ids = transaction(db, () => Array.from({ length: 9_000 }, (_, k) => messages.idOf(body(`m${k}`), 1)));
      assert.equal(new Set(ids).size, 9_000);
      for (const k of [0, 4_000, 8_191, 8_192, 8_999]) assert.equal(messages.idOf(body(`m${k}`), 1), ids[k]);
      assert.equal(all('SELECT count(*) FROM message')[0]![0], 9_000);
    });
  });

  describe('operationTable', () => {
    it('is by service and name together: no pair stands for another', () => {
      const operations = new OperationTable(db);
      const pairs: readonly (readonly [string, string])[] = [['a', 'bc'], ['ab', 'c'], ['', 'abc'], ['abc', ''], ['', ''], ['2:a', 'b'], ['a\n', 'b'], ['a', '\nb'], ['1:a', 'bc']];
      const ids = pairs.map(([service, name]) => operations.idOf(service, name));
      assert.equal(new Set(ids).size, pairs.length);
      assert.deepEqual(pairs.map(([service, name]) => new OperationTable(db).idOf(service, name)), ids);
    });

    it('is searched in lower case, beyond ASCII too', () => {
      new OperationTable(db).idOf('Shop', 'GET /ÜBER/İ');
      assert.equal(all('SELECT search FROM operation')[0]![0], 'GET /ÜBER/İ'.toLowerCase());
    });

    it('remembers only so many, and still knows all of them; forgets when told', () => {
      const operations = new OperationTable(db);
      const ids = transaction(db, () => Array.from({ length: 9_000 }, (_, k) => operations.idOf('s', `op ${k}`)));
      for (const k of [0, 8_191, 8_192, 8_999]) assert.equal(operations.idOf('s', `op ${k}`), ids[k]);
      db.exec('DELETE FROM operation');
      operations.forget();
      const id = operations.idOf('s', 'op 8999');
      assert.deepEqual(all('SELECT id, name FROM operation'), [[id, 'op 8999']]);
    });
  });

  describe('serviceTable', () => {
    it('is seen once a while, and its last use never goes back', () => {
      const services = new ServiceTable(db);
      const used = (): unknown[][] => all('SELECT name, used FROM service ORDER BY name');
      services.see('shop', 5);
      services.see('auth', 6);
      services.see('shop', 5 + USED_SLACK - 1);
      assert.deepEqual(used(), [['auth', 6], ['shop', 5]]);
      services.see('shop', 5 + USED_SLACK);
      assert.deepEqual(used(), [['auth', 6], ['shop', 5 + USED_SLACK]]);
      const other = new ServiceTable(db);
      other.see('shop', 1);
      assert.deepEqual(used(), [['auth', 6], ['shop', 5 + USED_SLACK]]);
    });

    it('comes back when it was forgotten and is seen again', () => {
      const services = new ServiceTable(db);
      services.see('shop', 1);
      db.exec('DELETE FROM service');
      services.see('shop', 2);
      assert.equal(all('SELECT * FROM service').length, 0, 'remembered');
      services.forget();
      services.see('shop', 3);
      assert.deepEqual(all('SELECT name, used FROM service'), [['shop', 3]]);
    });

    it('remembers only so many', () => {
      const services = new ServiceTable(db);
      transaction(db, () => {
        for (let k = 0; k < 8_200; k++) services.see(`s${k}`, 1);
      });
      services.see('s0', 2);
      assert.deepEqual(all("SELECT used FROM service WHERE name = 's0'"), [[2]], 'forgotten, so written');
      assert.equal(all('SELECT count(*) FROM service')[0]![0], 8_200);
    });
  });
});

describe('serviceList, damaged or odd', () => {
  it('a text that was damaged on disk still gives names', () => {
    const rows: readonly (readonly [string, readonly string[]])[] = [
      ['', []],
      ['\n\n', ['']],
      ['\na\n', ['a']],
      ['\na\\q\nb\n', ['a\\q', 'b']],
      ['\n\\\n', ['\\']],
      ['\n\\u12\nok\n', ['\\u12', 'ok']],
      ['\n"\\n"\n', ['"\\n"']],
    ];
    for (const [text, names] of rows) assert.deepEqual(serviceNames(text), names, JSON.stringify(text));
  });

  it('a name that is part of another is not that name', () => {
    const text = serviceListText(['shop-cart', 'shop', 'a\nshop2\nb']);
    for (const [name, there] of [['shop', true], ['shop-cart', true], ['cart', false], ['shop2', false], ['a', false], ['a\nshop2\nb', true], ['', false]] as const) {
      assert.equal(text.includes(exactNeedle(name)), there, JSON.stringify(name));
    }
    assert.ok(serviceListText(['']).includes(exactNeedle('')));
    assert.ok(text.includes(partNeedle('cart')));
  });
});
