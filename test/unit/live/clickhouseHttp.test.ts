// The part of our ClickHouse stand-in that is not ClickHouse: what it makes of a request before the engine sees it.
import assert from 'node:assert/strict';
import { contentTypeOf, errorStatus, formatOf, hasSecondStatement, isRowFormat, isSelect, quoted, settingsOf } from '../../live/servers/clickhouseHttp.ts';

describe('ClickHouse shim: requests', () => {
  it('tells settings, parameters and the rest apart', () => {
    const query = new URLSearchParams('query=SELECT+1&database=d&max_execution_time=10&param_tid=a%27b&wait_end_of_query=1&query_id=x');
    assert.deepEqual(settingsOf(query, undefined), { settings: [['max_execution_time', '10']], parameters: [['tid', "a'b"]], database: 'd' });
    assert.equal(settingsOf(query, 'header').database, 'header');
  });

  it('takes no SQL for the name of a setting', () => {
    assert.throws(() => settingsOf(new URLSearchParams({ 'max_threads = 1, readonly': '0' }), undefined), { clickhouseCode: 115 });
  });

  for (const [value, literal] of [['a', "'a'"], ["a'b", "'a\\'b'"], ['a\\', "'a\\\\'"], ["\\'", "'\\\\\\''"]] as const) {
    it(`quotes ${value}`, () => assert.equal(quoted(value), literal));
  }

  for (const [sql, second] of [
    ['SELECT 1', false],
    ['SELECT 1;', false],
    ['SELECT 1;  \n', false],
    ['SELECT 1; SELECT 2', true],
    ["SELECT ';x'", false],
    ["SELECT 'a\\';b'", false],
    ["SELECT 'a'';b'", false],
    ['SELECT `a;b` -- c;d', false],
    ['SELECT 1; -- nothing', false],
    ["SELECT '' ; DROP TABLE t --'", true],
    ['INSERT INTO t FORMAT JSONEachRow {"a":"x; y"}', false],
  ] as const) {
    it(`${second ? 'sees a' : 'sees no'} second statement in ${sql.trim()}`, () => assert.equal(hasSecondStatement(sql), second));
  }

  for (const [sql, select] of [['SELECT 1', true], ['  -- why\n select 1', true], ['WITH 1 AS a SELECT a', true], ['(SELECT 1)', true], ['INSERT INTO t SELECT 1', false], ['SHOW TABLES', false]] as const) {
    it(`${JSON.stringify(sql)} is ${select ? 'a' : 'no'} select`, () => assert.equal(isSelect(sql), select));
  }

  for (const { sql, fallback, format, type, rows } of [
    { sql: 'SELECT 1', fallback: 'TabSeparated', format: 'TabSeparated', type: 'text/tab-separated-values; charset=UTF-8', rows: true },
    { sql: 'SELECT 1 FORMAT JSON', fallback: 'TabSeparated', format: 'JSON', type: 'application/json; charset=UTF-8', rows: false },
    { sql: 'SELECT 1 format JSONEachRow;', fallback: 'JSON', format: 'JSONEachRow', type: 'application/x-ndjson; charset=UTF-8', rows: true },
    { sql: 'SELECT 1', fallback: 'JSONCompactEachRow', format: 'JSONCompactEachRow', type: 'application/x-ndjson; charset=UTF-8', rows: true },
    { sql: "SELECT 'FORMAT JSON'", fallback: 'CSV', format: 'CSV', type: 'text/csv; charset=UTF-8; header=absent', rows: true },
    { sql: 'SELECT 1 FORMAT Vertical', fallback: 'CSV', format: 'Vertical', type: 'text/plain; charset=UTF-8', rows: false },
  ]) {
    it(`${sql} by default ${fallback} is ${format}`, () => {
      assert.equal(formatOf(sql, fallback), format);
      assert.equal(contentTypeOf(format), type);
      assert.equal(isRowFormat(format), rows);
    });
  }

  for (const [code, status] of [[60, 404], [62, 400], [115, 404], [159, 408], [164, 500], [194, 401], [241, 500], [307, 500], [516, 403]] as const) {
    it(`Code ${code} is ${status}`, () => assert.equal(errorStatus(code), status));
  }
});
