import assert from 'node:assert/strict';
import { madSigma, median, quantile, sorted, upperSigma, usualOf } from '../../../src/analysis/robust.ts';
import { Random } from '../../support/pipelines.ts';

const lognormal = (n: number, middle: number, sigma: number, seed: number): number[] => {
  const random = new Random(seed);
  return Array.from({ length: n }, () => random.around(middle, sigma));
};

describe('robust statistics', () => {
  it('names a value that was measured, the lower of two middles', () => {
    assert.equal(median(sorted([4, 1, 3, 2])), 2);
    assert.equal(median(sorted([3, 1, 2])), 2);
    assert.equal(quantile(sorted([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), 0.9), 9);
    assert.equal(quantile(sorted([7]), 0), 7);
    assert.ok(Number.isNaN(median(sorted([]))));
  });

  it('measures spread without being moved by a few far values', () => {
    const values = lognormal(400, 0, 0, 1).map((_, i) => 100 + (i % 21) - 10);
    const clean = madSigma(sorted(values));
    assert.ok(Math.abs(madSigma(sorted([...values, 1e9, 1e9, 1e9])) - clean) <= 2);
    assert.equal(madSigma(sorted([5, 5, 5, 5])), 0);
    assert.ok(upperSigma(sorted([0, 0, 0, 0, 0, 0, 0, 0, 10, 10])) > 5);
  });
});

describe('usualOf', () => {
  const NORMAL = 1e9;

  for (const sigma of [0.02, 0.12, 0.4, 0.8]) {
    it(`hardly ever finds a normal value unusual (spread ${sigma})`, () => {
      let unusual = 0;
      for (let seed = 1; seed <= 200; seed++) {
        const values = lognormal(101, NORMAL, sigma, seed);
        if (values[0]! > usualOf(values.slice(1), 0.4, 1.2).limit) unusual++;
      }
      assert.ok(unusual <= 2, `${unusual} of 200`);
    });
  }

  for (const share of [0.01, 0.05, 0.15, 0.25, 0.33]) {
    it(`finds a five times longer value unusual when ${100 * share} % are like it`, () => {
      for (let seed = 1; seed <= 20; seed++) {
        const slow = Math.round(120 * share);
        const values = [...lognormal(120 - slow, NORMAL, 0.15, seed), ...lognormal(slow, 5 * NORMAL, 0.15, seed + 500)];
        const { limit, values: usual } = usualOf(values, 0.4, 1.2);
        assert.ok(limit < 3 * NORMAL, `limit ${limit} for seed ${seed}`);
        assert.ok(Math.abs(1 - usual.length / 120 - slow / 120) < 0.02 || share < 0.02);
      }
    });
  }

  it('takes a second way to work that a third of the traces go for usual', () => {
    const values = [...lognormal(80, NORMAL, 0.05, 3), ...lognormal(40, 1.8 * NORMAL, 0.05, 4)];
    assert.ok(usualOf(values, 0.4, 1.2).limit > 1.8 * NORMAL);
  });

  it('stays defined for equal, zero and single values', () => {
    assert.ok(usualOf([7, 7, 7, 7], 0.4, 1.2).limit >= 7 * 1.2 - 1e-9);
    assert.ok(Number.isFinite(usualOf([0, 0, 0], 0.4, 1.2).limit));
    assert.ok(usualOf([5], 0.4, 1.2).limit >= 6 - 1e-9);
  });

  it('is doubtful earlier than it is sure', () => {
    const { limit, doubtful } = usualOf(lognormal(200, NORMAL, 0.5, 9), 0.4, 1.2);
    assert.ok(doubtful < limit && doubtful > 1.3 * NORMAL * 0.9);
  });
});
