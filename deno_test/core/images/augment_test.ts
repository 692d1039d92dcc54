/** Augmentation: seeded, within its limits, and off unless asked for. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { type Images, Random, row, rows, tensor } from "@countergrade/countergrade";
import { augment, AugmentationSchema } from "@countergrade/countergrade/images";
import type { Augmentation } from "../../../core/images/augment.ts";

const [N, SIZE] = [64, 12];
const random = new Random("augment");

/** Smooth images without any symmetry. */
function waves(): Images {
  const data = Array.from({ length: N }, (_, n) =>
    Array.from({ length: SIZE * SIZE }, (_, i) => {
      const [y, x] = [Math.floor(i / SIZE), i % SIZE];
      return 0.4 * Math.sin(x / 3 + n) + 0.3 * Math.cos(y / 2) + 0.02 * x;
    })).flat();
  return tensor([N, 1, SIZE, SIZE], data);
}
const images = waves();
const options = (given: Partial<Augmentation>) => AugmentationSchema.parse(given);
const after = (given: Partial<Augmentation>) => augment(images, options(given), random);

/** Every part of the augmentation, alone. */
const PARTS: Partial<Augmentation>[] = [
  { rotate: 15 },
  { flipHorizontal: true },
  { flipVertical: true },
  { zoom: 0.2 },
  { shift: 0.2 },
  { distort: 0.3 },
  { brightness: 0.2 },
  { contrast: 0.3 },
  { gamma: 0.3 },
];

Deno.test("nothing is on by default", () => {
  assertEquals(augment(images, options({}), random), images);
});

for (const part of PARTS) {
  const name = Object.keys(part)[0];
  Deno.test(`${name} alone changes images, repeatably, row by row, within [-1, 1]`, () => {
    const changed = after(part);
    assertNotEquals(changed, images);
    assertEquals(changed, after(part));
    assertNotEquals(changed, augment(images, options(part), new Random("other")));
    assertEquals(rows(changed, 0, 3), augment(rows(images, 0, 3), options(part), random));
    assert(changed.data.every((value) => value >= -1 && value <= 1));
  });
}

Deno.test("half of the images are flipped, and those exactly", () => {
  const mirrored = (image: Images) =>
    tensor(image.shape, image.data.map((_, i) => image.data[i - i % SIZE + SIZE - 1 - i % SIZE]));
  const changed = after({ flipHorizontal: true });
  let flipped = 0;
  for (let i = 0; i < N; i++) {
    const [own, now] = [row(images, i), row(changed, i)];
    if (now.data.every((value, p) => value === own.data[p])) continue;
    assertEquals(now.data, mirrored(own).data);
    flipped++;
  }
  assert(flipped > N / 4 && flipped < 3 * N / 4, `${flipped} of ${N} were flipped`);
});

Deno.test("changes are drawn up to their limits, both ways", () => {
  const { data } = after({ brightness: 0.1 });
  const shifts = Array.from(
    { length: N },
    (_, i) => data[i * SIZE * SIZE] - images.data[i * SIZE * SIZE],
  );
  assert(shifts.every((shift) => Math.abs(shift) <= 0.1 + 1e-6));
  assert(Math.max(...shifts) > 0.07 && Math.min(...shifts) < -0.07);
});

Deno.test("a shift moves a ramp by up to its share of the size, both ways", () => {
  const ramp = tensor(images.shape, images.data.map((_, i) => (i % SIZE) / 20));
  const { data } = augment(ramp, options({ shift: 0.25 }), random);
  // Read in the middle, where a quarter of the size does not reach the border.
  const moved = Array.from({ length: N }, (_, i) => 6 - 20 * data[i * SIZE * SIZE + 6 * SIZE + 6]);
  assert(moved.every((pixels) => Math.abs(pixels) <= SIZE / 4 + 1e-5));
  assert(Math.max(...moved) > 2 && Math.min(...moved) < -2, `${moved}`);
});

Deno.test("zoom turns a ramp's slope by its factor, as often up as down", () => {
  const ramp = tensor(images.shape, images.data.map((_, i) => (i % SIZE) / 20));
  const { data } = augment(ramp, options({ zoom: 0.5 }), random);
  const factors = Array.from({ length: N }, (_, i) => {
    const center = i * SIZE * SIZE + 6 * SIZE;
    return 0.05 / (data[center + 6] - data[center + 5]);
  });
  assert(factors.every((factor) => factor > 1 / 1.5 - 1e-4 && factor < 1.5 + 1e-4));
  const enlarged = factors.filter((factor) => factor > 1).length;
  assert(enlarged > N / 4 && enlarged < 3 * N / 4);
  assert(Math.max(...factors) > 1.3 && Math.min(...factors) < 1 / 1.3);
});

Deno.test("another part switched on leaves the draws of the first as they were", () => {
  const both = after({ flipHorizontal: true, brightness: 0.1 });
  const flipped = after({ flipHorizontal: true });
  const shifted = after({ brightness: 0.1 });
  for (let i = 0; i < N; i++) {
    const at = i * SIZE * SIZE;
    const shift = shifted.data[at] - images.data[at];
    assert(Math.abs(both.data[at] - flipped.data[at] - shift) < 1e-6);
  }
});

Deno.test("with the background as fill, black comes in from the corners; with the edge it does not", () => {
  const bright = tensor([1, 1, SIZE, SIZE], new Float32Array(SIZE * SIZE).fill(0.5));
  const turned = (fill: Augmentation["fill"]) =>
    Math.min(...augment(bright, options({ rotate: 45, fill }), new Random(3)).data);
  assertEquals(turned("edge"), 0.5);
  assert(turned("background") < -0.5);
});
