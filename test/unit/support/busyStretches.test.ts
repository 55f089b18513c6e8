import assert from 'node:assert/strict';
import { busyStretches } from '../../support/busyStretches.ts';

const node = (id: number, functionName: string, url = ''): { id: number; callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number; scriptId: string } } => ({ id, callFrame: { functionName, url, lineNumber: 6, columnNumber: 0, scriptId: '1' } });
const nodes = [node(1, '(idle)'), node(2, 'write', 'node:zlib'), node(3, '', 'file:///dist/extension.cjs'), node(4, '(program)')];

describe('support/busyStretches', () => {
  it('the longest first, each with what it did; a rest ends one', () => {
    const samples = [1, 2, 2, 3, 1, 1, 3, 1];
    const timeDeltas = [0, 500, 2000, 3000, 1000, 500, 500, 4000];
    assert.deepEqual(busyStretches({ nodes, startTime: 0, endTime: 1, samples, timeDeltas }), [
      { ms: 6, did: [{ what: 'write node:zlib:7', ms: 5 }, { what: '(anonymous) extension.cjs:7', ms: 1 }] },
      { ms: 4, did: [{ what: '(anonymous) extension.cjs:7', ms: 4 }] },
    ]);
  });

  it('no more than asked for; nothing of nothing', () => {
    assert.deepEqual(busyStretches({ nodes, startTime: 0, endTime: 1, samples: [2, 1, 4, 1, 4], timeDeltas: [0, 1000, 1000, 3000, 1000] }, 1), [{ ms: 3, did: [{ what: '(program)', ms: 3 }] }]);
    assert.deepEqual(busyStretches({ nodes, startTime: 0, endTime: 1 }), []);
    assert.deepEqual(busyStretches({ nodes, startTime: 0, endTime: 1, samples: [1, 1], timeDeltas: [0, 5] }), []);
  });
});
