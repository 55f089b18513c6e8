import assert from 'node:assert/strict';
import { summaryToJson } from '../../../src/model/summary.ts';
import { summaryOf } from '../../../src/model/traceSummary.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import { BASE, batchOf, TRACE_ID } from '../../support/batches.ts';

describe('summaryOf', () => {
  it('says what a list shows', () => {
    const trace = buildTrace(
      TRACE_ID,
      [
        {
          batch: batchOf([
            { id: '2', parent: '1', start: 10, end: 40, name: 'query', service: 'db', error: true },
            { id: '1', start: 0, end: 30, name: 'GET /', service: 'web' },
            { id: '3', parent: 'dead', start: 5, end: 6, name: 'lost', service: 'web' },
            { id: '3', parent: 'dead', start: 5, end: 6, name: 'lost', service: 'web' },
          ]),
        },
      ],
      { rejected: 1 },
    );
    assert.deepEqual(summaryToJson(summaryOf(trace)), {
      traceId: TRACE_ID,
      rootService: 'web',
      rootName: 'GET /',
      startUnixNano: String(BASE),
      durationNs: '40',
      spans: 3,
      errors: 1,
      orphans: 1,
      roots: 1,
      maxDepth: 2,
      services: ['web', 'db'],
      duplicates: 1,
      rejected: 1,
      warnings: ['1 span names a parent that was not received.', '1 span was sent again and is shown once.', '1 span could not be read.'],
    });
    assert.equal(summaryOf(trace).provisional, false);
  });

  it('counts the spans that had not ended', () => {
    const of = (...ends: readonly (bigint | number)[]): number | undefined => summaryOf(buildTrace(TRACE_ID, [{ batch: batchOf(ends.map((end, k) => ({ id: String(k + 1), ...(k === 0 ? {} : { parent: '1' }), start: k, end }))) }])).unfinished;
    assert.deepEqual([of(0n), of(9, 0n, 0n), of(9, 8)], [1, 2, undefined]);
  });

  it('says nothing of an empty trace', () => {
    const { rootName, rootService, spans, maxDepth, startUnixNano } = summaryOf(buildTrace('', []));
    assert.deepEqual([rootName, rootService, spans, maxDepth, startUnixNano], ['', '', 0, 0, 0n]);
  });
});
