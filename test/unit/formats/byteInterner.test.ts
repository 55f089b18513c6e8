import assert from 'node:assert/strict';
import { ByteInterner } from '../../../src/formats/byteInterner.ts';
import { cpuMs } from '../../support/cpuTime.ts';

const bytesOf = (...texts: string[]): Uint8Array => new TextEncoder().encode(texts.join(''));

describe('ByteInterner', () => {
  it('gives equal ranges one number and others the next', () => {
    const interner = new ByteInterner(bytesOf('GET /', 'POST', 'GET /', 'GET'));
    assert.equal(interner.intern(0, 5), 0);
    assert.equal(interner.intern(5, 4), 1);
    assert.equal(interner.intern(9, 5), 0);
    assert.equal(interner.intern(14, 3), 2, 'a prefix is another name');
    assert.equal(interner.intern(0, 0), 3);
    assert.equal(interner.intern(7, 0), 3, 'empty is empty everywhere');
    assert.equal(interner.count, 4);
    assert.deepEqual([interner.offsetOf(1), interner.lengthOf(1)], [5, 4]);
  });

  it('agrees with a map of texts while it grows', () => {
    const texts = Array.from({ length: 5000 }, (_, k) => `name ${k % 1700}`.padEnd(12));
    const interner = new ByteInterner(bytesOf(...texts));
    const known = new Map<string, number>();
    texts.forEach((text, k) => {
      const number = interner.intern(12 * k, 12);
      if (known.has(text)) assert.equal(number, known.get(text));
      else assert.equal(number, known.size);
      known.set(text, number);
    });
    assert.equal(interner.count, 1700);
  });

  it('stays fast when every content is new', () => {
    const n = 200_000;
    const bytes = new Uint8Array(new Uint32Array(n).map((_, k) => k).buffer);
    const interner = new ByteInterner(bytes);
    const started = cpuMs();
    for (let k = 0; k < n; k++) interner.intern(4 * k, 4);
    assert.ok(cpuMs() - started < 2000);
    assert.ok(interner.count >= n);
  });
});
