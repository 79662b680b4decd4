// Share arithmetic: weights for a wanted percentage, against the contract's words tried out by
// brute force (the mock's own), and which percentages can be reached.
import assert from 'node:assert/strict';
import test from 'node:test';
import { sharedWeights } from '../mock/control.mjs';
import { source } from './support.mjs';

const share = await source('lib/share.ts');

test('two servers reach every whole percentage', () => {
  for (const [legacy, fresh] of [
    [[100], [100]],
    [[1], [1]],
    [[0], [0]],
    [[256], [3]],
  ]) {
    const reached = share.reachable(legacy, fresh);
    assert.equal(reached.length, 101, `${legacy} and ${fresh}`);
  }
  for (let p = 1; p < 100; ++p) {
    const got = share.weightsFor(p, [100], [100]);
    assert.ok(Math.abs(got.percent - p) < 1e-9, `${p}: ${got.percent}`);
    assert.ok(got.legacy[0] >= 1 && got.fresh[0] >= 1 && got.fresh[0] <= 256);
  }
});

test('weights are those of the contract, for sides of any shape', () => {
  const sides = [
    [[100], [100]],
    [[10, 10], [10]],
    [
      [3, 2],
      [1, 1, 1],
    ],
    [[100, 37], [50]],
    [[256], [255]],
    [[1], [256, 128]],
    [[0], [7]],
  ];
  for (const [legacy, fresh] of sides)
    for (const p of [0, 1, 2.5, 9, 10, 25, 33, 50, 66.6, 75, 99, 100]) {
      const got = share.weightsFor(p, legacy, fresh);
      assert.deepEqual([got.legacy, got.fresh], sharedWeights(p, legacy, fresh), `${p} ${legacy}`);
    }
});

test('a side keeps the proportions of its servers, and no weight exceeds 256', () => {
  for (let p = 1; p < 100; ++p) {
    const { legacy, fresh } = share.weightsFor(p, [30, 10], [20, 20, 40]);
    assert.equal(legacy[0], 3 * legacy[1]);
    assert.equal(fresh[2], 2 * fresh[0]);
    for (const w of [...legacy, ...fresh]) assert.ok(Number.isInteger(w) && w >= 1 && w <= 256);
  }
});

test('what coarse weights can’t reach is known, and the nearest is named', () => {
  const reached = share.reachable([251, 1], [1]);
  assert.ok(!reached.includes(70), reached.join());
  assert.ok(reached.includes(0) && reached.includes(100) && reached.includes(50));
  const got = share.weightsFor(70, [251, 1], [1]);
  assert.ok(Math.abs(got.percent - 70) > 0.5 && got.fresh[0] <= 256);
});

test('nothing and everything leave the other side as configured', () => {
  assert.deepEqual(share.weightsFor(0, [80, 20], [5]), {
    legacy: [80, 20],
    fresh: [0],
    percent: 0,
  });
  assert.deepEqual(share.weightsFor(100, [80], [5, 0]), {
    legacy: [0],
    fresh: [5, 1],
    percent: 100,
  });
  assert.equal(share.percentOf([0], [0]), 0);
});

test('typed percentages: what is one, and what is not', () => {
  const rows = { 25: 25, ' 25 % ': 25, '2,5': 2.5, 100: 100, 0: 0, 33.33: 33.3 };
  for (const [text, value] of Object.entries(rows))
    assert.equal(share.parsePercent(text), value, text);
  for (const text of ['', '-1', '101', '1e2', 'x', '25%%', '1000', '.5', '100.1', '٣'])
    assert.equal(share.parsePercent(text), null, text);
  assert.deepEqual([0, 1, 24, 25, 99, 100].map(share.nextStep), [1, 5, 25, 50, 100, null]);
});
