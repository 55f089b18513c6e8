// Why a trace was slow, over a backend: who is compared, that memory and thread are given back, that it can be cancelled.
import assert from 'node:assert/strict';
import { BackendError } from '../../../src/engine/backends/backend.ts';
import { COHORT, explainTrace } from '../../../src/engine/explainTrace.ts';
import type { SpanBatch } from '../../../src/model/spanBatch.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import { BASE, batchOf } from '../../support/batches.ts';
import { fakeBackend } from './fakeBackend.ts';

const NEVER = new AbortController().signal;
const MS = 1_000_000;
const idOf = (n: number): string => (n + 1).toString(16).padStart(32, '0');

/** A request with one step that reads rows; the slow one reads many. */
function request(n: number, slow: boolean): SpanBatch {
  const trace = idOf(n);
  const at = BASE + BigInt(n) * 1_000_000_000n;
  const work = BigInt(((slow ? 900 : 50) + (n % 7)) * MS);
  return batchOf([
    { id: 'a', trace, name: 'GET /orders', service: 'shop', start: at, end: at + work + 10_000_000n, kind: 2 },
    { id: 'b', trace, parent: 'a', name: 'load rows', service: 'shop', start: at + 5_000_000n, end: at + 5_000_000n + work, attributes: { rows: slow ? 9000n : 20n } },
  ]);
}

function shop(normal: number): { traces: Map<string, SpanBatch[]>; slow: string; order: string[] } {
  const traces = new Map<string, SpanBatch[]>();
  for (let n = 0; n < normal; n++) traces.set(idOf(n), [request(n, false)]);
  const slow = idOf(normal);
  traces.set(slow, [request(normal, true)]);
  return { traces, slow, order: [...traces.keys()].toReversed() };
}

describe('explainTrace', () => {
  it('names the step and what is unusual about it', async () => {
    const { traces, slow, order } = shop(30);
    const backend = fakeBackend(traces, order);
    const report = await explainTrace(buildTrace(slow, [{ batch: traces.get(slow)![0]! }]), backend, NEVER);
    assert.equal(report.cohort, 30);
    assert.ok(!backend.asked.includes(slow), 'not compared with itself');
    const [finding] = report.findings;
    assert.deepEqual([finding?.name, finding?.attribute, finding?.value, finding?.usual], ['load rows', 'rows', '9000', '20']);
    assert.ok(Number(finding?.deltaNs) > 800 * MS);
  });

  it(`looks at ${COHORT} others at most`, async () => {
    const { traces, slow, order } = shop(COHORT + 30);
    const report = await explainTrace(buildTrace(slow, [{ batch: traces.get(slow)![0]! }]), fakeBackend(traces, order), NEVER);
    assert.equal(report.cohort, COHORT);
    const older = await explainTrace(buildTrace(slow, [{ batch: traces.get(slow)![0]! }]), fakeBackend(traces, order.slice(1)), NEVER);
    assert.equal(older.cohort, COHORT, 'also when it is not among the latest itself');
  });

  it('says nothing about too few', async () => {
    const { traces, slow, order } = shop(19);
    const report = await explainTrace(buildTrace(slow, [{ batch: traces.get(slow)![0]! }]), fakeBackend(traces, order), NEVER);
    assert.deepEqual([report.cohort, report.findings], [19, []]);
  });

  it('a trace that is gone meanwhile is left out; any other failure is told', async () => {
    const { traces, slow, order } = shop(30);
    const trace = buildTrace(slow, [{ batch: traces.get(slow)![0]! }]);
    assert.equal((await explainTrace(trace, fakeBackend(traces, [...order, idOf(999)]), NEVER)).cohort, 30);
    const broken = { ...fakeBackend(traces, order), trace: () => Promise.reject(new BackendError('network', 'The line is down.')) };
    await assert.rejects(explainTrace(trace, broken, NEVER), (error) => error instanceof BackendError && error.kind === 'network');
  });

  it('gives others a turn between traces, and stops when told', async () => {
    const { traces, slow, order } = shop(60);
    const backend = fakeBackend(traces, order);
    const stop = new AbortController();
    const explaining = explainTrace(buildTrace(slow, [{ batch: traces.get(slow)![0]! }]), backend, stop.signal);
    setImmediate(() => setImmediate(() => stop.abort()));
    await assert.rejects(explaining, (error) => error instanceof BackendError && error.kind === 'aborted');
    assert.ok(backend.asked.length < 20, `${backend.asked.length} were read after it was cancelled`);
  });
});
