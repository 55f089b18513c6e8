import assert from 'node:assert/strict';
import { runAtOnce, runInSlices, type Steps } from '../../../src/model/slices.ts';

function* count(to: number, seen: number[]): Steps<string> {
  for (let k = 0; k < to; k++) {
    seen.push(k);
    yield;
  }
  return 'done';
}

describe('work in slices', () => {
  it('runs at once', () => {
    const seen: number[] = [];
    assert.equal(runAtOnce(count(3, seen)), 'done');
    assert.deepEqual(seen, [0, 1, 2]);
  });

  it('pauses only when its time is used up', async () => {
    let pauses = 0;
    const pause = (): Promise<void> => {
      pauses++;
      return Promise.resolve();
    };
    assert.equal(await runInSlices(count(5, []), { pause, budgetMs: 0 }), 'done');
    assert.equal(pauses, 5);
    await runInSlices(count(5, []), { pause, budgetMs: 60_000 });
    assert.equal(pauses, 5);
  });

  it('lets others run in the pauses', async () => {
    const seen: number[] = [];
    const work = runInSlices(count(3, seen), { pause: () => new Promise((resolve) => setImmediate(resolve)), budgetMs: 0 });
    await Promise.resolve();
    seen.push(-1);
    await work;
    assert.deepEqual(seen, [0, -1, 1, 2]);
  });

  it('stops where it is when aborted, with the reason', async () => {
    const seen: number[] = [];
    const abort = new AbortController();
    const pause = (): Promise<void> => {
      if (seen.length === 2) abort.abort(new Error('Closed.'));
      return Promise.resolve();
    };
    await assert.rejects(runInSlices(count(9, seen), { pause, budgetMs: 0, signal: abort.signal }), /^Error: Closed\.$/);
    assert.deepEqual(seen, [0, 1]);
  });

  it('passes on what the work throws', async () => {
    function* broken(): Steps<void> {
      yield;
      throw new RangeError('broken');
    }
    assert.throws(() => runAtOnce(broken()), RangeError);
    await assert.rejects(runInSlices(broken(), { pause: () => Promise.resolve(), budgetMs: 0 }), RangeError);
  });
});
