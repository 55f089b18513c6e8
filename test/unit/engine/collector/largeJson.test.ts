// A JSON request of 43 MB to a collector with its store on disk: how long it holds the thread that everybody shares, and what comes of it.
import assert from 'node:assert/strict';
import { RECENT, runCollector, type RunningCollector } from '../../../support/collectorFixture.ts';

/** The engine gives way every 50 ms; five times that on a busy machine. */
const MOST_MS = 5 * 50;
const TRACES = 10;
const SPANS = 70_000;

const span = (k: number): string => `{"traceId":"${(1 + (k % TRACES)).toString(16).padStart(32, 'a')}","spanId":"${(k + 1).toString(16).padStart(16, '0')}","name":"op ${k % 50}","kind":2,"startTimeUnixNano":"${1_795_221_079_000_000_000n + BigInt(k)}","endTimeUnixNano":"${1_795_221_080_000_000_000n + BigInt(k)}","attributes":[{"key":"url.full","value":{"stringValue":"https://shop.example/${k}?${'x'.repeat(300)}"}},{"key":"http.response.status_code","value":{"intValue":"200"}}]}`;

function body(spans: readonly string[]): Buffer {
  return Buffer.from(`{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"large"}}]},"scopeSpans":[{"scope":{"name":"s"},"spans":[\n${spans.join(',\n')}\n]}]}]}`);
}

/** The longest that this thread works between two turns of the event loop: processor time, so that a busy machine is not taken for a held-up thread. */
async function longestTurn<T>(work: () => Promise<T>): Promise<readonly [result: T, ms: number]> {
  const cpuMs = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let worst = 0;
  let at = cpuMs();
  let done = false;
  const turn = (): void => {
    const now = cpuMs();
    worst = Math.max(worst, now - at);
    at = now;
    if (!done) setImmediate(turn);
  };
  setImmediate(turn);
  const result = await work();
  done = true;
  return [result, worst];
}

describe('a JSON request of 43 MB', function () {
  this.timeout(60_000);
  let running: RunningCollector;
  let spans: string[];

  before(async () => {
    running = await runCollector();
    spans = Array.from({ length: SPANS }, (_, k) => span(k));
  });
  after(() => running?.stop());

  const send = (bytes: Buffer): Promise<Response> => running.post(bytes, { 'content-type': 'application/json' });

  it('is refused with the place of its fault, and holds nobody up', async () => {
    const broken = body([...spans.slice(0, -1), spans.at(-1)!.replace('"kind":2', '"kind":x')]);
    const [response, ms] = await longestTurn(() => send(broken));
    assert.equal(response.status, 400);
    assert.match(await response.text(), new RegExp(`Not valid JSON at line ${SPANS + 1}, column 97: a value was expected`));
    assert.ok(ms <= MOST_MS, `${ms.toFixed(0)} ms`);
    assert.equal(running.collector.store!.list(RECENT).total, 0, 'nothing of it was stored');
  });

  it('is stored whole, and holds nobody up', async () => {
    const bytes = body(spans);
    assert.ok(bytes.length > 40e6, `${bytes.length}`);
    const [response, ms] = await longestTurn(() => send(bytes));
    assert.deepEqual([response.status, await response.text()], [200, '{}']);
    assert.ok(ms <= MOST_MS, `${ms.toFixed(0)} ms`);
    const { traces } = running.collector.store!.list(RECENT);
    assert.deepEqual([traces.length, traces.reduce((sum, { summary }) => sum + summary.spans, 0)], [TRACES, SPANS]);
  });
});
