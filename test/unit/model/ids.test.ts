import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { hexOfWords, padHex, spanIdAt, traceIdAt } from '../../../src/model/ids.ts';
import { batchOf } from '../../support/batches.ts';

describe('ids', () => {
  it('are words and hex, both ways', () => {
    const batch = batchOf([{ id: '1' }, { id: '00f067aa0ba902b7', trace: '4bf92f3577b34da6a3ce929d0e0e4736' }]);
    assert.equal(spanIdAt(batch.spanId, 1), '00f067aa0ba902b7');
    assert.equal(traceIdAt(batch.traceId, 1), '4bf92f3577b34da6a3ce929d0e0e4736');
    assert.equal(spanIdAt(batch.spanId, 0), '0000000000000001');
    assert.equal(hexOfWords(Uint32Array.of(0xffff_ffff, 0), 0, 2), 'ffffffff00000000');
  });

  const padded: readonly [string, 16 | 32, string | undefined][] = [
    ['ABC', 16, '0000000000000abc'],
    ['00f067aa0ba902b7', 32, '000000000000000000f067aa0ba902b7'],
    ['4bf92f3577b34da6a3ce929d0e0e4736', 32, '4bf92f3577b34da6a3ce929d0e0e4736'],
    ['4bf92f3577b34da6a3ce929d0e0e4736', 16, undefined],
    ['', 16, undefined],
    ['0', 16, undefined],
    ['0'.repeat(32), 32, undefined],
    ['0x12', 16, undefined],
    ['12 ', 16, undefined],
    ['１２', 16, undefined],
  ];
  for (const [id, digits, expected] of padded) it(`padHex(${JSON.stringify(id)}, ${digits}) is ${expected}`, () => assert.equal(padHex(id, digits), expected));

  it('keep their value when padded', () => {
    fc.assert(fc.property(fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), (value) => assert.equal(BigInt(`0x${padHex(value.toString(16), 32)}`), value)));
  });
});
