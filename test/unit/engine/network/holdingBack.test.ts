// What holds a connection back: so many requests a minute, and a server that failed five times. Simulated time.
import assert from 'node:assert/strict';
import { BackendError } from '../../../../src/engine/backends/backend.ts';
import { Circuit } from '../../../../src/engine/network/circuit.ts';
import { RequestPace } from '../../../../src/engine/network/requestPace.ts';

describe('engine/network/requestPace', () => {
  it('no limit, no wait', () => {
    for (const limit of [undefined, 0, -3]) {
      const pace = new RequestPace(limit, () => 5);
      for (let k = 0; k < 1_000; k++) assert.equal(pace.take(), 5);
    }
  });

  it('never more than the limit in any minute, whoever comes when, and whoever gives up', () => {
    for (const limit of [1, 2, 30]) {
      let now = 1_000_000;
      let seed = 7;
      const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
      const pace = new RequestPace(limit, () => now);
      const went: number[] = [];
      for (let k = 0; k < 400; k++) {
        now += Math.floor(random() * (120_000 / limit));
        const place = pace.take();
        assert.ok(place >= now);
        if (place > now && random() < 0.3) pace.giveBack(place);
        else went.push(place);
      }
      went.sort((a, b) => a - b);
      for (let k = limit; k < went.length; k++) assert.ok(went[k]! - went[k - limit]! >= 60_000, `${limit}: ${went[k]! - went[k - limit]!} ms`);
      assert.equal(pace.sentence, limit === 1 ? '1 request a minute' : `${limit} requests a minute`);
    }
  });

  it('a place that was given back is taken by the next', () => {
    const pace = new RequestPace(1, () => 0);
    assert.equal(pace.take(), 0);
    assert.equal(pace.take(), 60_000);
    pace.giveBack(60_000);
    assert.equal(pace.take(), 60_000);
    assert.equal(pace.take(), 120_000);
  });
});

describe('engine/network/circuit', () => {
  const network = new BackendError('network', 'Nothing answers at http://a.test.');
  const open = (circuit: Circuit): string | undefined => {
    try {
      circuit.check();
      return undefined;
    } catch (error) {
      assert.ok(error instanceof BackendError && error.kind === (error.message.includes('the answer was') ? 'server' : 'network'));
      assert.ok(error.retryAfterMs !== undefined && error.retryAfterMs > 0);
      return error.message;
    }
  };

  it('opens after five failures in a row for 30 s, says why, and again after one more', () => {
    let now = 0;
    const circuit = new Circuit(() => now);
    for (let k = 0; k < 4; k++) circuit.threw(network);
    assert.equal(open(circuit), undefined);
    circuit.threw(new BackendError('timeout', 'http://a.test took too long to answer.'));
    assert.equal(open(circuit), 'It failed 5 times in a row and is asked again in 30 s; the last time: http://a.test took too long to answer.');
    now = 29_001;
    assert.match(open(circuit)!, /again in 1 s/);
    now = 30_000;
    assert.equal(open(circuit), undefined);
    circuit.answered(503);
    assert.match(open(circuit)!, /failed 6 times .* the answer was 503\./);
    now = 60_001;
    circuit.answered(200);
    for (let k = 0; k < 4; k++) circuit.threw(network);
    assert.equal(open(circuit), undefined);
  });

  it('a server that answers at all is there; what is not its fault does not count', () => {
    const circuit = new Circuit(() => 0);
    for (let k = 0; k < 20; k++) {
      for (const kind of ['aborted', 'auth', 'badData', 'tooLarge', 'unsupported'] as const) circuit.threw(new BackendError(kind, 'x'));
      circuit.threw(new TypeError('x'));
      circuit.answered(500);
      circuit.answered(429);
    }
    assert.equal(open(circuit), undefined);
    for (let k = 0; k < 4; k++) circuit.threw(network);
    circuit.answered(500);
    circuit.threw(network);
    assert.equal(open(circuit), undefined);
  });
});
