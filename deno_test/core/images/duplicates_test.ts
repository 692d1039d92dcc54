/** Images that occur twice, and images that only resemble each other. */

import { type Images, Random, tensor } from "@countergrade/countergrade";
import { DuplicateFinder } from "@countergrade/countergrade/images";
import { assert, assertEquals } from "@std/assert";

/** Smooth pictures, as photographs are: a few waves. */
function picture(seed: number, noise = 0, gain = 1): Images {
  const random = new Random(seed);
  const waves = Array.from(
    { length: 6 },
    () => [random.normal(), random.normal(), random.uniform()],
  );
  const grain = new Random(seed + 1e6);
  const data = Float32Array.from({ length: 32 * 32 }, (_, p) => {
    const [x, y] = [p % 32 / 32, Math.floor(p / 32) / 32];
    const sum = waves.reduce((s, [a, b, c]) => s + Math.sin(4 * (a * x + b * y) + 7 * c), 0);
    return gain * sum / 8 + noise * grain.normal();
  });
  return tensor([1, 1, 32, 32], data);
}

const pairsOf = (images: readonly Images[]) => {
  const finder = new DuplicateFinder();
  for (const image of images) finder.add(image);
  return finder.pairs();
};

Deno.test("the same pixels are found, however many images lie between", () => {
  const images = Array.from({ length: 500 }, (_, i) => picture(i));
  const pairs = pairsOf([...images, images[3], images[250]]);
  assertEquals(pairs.map(({ first, second, exact }) => [first, second, exact]), [
    [3, 500, true],
    [250, 501, true],
  ]);
});

Deno.test("the same picture with noise or another contrast is found, and told apart from the same pixels", () => {
  const images = Array.from({ length: 200 }, (_, i) => picture(i));
  const pairs = pairsOf([...images, picture(7, 0.01), picture(9, 0, 0.8)]);
  assertEquals(pairs.map(({ first, second, exact }) => [first, second, exact]), [
    [7, 200, false],
    [9, 201, false],
  ]);
  assert(pairs.every(({ correlation }) => correlation > 0.998 && correlation <= 1));
});

Deno.test("even images are duplicates only where all pixels are the same", () => {
  const even = (value: number) => tensor([1, 1, 8, 8], new Float32Array(64).fill(value));
  assertEquals(pairsOf([even(0.1), even(0.2), even(0.1)]).map(({ first }) => first), [0]);
  assertEquals(pairsOf([]), []);
});

Deno.test("ten thousand plain images take no ten thousand comparisons each", () => {
  const finder = new DuplicateFinder();
  const images = tensor(
    [10_000, 1, 4, 4],
    Float32Array.from({ length: 160_000 }, (_, i) => i >> 4),
  );
  finder.add(images);
  assertEquals(finder.pairs(), []);
});
