// Addresses as somebody typed them, with a password in them or not.
import assert from 'node:assert/strict';
import { withoutCredentials } from '../../../src/protocol/typedAddress.ts';

describe('protocol/typedAddress', () => {
  for (const [typed, shown] of [
    ['https://me:hunter2@host.test:9200/x', 'https://host.test:9200/x'],
    ['me:hunter2@host:9200', 'host:9200'],
    [' me:hunter2@ho st:9200', 'ho st:9200'],
    ['http://me:hunt/er2@host:99999', 'http://host:99999'],
    ['http://me:hunt@er?2#@host', 'http://host'],
    ['HTTP://me:hunter2@host', 'HTTP://host'],
    ['me:hun\nter2@host', 'host'],
    ['me:hunter2://x@host', 'host'],
    ['http://host.test/path?a=b', 'http://host.test/path?a=b'],
    ['localhost:16686', 'localhost:16686'],
    ['', ''],
  ] as const) {
    it(`${JSON.stringify(typed)} is ${JSON.stringify(shown)} in a sentence`, () => assert.equal(withoutCredentials(typed), shown));
  }
});
