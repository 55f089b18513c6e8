import assert from 'node:assert/strict';
import { nameTemplate, operationOf, rowsByOperation } from '../../../src/analysis/spanMatching.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import { batchOf, TRACE_ID } from '../../support/batches.ts';

describe('span matching', () => {
  for (const [name, template] of [
    ['GET /users/8812', 'GET /users/#'],
    ['job 0f3c1d9a', 'job #'],
    ['open 4bf92f35-77b3-4da6-a3ce-929d0e0e4736 now', 'open # now'],
    ['assemble_context', 'assemble_context'],
    ['deadbeef', 'deadbeef'],
    ['', ''],
  ] as const) {
    it(`takes ids out of “${name}”`, () => assert.equal(nameTemplate(name), template));
  }

  it('groups rows by service and name, in row order', () => {
    const trace = buildTrace(TRACE_ID, [
      {
        batch: batchOf([
          { id: '1', name: 'root', service: 'a', end: 100 },
          { id: '2', parent: '1', name: 'x', service: 'a', start: 10, end: 20 },
          { id: '3', parent: '1', name: 'x', service: 'b', start: 30, end: 40 },
          { id: '4', parent: '1', name: 'x', service: 'a', start: 50, end: 60 },
        ]),
      },
    ]);
    const rows = rowsByOperation(trace);
    assert.deepEqual([...rows.values()], [[0], [1, 3], [2]]);
    for (const [key, members] of rows) for (const row of members) assert.equal(operationOf(trace, row), key);
  });
});
