// Pairs of services out of what servers list, and one entry a pair.
import assert from 'node:assert/strict';
import { BackendError } from '../../../../src/engine/backends/backend.ts';
import { dependenciesOf, summedUp } from '../../../../src/engine/listing/dependencies.ts';
import { listedBackend } from '../../../../src/engine/listing/listedBackend.ts';
import { fakeSource, NOW_MS } from './fakeSource.ts';

const signal = new AbortController().signal;

describe('engine/listing/dependencies', () => {
  it('reads numbers and text, and leaves out what names nobody or was never called', () => {
    const list = [{ parent: 'a', child: 'b', callCount: 3, errorCount: 1 }, { parent: 'a', child: 'c', callCount: '7' }, { parent: '', child: 'b', callCount: 1 }, { parent: 'a', callCount: 1 }, { parent: 'a', child: 'd', callCount: 0 }, null, 'x'];
    assert.deepEqual(dependenciesOf(list), [{ parent: 'a', child: 'b', calls: 3, errors: 1 }, { parent: 'a', child: 'c', calls: 7 }]);
    for (const none of [undefined, null, {}, 'x']) assert.deepEqual(dependenciesOf(none), []);
  });

  it('sums up a pair that is listed more than once, most calls first, then by name', () => {
    const of = (parent: string, child: string, calls: number, errors?: number): { parent: string; child: string; calls: number; errors?: number } => ({ parent, child, calls, ...(errors === undefined ? {} : { errors }) });
    assert.deepEqual(summedUp([of('a', 'b', 1), of('z', 'y', 2), of('a', 'b', 4, 2), of('c', 'd', 2), of('a b', '', 1), of('a', 'b ', 1)]).slice(0, 3), [of('a', 'b', 5, 2), of('c', 'd', 2), of('z', 'y', 2)]);
  });

  it('a system that cannot say is told from one that has none', async () => {
    const options = { now: () => NOW_MS, slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }), lookbackNs: 1n, received: () => 0 };
    const window = { startNs: 1n, endNs: 2n };
    await assert.rejects(listedBackend({ ...options, source: fakeSource([]) }).dependencies!(window, signal), (error: unknown) => error instanceof BackendError && error.kind === 'unsupported');
    const asked: unknown[] = [];
    const source = { ...fakeSource([]), dependencies: async (given: unknown) => (asked.push(given), []) };
    assert.deepEqual(await listedBackend({ ...options, source }).dependencies!(window, signal), []);
    assert.deepEqual(asked, [window]);
  });
});
