// Addresses of traces: there and back, labels for the eye, hostile names and addresses.
import assert from 'node:assert/strict';
import { assert as check, property, string } from 'fast-check';
import type { TraceKey } from '../../../src/protocol/messages.ts';
import { identityOf, rowIdOf, tabLabel, traceKeyOf, traceUriParts } from '../../../src/host/traceUri.ts';

const ID = '0af7651916cd43dd8448eb211c80319c';

describe('host/traceUri', () => {
  it('leads back to the trace for any connection, id, scope and name', () => {
    const nonEmpty = string({ minLength: 1, maxLength: 60, unit: 'grapheme' });
    check(
      property(nonEmpty, nonEmpty, nonEmpty, string({ unit: 'binary', maxLength: 200 }), (connection, traceId, scope, name) => {
        const key: TraceKey = { connection: `x${connection}`, traceId, startUnixNano: '1790000000000000000', scope };
        assert.deepEqual(traceKeyOf(traceUriParts(key, name)), key);
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it('leads back to ids that are not hexadecimal, and to the project they are in', () => {
    for (const traceId of ['1-5759e988-bd862e3fe1be46a994272793', 'run/2026-11-29', 'Grüße %2f #1', 'a?b&c=d', '日本']) {
      for (const scope of [undefined, 'projects/my-project', 'a|b&c=d#e', 'Grüße/%2f', '']) {
        const key: TraceKey = { connection: 'team-prod', traceId, startUnixNano: '1', endUnixNano: '2', ...(scope === undefined ? {} : { scope }) };
        const parts = traceUriParts(key, 'GET /');
        assert.deepEqual(traceKeyOf(parts), key);
        assert.equal(parts.path.split('/').length, 4);
      }
    }
  });

  it('tells rows apart by scope, where there is one', () => {
    const rows = [{ connection: 'c', traceId: 'a' }, { connection: 'c', traceId: 'a', scope: 'p' }, { connection: 'c', traceId: 'a', scope: 'q' }].map(rowIdOf);
    assert.deepEqual(rows, ['a', 'a@p', 'a@q']);
  });

  it('names a trace of the collector by its id alone, so that pins and lists open one tab', () => {
    const short = traceUriParts({ connection: 'collector', traceId: ID }, 'GET /');
    assert.deepEqual(traceUriParts({ connection: 'collector', traceId: ID, startUnixNano: '5', endUnixNano: '9' }, 'GET /'), short);
    assert.equal(short.query, '');
  });

  it('never lets a name add a segment', () => {
    for (const name of ['a/b/c', '../../etc/passwd', '/', '//host/share', 'a\\b', '..', '.', '...', 'x?y#z', '%2f%2e', '\u202e/x']) {
      const { path } = traceUriParts({ connection: 'collector', traceId: ID }, name);
      assert.equal(path.split('/').length, 4, path);
      assert.ok(!/\/\.{1,2}$/.test(path), path);
      assert.equal(traceKeyOf({ scheme: 'tracefall', path, query: '' })?.traceId, ID);
    }
  });

  it('labels a tab as the root is named', () => {
    assert.equal(tabLabel('POST /chat', ID), 'POST ∕chat');
    assert.equal(tabLabel('  ', ID), 'trace 0af76519…');
    assert.equal(tabLabel('a\u202eb', ID), String.raw`a∖u202eb`);
    assert.ok(tabLabel('x'.repeat(5000), ID).length <= 61);
  });

  it('refuses addresses that name no trace', () => {
    for (const path of ['', '/', '/collector', '/collector/', '//', '/collector/%zz/x', '/%/a/b', `/collector/${'a'.repeat(2000)}/x`]) assert.equal(traceKeyOf({ scheme: 'tracefall', path, query: '' }), undefined, path);
    assert.equal(traceKeyOf({ scheme: 'file', path: `/collector/${ID}/x`, query: '' }), undefined);
  });

  it('ignores times in the query that are no numbers', () => {
    assert.deepEqual(traceKeyOf({ scheme: 'tracefall', path: '/team/abc/x', query: 'start=1;drop&end=-4' }), { connection: 'team', traceId: 'abc' });
  });

  it('gives one identity to one trace, whatever its label', () => {
    assert.equal(identityOf({ connection: 'c', traceId: ID, startUnixNano: '1' }), identityOf({ connection: 'c', traceId: ID }));
    assert.notEqual(identityOf({ connection: 'c', traceId: ID }), identityOf({ connection: 'd', traceId: ID }));
  });
});
