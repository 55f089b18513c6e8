// Closing in on traces that cannot be answered: bounded requests, everything else shown, and what could not be read told in full.
import assert from 'node:assert/strict';
import type { TimeWindow } from '../../../../../src/engine/backends/backend.ts';
import { UnwritableTraces } from '../../../../../src/engine/backends/jaeger/api.ts';
import { around, isolatePoison, ISOLATION_REQUESTS, poisonedIds, unreadNote } from '../../../../../src/engine/backends/jaeger/poison.ts';
import { recordedText } from '../../../../support/formatFixtures.ts';

const HOUR: TimeWindow = { startNs: 0n, endNs: 3_600_000_000_000n };

/** A trace every second of an hour; `bad`: seconds whose trace breaks the answer. */
async function isolate(bad: readonly number[]): Promise<{ shown: Set<number>; unread: readonly TimeWindow[]; requests: number }> {
  let requests = 1;
  const { answers, unread } = await isolatePoison(HOUR, async ({ startNs, endNs }) => {
    requests++;
    const within = (second: number): boolean => BigInt(second) * 1_000_000_000n >= startNs && BigInt(second) * 1_000_000_000n < endNs;
    if (bad.some(within)) throw new UnwritableTraces('server', 'NaN');
    return Array.from({ length: 3600 }, (_, second) => second).filter(within);
  });
  return { shown: new Set(answers.flat()), unread, requests };
}

describe('engine/backends/jaeger/poison', () => {
  for (const [what, bad, mostLost] of [
    ['the newest', [3599], 15],
    ['the oldest', [0], 15],
    ['one in the middle', [1234], 15],
    ['two beside each other', [2000, 2003], 30],
    ['two far apart', [300, 3000], 1000],
    ['many', Array.from({ length: 60 }, (_, k) => k * 60), 3600],
  ] as const) {
    it(`${what}: at most ${ISOLATION_REQUESTS} requests, nothing lost untold`, async () => {
      const { shown, unread, requests } = await isolate(bad);
      assert.ok(requests <= ISOLATION_REQUESTS, `${requests} requests`);
      assert.ok(3600 - shown.size <= mostLost, `${3600 - shown.size} not shown`);
      for (let second = 0; second < 3600; second++) {
        const at = BigInt(second) * 1_000_000_000n;
        assert.equal(unread.some(({ startNs, endNs }) => at >= startNs && at < endNs), !shown.has(second), `second ${second}`);
      }
      unread.slice(1).forEach((older, k) => assert.ok(older.endNs < unread[k]!.startNs, 'newest first, joined'));
    });
  }

  it('another failure ends it', async () => {
    await assert.rejects(isolatePoison(HOUR, async () => Promise.reject(new Error('down'))), /down/);
  });

  it('goes around what is known', () => {
    const window = (startNs: bigint, endNs: bigint): TimeWindow => ({ startNs, endNs });
    assert.deepEqual(around(window(0n, 100n), []), [window(0n, 100n)]);
    assert.deepEqual(around(window(0n, 100n), [window(40n, 50n), window(10n, 20n)]), [window(50n, 100n), window(20n, 40n), window(0n, 10n)]);
    assert.deepEqual(around(window(0n, 100n), [window(200n, 300n), window(-9n, 0n)]), [window(0n, 100n)]);
    assert.deepEqual(around(window(0n, 100n), [window(-5n, 101n)]), []);
    assert.deepEqual(around(window(0n, 100n), [window(90n, 120n)]), [window(0n, 90n)]);
  });

  it('names the traces in an answer of v3', () => {
    assert.deepEqual(poisonedIds(JSON.parse(recordedText('jaeger-poisoned/v3-trace.body'))), ['5b8efff798038103d269b633813fc60c']);
    assert.deepEqual(poisonedIds(JSON.parse(recordedText('jaeger-v3/trace.body'))), []);
    assert.deepEqual(poisonedIds({ result: { resourceSpans: [5, { scopeSpans: [{ spans: ['x'] }] }] } }), []);
  });

  it('says when', () => assert.match(unreadNote({ startNs: 0n, endNs: 1_000_000_000n }), /between 1970-01-01T00:00:00.000Z and 1970-01-01T00:00:01.000Z/));
});
