// Rows out of Tempo's search answers: recorded ones, and what older versions and traces still arriving leave out.
import assert from 'node:assert/strict';
import { rowOfHit, unsearched } from '../../../../../src/engine/backends/tempo/searchHits.ts';
import { recordedText } from '../../../../support/formatFixtures.ts';

describe('engine/backends/tempo/searchHits', () => {
  it('a recorded answer', () => {
    const { traces } = JSON.parse(recordedText('tempo/search-errors.body')) as { traces: unknown[] };
    const rows = traces.map(rowOfHit);
    assert.deepEqual(rows.map((row) => row?.summary.traceId), ['4bf92f3577b34da6a3ce929d0e0e4736', '7f3a9c0d5e2b48116a90c4d2f1e8b735']);
    const { summary, ref, unknown } = rows[0]!;
    assert.deepEqual([summary.rootService, summary.rootName, summary.durationNs, summary.spans, summary.errors, unknown], ['api-gateway', 'POST /chat', 8_961_000_000n, 14, 1, undefined]);
    assert.deepEqual(summary.services.toSorted(), ['analytics', 'api-gateway', 'auth', 'orchestrator']);
    assert.deepEqual(ref, { traceId: summary.traceId, startUnixNano: '1795221079000000000', endUnixNano: '1795221087962000000' });
  });

  const hit = (more: object): ReturnType<typeof rowOfHit> => rowOfHit({ traceID: '6', rootServiceName: 's', rootTraceName: 'n', startTimeUnixNano: '1795221079000000000', serviceStats: { s: { spanCount: 1 } }, ...more });
  it('leading zeros come back', () => assert.equal(hit({})?.ref.traceId, '00000000000000000000000000000006'));
  it('below a millisecond the duration is left out', () => assert.equal(hit({})?.summary.durationNs, 0n));
  it('a root that has not arrived is not known', () => {
    const row = hit({ rootServiceName: '<root span not yet received>', rootTraceName: undefined });
    assert.deepEqual([row?.unknown, row?.summary.rootService, row?.summary.rootName], [['root'], '', '']);
  });
  it('before 2.5 there are no statistics; spans that matched still tell', () => {
    const spans = [{ attributes: [{ key: 'status', value: { stringValue: 'error' } }, { key: 'service.name', value: { stringValue: 'db' } }] }];
    const row = hit({ serviceStats: undefined, spanSets: [{ spans, matched: 1 }] });
    assert.deepEqual([row?.unknown, row?.summary.errors, row?.summary.services], [['spans', 'errors', 'services'], 1, ['db']]);
  });
  for (const [what, odd] of [['no object', 7], ['no id', { startTimeUnixNano: '1' }], ['no hex', { traceID: 'xyz', startTimeUnixNano: '1' }], ['no start', { traceID: '6' }], ['a negative start', { traceID: '6', startTimeUnixNano: '-1' }]] as const) {
    it(`${what} is no row`, () => assert.equal(rowOfHit(odd), undefined));
  }
  it('services named like parts of an object are services', () => {
    const row = rowOfHit(JSON.parse('{"traceID":"6","startTimeUnixNano":"1","serviceStats":{"__proto__":{"spanCount":2},"constructor":{"spanCount":3},"x":7}}'));
    assert.deepEqual([row?.summary.services, row?.summary.spans], [['__proto__', 'constructor'], 5]);
  });
  it('a search that ended early says so', () => {
    assert.equal(unsearched({ metrics: { completedJobs: 3, totalJobs: 3 } }), undefined);
    assert.match(unsearched({ metrics: { completedJobs: 2, totalJobs: 5 } })!, /2 of 5 parts/);
    assert.equal(unsearched({}), undefined);
  });
});
