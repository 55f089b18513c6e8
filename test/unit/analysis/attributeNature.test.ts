import assert from 'node:assert/strict';
import { isOutcome, restatesTime, weightOf } from '../../../src/analysis/attributeNature.ts';
import type { Unusual } from '../../../src/analysis/attributeStats.ts';

const unusual = (number: number, usualNumber: number, more: Partial<Unusual> = {}): Unusual => ({
  strength: 2,
  value: String(number),
  usual: String(usualNumber),
  view: 'number',
  number,
  usualNumber,
  ...more,
});

describe('the nature of an attribute', () => {
  const weights: readonly [string, string, string][] = [
    ['a name over its pid', 'k8s.pod.name', 'process.pid'],
    ['a version over an id', 'service.version', 'service.instance.id'],
    ['what was asked for over what came out', 'rows.asked', 'rows.returned'],
    ['a setting over a measured time', 'lock.timeout.ms', 'lock.wait.ms'],
  ];
  for (const [what, better, worse] of weights) {
    it(`believes ${what}`, () => assert.ok(weightOf(better, unusual(9, 1)) > weightOf(worse, unusual(9, 1))));
  }

  it('believes opaque values less, and lengths of texts least', () => {
    const key = 'build';
    assert.ok(weightOf(key, unusual(Number.NaN, 0, { value: 'blue', view: 'value' })) > weightOf(key, unusual(Number.NaN, 0, { value: '0f3c1d9a5b7e2c46', view: 'value' })));
    assert.ok(weightOf(key, unusual(9000, 100, { value: '9000 characters', view: 'size' })) <= -0.5);
  });

  it('reads words however a key is written', () => {
    assert.ok(isOutcome('http.response.body.size') && isOutcome('httpResponseSize') && isOutcome('HTTP_RESPONSE') && !isOutcome('http.request.size'));
  });

  const normal = Array.from({ length: 20 }, (_, i) => ({ durationNs: (50 + i) * 1e6, number: 20 }));

  it('knows a measured time by its key and growth, in any unit', () => {
    assert.ok(restatesTime('db.duration', unusual(2.15, 0.05), { durationNs: 2.2e9, number: 2.15 }, normal, 2.1e9));
    assert.ok(restatesTime('latency_ms', unusual(2150, 50), { durationNs: 2.2e9, number: 2150 }, normal, 2.1e9));
    assert.ok(restatesTime('timeToFirstTokenMs', unusual(1100, 90), { durationNs: 2.2e9, number: 1100 }, normal, 2.1e9));
  });

  it('leaves settings, counts and growth of another size alone', () => {
    assert.ok(!restatesTime('lock.timeout.ms', unusual(2150, 50), { durationNs: 2.2e9, number: 2150 }, normal, 2.1e9));
    assert.ok(!restatesTime('documents', unusual(500, 20), { durationNs: 0.51e9, number: 500 }, normal, 0.48e9));
    assert.ok(!restatesTime('queue.wait.ms', unusual(9, 1), { durationNs: 2.2e9, number: 9 }, normal, 2.1e9));
  });

  it('knows a number that follows every duration closely, whatever its key', () => {
    const following = normal.map(({ durationNs }) => ({ durationNs, number: durationNs / 1e6 }));
    assert.ok(restatesTime('t', unusual(2200, 60), { durationNs: 2.2e9, number: 2200 }, following, 2.1e9));
    assert.ok(!restatesTime('t', unusual(2200, 60), { durationNs: 2.2e9, number: 2200 }, normal, 2.1e9));
  });
});
