/** Tests of the height measurement: does it find in the pixels what the phantom knows? */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Random, row, type Tensor, tensor } from "@countergrade/countergrade";
import { measureHeightLoss } from "../../../../plugins/datasets/vertebra/measure.ts";
import { openVertebra } from "../../../../plugins/datasets/vertebra/dataset.ts";
import { render } from "../../../../plugins/datasets/vertebra/render.ts";
import type { DrawnMeasures } from "../../../../plugins/datasets/vertebra/drawn_measures.ts";

const phantom = openVertebra({ seed: 1 });
const SIZE = 64;

/** Measures the first `count` test phantoms after `change`; how well does it agree with the truth? */
async function agreement(count: number, change: (image: Float32Array, i: number) => Float32Array) {
  const indices = Array.from({ length: count }, (_, i) => i);
  const { images } = await phantom.get("test", indices);
  const measured = indices.map((i) => {
    const { found, heightLoss } = measureHeightLoss(asImage(change(row(images, i).data, i)));
    assert(found, `phantom ${i} was not found`);
    return heightLoss;
  });
  const truth = indices.map((i) => phantom.drawn("test", i).heightLoss);
  const error = measured.reduce((sum, h, i) => sum + Math.abs(h - truth[i]), 0) / count;
  return { rho: spearman(measured, truth), error };
}

Deno.test("measured and true height loss agree on 500 phantoms", async () => {
  const { rho, error } = await agreement(500, (image) => image);
  assert(rho >= 0.995, `Spearman correlation ${rho}`);
  assert(error <= 0.01, `mean absolute error ${error}`);
});

Deno.test("a blurred image measures nearly as well", async () => {
  const { rho, error } = await agreement(200, boxBlurred);
  assert(rho >= 0.99, `Spearman correlation ${rho}`);
  assert(error <= 0.015, `mean absolute error ${error}`);
});

Deno.test("a noisy image measures nearly as well", async () => {
  const noise = new Random("noise");
  const { rho, error } = await agreement(
    200,
    (image, i) => {
      const drawn = noise.fork(i).normals(image.length);
      return image.map((value, at) => value + 0.03 * drawn[at]);
    },
  );
  assert(rho >= 0.99, `Spearman correlation ${rho}`);
  assert(error <= 0.015, `mean absolute error ${error}`);
});

Deno.test("pose, curvature and exposure hardly move the measured loss", () => {
  const base = phantom.drawn("test", 2);
  const { pose, exposure } = base;
  const changed: DrawnMeasures[] = [
    { ...base, pose: { ...pose, x: 24, y: 35 } },
    { ...base, pose: { ...pose, x: 30, y: 29 } },
    { ...base, pose: { ...pose, rotation: -6 } },
    { ...base, pose: { ...pose, rotation: 6 } },
    { ...base, pose: { ...pose, scale: 0.92 } },
    { ...base, pose: { ...pose, scale: 1.08 } },
    { ...base, curvature: -5 },
    { ...base, curvature: 3 },
    { ...base, exposure: { ...exposure, gain: 0.9, gamma: 1.2 } },
  ];
  for (const truth of changed) {
    const { heightLoss } = measureHeightLoss(asImage(render(truth, new Random(3))));
    assertAlmostEquals(heightLoss, base.heightLoss, 0.02);
  }
});

Deno.test("the measured loss rises with the true one, beyond the graded range too", () => {
  const base = phantom.drawn("test", 0);
  let before = -Infinity;
  for (let heightLoss = -0.1; heightLoss < 0.62; heightLoss += 0.05) {
    const measured = measureHeightLoss(asImage(render({ ...base, heightLoss }, new Random(4))));
    assertAlmostEquals(measured.heightLoss, heightLoss, 0.03);
    assert(measured.heightLoss > before);
    before = measured.heightLoss;
  }
});

Deno.test("heights come in image pixels", async () => {
  const { images } = await phantom.get("test", [1, 2, 3]);
  for (const [n, i] of [1, 2, 3].entries()) {
    const truth = phantom.drawn("test", i);
    const measured = measureHeightLoss(row(images, n));
    assertAlmostEquals(measured.anterior, truth.anterior, 0.6);
    assertAlmostEquals(measured.middle, truth.middle, 1);
    assertAlmostEquals(measured.posterior, truth.posterior, 0.6);
  }
});

Deno.test("where there is no vertebra none is found", () => {
  const noise = new Random(5).normals(SIZE * SIZE);
  const ramp = Float32Array.from({ length: SIZE * SIZE }, (_, i) => (i % SIZE) / 32 - 1);
  for (
    const data of [
      new Float32Array(SIZE * SIZE),
      new Float32Array(SIZE * SIZE).fill(NaN),
      ramp,
      noise.map((value) => 0.1 * value),
    ]
  ) {
    const { found, heightLoss } = measureHeightLoss(asImage(data));
    assertEquals([found, heightLoss], [false, NaN]);
  }
});

Deno.test("measuring leaves the image alone and refuses other shapes", async () => {
  const { images } = await phantom.get("val", [1, 2]);
  const image = row(images, 0);
  const copy = image.data.slice();
  measureHeightLoss(image);
  assertEquals(image.data, copy);
  assertThrows(() => measureHeightLoss(images), TypeError, "current shape is [2, 1, 64, 64]");
});

function asImage(data: Float32Array): Tensor {
  return tensor([1, 1, SIZE, SIZE], data);
}

function boxBlurred(image: Float32Array): Float32Array {
  const inside = (v: number) => Math.min(SIZE - 1, Math.max(0, v));
  return image.map((_, at) => {
    const [x, y] = [at % SIZE, Math.floor(at / SIZE)];
    let sum = 0;
    for (const dy of [-1, 0, 1]) {
      for (const dx of [-1, 0, 1]) sum += image[inside(y + dy) * SIZE + inside(x + dx)];
    }
    return sum / 9;
  });
}

/** Rank correlation without ties: 1 − 6 Σd² / (n³ − n). */
function spearman(a: readonly number[], b: readonly number[]): number {
  const [ra, rb] = [ranks(a), ranks(b)];
  const n = a.length;
  return 1 - 6 * ra.reduce((sum, rank, i) => sum + (rank - rb[i]) ** 2, 0) / (n ** 3 - n);
}

function ranks(values: readonly number[]): number[] {
  const out: number[] = [];
  values.map((_, i) => i).sort((i, j) => values[i] - values[j]).forEach((i, rank) => out[i] = rank);
  return out;
}

Deno.test("tilt and level come as drawn, and a wedge alone changes neither", () => {
  const phantom = openVertebra({ seed: 1 });
  const off = { tilt: 0, level: 0 };
  const moved = { tilt: 0, level: 0 };
  const images = 24;
  for (let index = 0; index < images; index++) {
    const drawn = phantom.drawn("val", index);
    const plain = measureHeightLoss(phantom.counterfactual("val", index, 0.05));
    const broken = measureHeightLoss(phantom.counterfactual("val", index, 0.4));
    off.tilt += Math.abs(plain.tilt - drawn.pose.rotation) / images;
    off.level += Math.abs(plain.level - drawn.pose.y) / images;
    moved.tilt += Math.abs(broken.tilt - plain.tilt) / images;
    moved.level += Math.abs(broken.level - plain.level) / images;
  }
  // The posterior height lies half a depth behind the place that was drawn: tilted, it is higher or lower.
  assert(off.tilt < 0.2 && off.level < 1.1, JSON.stringify(off));
  assert(moved.tilt < 0.15 && moved.level < 0.08, JSON.stringify(moved));
});
