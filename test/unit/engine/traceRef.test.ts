// A key without its connection: nothing of what finds a trace is lost, nothing is made up.
import assert from 'node:assert/strict';
import { refOf } from '../../../src/engine/traceRef.ts';

it('engine/traceRef: what a backend needs, and no more', () => {
  assert.deepEqual(refOf({ connection: 'c', traceId: 'a' }), { traceId: 'a' });
  const ref = { traceId: 'a', startUnixNano: '1', endUnixNano: '2', scope: 's', within: true };
  assert.deepEqual(refOf({ connection: 'c', ...ref }), ref);
});
