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

  it('believes what is there over what is missing', () => {
    assert.ok(weightOf('error.type', unusual(Number.NaN, Number.NaN, { value: 'overloaded', view: 'present' })) > weightOf('effort', unusual(Number.NaN, Number.NaN, { value: undefined, view: 'missing' })));
  });

  it('knows a measured time with its unit', () => {
    const rounded = Array.from({ length: 20 }, (_, i) => ({ durationNs: (1.1 + i / 10) * 1e9, number: Math.round(1.1 + i / 10) * 1e9 }));
    assert.ok(restatesTime('took', unusual(9e9, 2e9, { value: '9s', usual: '2s' }), { durationNs: 9.3e9, number: 9e9 }, rounded, 1e9));
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

  const spread = Array.from({ length: 40 }, (_, i) => (0.08 + 0.002 * i) * 1e9);
  const made: readonly [string, string, number, number, (ns: number) => number][] = [
    ['a time rounded to hundredths', 't', 1.73, 0.12, (ns) => Math.round(ns / 1e7) / 100],
    ['a time rounded to whole seconds, by its key', 'durationSeconds', 2, 0, (ns) => Math.round(ns / 1e9)],
    ['a rate', 'tokens_per_second', 100 / 1.73, 100 / 0.12, (ns) => 1e11 / ns],
    ['a price by the second', 'cost', 1.73 * 0.0031, 0.12 * 0.0031, (ns) => (ns / 1e9) * 0.0031],
  ];
  for (const [what, key, number, usual, of] of made) {
    it(`knows ${what}`, () => {
      const following = spread.map((durationNs) => ({ durationNs, number: of(durationNs) }));
      assert.ok(restatesTime(key, unusual(number, usual), { durationNs: 1.73e9, number }, following, 1.61e9));
    });
  }

  it('knows a rate that fell as the time grew, and leaves one alone that was set', () => {
    const rates = spread.map((durationNs, i) => ({ durationNs, number: ((90 + (i % 3) * 10) * 1e9) / durationNs }));
    const slow = { durationNs: 1.2e9, number: 83 };
    assert.ok(restatesTime('bytes.throughput', unusual(83, 840), slow, rates, 1.1e9));
    assert.ok(!restatesTime('rate.limit', unusual(83, 840), slow, rates, 1.1e9));
    assert.ok(!restatesTime('bytes.wanted', unusual(83, 840), slow, rates, 1.1e9));
    assert.ok(!restatesTime('sample.rate', unusual(300, 840), slow, rates, 1.1e9));
  });

  it('leaves amounts alone that go with time no more closely than amounts do', () => {
    const rows = spread.map((durationNs, i) => ({ durationNs, number: Math.round((durationNs / 1e6) * (i % 2 === 0 ? 1.1 : 0.9)) }));
    assert.ok(!restatesTime('rows', unusual(2900, 120), { durationNs: 1.73e9, number: 2900 }, rows, 1.61e9));
    const retries = spread.map((durationNs) => ({ durationNs, number: 0 }));
    assert.ok(!restatesTime('retries', unusual(2, 0), { durationNs: 1.73e9, number: 2 }, retries, 1.61e9));
    const same = Array.from({ length: 40 }, () => ({ durationNs: 0.1e9, number: 20 }));
    assert.ok(!restatesTime('rows', unusual(360, 20), { durationNs: 1.8e9, number: 360 }, same, 1.7e9));
  });

  const words: readonly [string, string | undefined, boolean][] = [
    ['slo.breached', 'true', true],
    ['is_slow', 'true', true],
    ['latency.bucket', 'slow', true],
    ['latency.bucket', '>1s', true],
    ['duration.class', 'gt1s', true],
    ['sla.tier', 'bronze', false],
    ['cache.hit', 'false', false],
    ['wait.mode', 'poll', false],
  ];
  for (const [key, value, expected] of words) {
    it(`${expected ? 'takes' : 'does not take'} ${key} ${value} for a word for the time`, () => {
      const word = unusual(Number.NaN, Number.NaN, { view: 'value', value });
      assert.equal(restatesTime(key, word, { durationNs: 2e9, number: Number.NaN }, [], 1.9e9), expected);
    });
  }
});
