import assert from 'node:assert/strict';
import { featureOf } from '../../../src/analysis/attributeFeatures.ts';
import { strengthOf, unusualValue } from '../../../src/analysis/attributeStats.ts';
import type { AttributeValue } from '../../../src/model/attributes.ts';
import { Random } from '../../support/pipelines.ts';

const MISSING = Symbol('missing');
type Value = AttributeValue | typeof MISSING;

const feature = (value: Value) => (value === MISSING ? undefined : featureOf(value));

function judge(target: Value, normal: readonly Value[], slow: readonly Value[] = []) {
  return unusualValue(feature(target), { normal: normal.map(feature), slow: slow.map(feature) });
}

const many = (n: number, make: (random: Random, i: number) => Value, seed = 5): Value[] => {
  const random = new Random(seed);
  return Array.from({ length: n }, (_, i) => make(random, i));
};

describe('unusual values', () => {
  const found: readonly [string, Value, Value[], string | undefined, string | undefined][] = [
    ['a count far above', 500, many(100, (r) => r.int(18, 22)), '500', '20'],
    ['a count far above, as text', '500', many(100, (r) => String(r.int(18, 22))), '500', '20'],
    ['a number where all others are equal', 7, many(60, () => 0), '7', '0'],
    ['a number far below', 1, many(100, (r) => r.int(14, 18)), '1', '16'],
    ['a size with its unit', '220 MB', many(60, (r) => `${r.int(1, 9)} MB`), '220 MB', '5 MB'],
    ['a size in a larger unit', '2 GB', many(60, (r) => `${r.int(500, 900)} MB`), '2 GB', undefined],
    ['nothing left where there always was some', '0', many(60, (r) => String(r.int(20, 500))), '0', undefined],
    ['a flag', true, many(50, () => false), 'true', 'false'],
    ['a name never met', 'ap-south-2', many(80, (r) => r.pick(['eu', 'us'])), 'ap-south-2', undefined],
    ['a status code never met', 504, many(80, () => 200), '504', '200'],
    ['a missing attribute', MISSING, many(80, () => 'route_day'), undefined, 'route_day'],
    ['an attribute usually missing', 'timeout', many(80, () => MISSING), 'timeout', undefined],
    ['an empty filter where each filter is another', '{}', many(80, (_, i) => `{"product":"p${i}"}`), '{}', undefined],
    ['an empty text where each is another', '', many(80, (_, i) => `tenant ${i}`), '', undefined],
    ['a longer list', many(200, (_, i) => `d${i}`) as AttributeValue, many(60, (r) => Array.from({ length: r.int(8, 10) }, () => r.hex(4))), '200 items', '9 items'],
    ['a list of one other word', ['length'], many(60, () => ['stop']), 'length', 'stop'],
  ];
  for (const [name, target, normal, value, usual] of found) {
    it(`finds ${name}`, () => {
      const unusual = judge(target, normal);
      assert.ok(unusual !== undefined, 'nothing found');
      assert.equal(unusual.value, value);
      if (usual !== undefined) assert.equal(unusual.usual, usual);
    });
  }

  const silent: readonly [string, (r: Random, i: number) => Value][] = [
    ['ids', (r) => r.hex(32)],
    ['numeric ids', (r) => r.int(1, 1e9)],
    ['ports', (r) => r.int(32768, 60999)],
    ['clock times', (r) => new Date(1_790_000_000_000 + r.int(0, 1e9)).toISOString()],
    ['epoch times', (_, i) => 1_790_000_000_000 + i * 1500],
    ['a counter', (_, i) => i],
    ['free text', (r) => r.words(r.int(2, 30))],
    ['urls with ids', (r) => `https://h/v1/items/${r.int(1, 1e7)}`],
    ['pods', (r) => `pod-${r.int(0, 4)}`],
    ['thread ids', (r) => r.int(1, 64)],
    ['sizes over orders of magnitude', (r) => Math.round(r.around(1e5, 1))],
    ['an attribute that is there half of the time', (r) => (r.chance(0.5) ? 'x' : MISSING)],
    ['a constant', () => 'go'],
    ['counts of at least one', (r) => r.int(1, 9)],
    ['times with a unit', (r) => `${r.int(100, 900)}ms`],
    ['small counts', (r) => r.int(0, 4)],
  ];
  for (const [name, make] of silent) {
    it(`is silent about ${name}`, () => {
      let alarms = 0;
      for (let seed = 1; seed <= 150; seed++) {
        const values = many(101, make, seed);
        const target = values[seed % 101]!;
        if (judge(target, values.filter((_, i) => i !== seed % 101)) !== undefined) alarms++;
      }
      assert.ok(alarms <= 3, `${alarms} of 150`);
    });
  }

  it('says nothing of a handful of samples', () => {
    assert.equal(judge(500, [20, 20, 20, 20, 20]), undefined);
  });

  it('believes a value more when the other slow traces share it, and less when they do not', () => {
    const normal = many(100, () => 'fast');
    const alone = judge('slow', normal)!.strength;
    const shared = judge('slow', normal, many(5, () => 'slow'))!.strength;
    const disowned = judge('slow', normal, many(5, () => 'fast'))!.strength;
    assert.ok(shared > alone && alone > disowned);
  });

  it('does not take a common value for rare because slow traces have it too', () => {
    const normal = many(100, (_, i) => (i % 5 === 0 ? 'pro' : 'free'));
    assert.equal(judge('pro', normal, many(8, () => 'pro')), undefined);
  });

  it('allows one exception in a hundred, more where other slow traces agree', () => {
    assert.notEqual(strengthOf(1, 200, 0, 0), undefined);
    assert.equal(strengthOf(4, 200, 0, 0), undefined);
    assert.notEqual(strengthOf(4, 200, 3, 3), undefined);
    assert.equal(strengthOf(60, 200, 9, 9), undefined);
  });
});

describe('texts by chance', () => {
  it('an id without a letter is an id', () => {
    assert.equal(judge('40731952', many(60, (r) => `a${r.hex(7)}`)), undefined);
  });

  it('of many words one comes up sooner that had not been met than of two', () => {
    const words = 'en de fr ja es nl pt'.split(' ');
    const [few, several] = [2, 7].map((n) => judge('it', many(60, (_, i) => words[i % n]!))?.strength ?? 0);
    assert.ok(few! > several! + 0.2, `${few} ${several}`);
    assert.equal(judge('it', many(74, (_, i) => words[i % 7]!), ['en', 'de']), undefined, 'two other slow ones do not have it');
    assert.equal(judge('it', many(74, (_, i) => words[i % 2]!))?.value, 'it');
  });
});

describe('texts that all spans of a trace share', () => {
  const hosts = Array.from({ length: 30 }, (_, i) => featureOf(`host-${i}`)).flatMap((host) => [host, host]);
  const traces = hosts.map((_, i) => i >> 1);

  it('are as new as the trace is: two spans each are no two meetings', () => {
    assert.equal(unusualValue(featureOf('host-new'), { normal: hosts, slow: [], traces }), undefined);
  });

  it('are unusual where traces share them too', () => {
    const two = hosts.map((_, i) => featureOf(i % 4 < 2 ? 'host-a' : 'host-b'));
    assert.equal(unusualValue(featureOf('host-new'), { normal: two, slow: [], traces })?.value, 'host-new');
  });
});
