// Waits that overlap, follow each other and are given up: what is waited for now, and how much of a time was waited. Simulated time.
import assert from 'node:assert/strict';
import { Waits } from '../../../../src/engine/network/waits.ts';

describe('engine/network/waits', () => {
  let now = 0;
  let changes = 0;
  beforeEach(() => {
    now = 1000;
    changes = 0;
  });
  const made = (): Waits => new Waits(() => now, () => changes++);

  it('says what is waited for: what goes on first', () => {
    const waits = made();
    assert.equal(waits.now, undefined);
    const slow = waits.hold('a quota', 60_000);
    const quick = waits.hold('the server', 5_000);
    assert.deepEqual(waits.now, { why: 'the server', untilMs: 6_000 });
    quick();
    assert.deepEqual(waits.now, { why: 'a quota', untilMs: 61_000 });
    slow();
    slow();
    assert.deepEqual([waits.now, changes], [undefined, 4], 'ended once');
  });

  it('a wait too short for a word is counted, and not told of', () => {
    const waits = made();
    const end = waits.hold('a broken connection', 999);
    now = 1500;
    assert.deepEqual([waits.now, changes, waits.heldSince(0)], [undefined, 0, 500]);
    end();
    assert.equal(changes, 0);
  });

  it('counts time in which anything waited once, and only since when it is asked', () => {
    const waits = made();
    const first = waits.hold('x', 10);
    now = 2000;
    const second = waits.hold('y', 10);
    now = 3000;
    first();
    now = 4000;
    second();
    now = 5000;
    const third = waits.hold('z', 10);
    now = 6000;
    assert.deepEqual([waits.heldSince(0), waits.heldSince(1000), waits.heldSince(2500), waits.heldSince(4500), waits.heldSince(5500), waits.heldSince(6000)], [4000, 4000, 2500, 1000, 500, 0]);
    third();
    now = 9000;
    assert.equal(waits.heldSince(0), 4000);
  });

  it('a wait inside a longer one adds nothing', () => {
    const waits = made();
    const outer = waits.hold('outer', 10);
    now = 2000;
    waits.hold('inner', 10)();
    now = 3000;
    waits.hold('inner', 10)();
    now = 4000;
    outer();
    assert.equal(waits.heldSince(0), 3000);
  });

  it('does not grow for ever', () => {
    const waits = made();
    for (let k = 0; k < 10_000; k++) {
      const end = waits.hold('x', 1);
      now += 1;
      end();
    }
    assert.equal(waits.heldSince(0), 200);
  });
});
