/** Traits of images: each tells what it is about, on drawn images whose code is their brightness. */

import { type Images, Random, tensor } from "@countergrade/countergrade";
import { assertEquals } from "@std/assert";
import { strangest, tailOf } from "@countergrade/countergrade/review";
import {
  kindOf,
  sketch,
  type Trait,
  TRAITS,
  traitsOf,
} from "../../../../plugins/tasks/latents/image_traits.ts";

const SIZE = 16;
const random = new Random(5);

/** Brighter towards the bottom, steeper or not, some brighter than others, with a little noise. */
function drawn(n: number, noise = 0.05): Images {
  const data: number[] = [];
  for (let i = 0; i < n; i++) {
    const [level, slope] = [0.3 * random.normal(), 0.5 + 0.05 * random.normal()];
    for (let q = 0; q < SIZE * SIZE; q++) {
      const y = (Math.floor(q / SIZE) + 0.5) / SIZE - 0.5;
      data.push(level + slope * y + noise * random.normal());
    }
  }
  return tensor([n, 1, SIZE, SIZE], data);
}

/** The mean brightness of each image `[n, 1]`. */
function codesOf({ shape: [n], data }: Images) {
  const size = data.length / n;
  const mean = (i: number) =>
    data.subarray(i * size, (i + 1) * size).reduce((sum, value) => sum + value, 0) / size;
  return tensor([n, 1], Array.from({ length: n }, (_, i) => mean(i)));
}

const train = drawn(600);
const own = sketch(train, codesOf(train));
const kind = kindOf(own);
const known = traitsOf(own, kind);
const names = Object.keys(TRAITS) as Trait[];
const tails = names.map((_, k) => tailOf(known.map((row) => row[k])));

/** The strangest trait of each image, and whether it is beyond its tail. */
function told(images: Images, codes = codesOf(images)): (Trait | undefined)[] {
  return traitsOf(sketch(images, codes), kind).map((row) => {
    const { strangeness, index } = strangest(row, tails);
    return strangeness > 4 ? names[index] : undefined;
  });
}

const some = drawn(3);
const shifted = (by: number) => tensor(some.shape, some.data.map((value) => value + by));
const all = (trait: Trait | undefined) => [trait, trait, trait];

Deno.test("images of the same kind have no strange trait", () => {
  assertEquals(told(some), all(undefined));
});

Deno.test("a code far out is strange by its code", () => {
  assertEquals(told(shifted(2)), all("code"));
});

Deno.test("a picture that is not that of its code is strange beside it", () => {
  assertEquals(told(shifted(0.8), codesOf(some)), all("picture"));
});

Deno.test("a picture upside down is strange by its orientation, as is a negative", () => {
  assertEquals(told(tensor(some.shape, some.data.toReversed())), all("orientation"));
  assertEquals(told(tensor(some.shape, some.data.map((value) => -value))), all("orientation"));
});

Deno.test("much more and much less detail are strange", () => {
  assertEquals(told(drawn(3, 0)).every((trait) => trait === "detail"), true);
  const checks = some.data.map((value, q) => value + ((q + Math.floor(q / SIZE)) % 2 ? 0.4 : -0.4));
  assertEquals(told(tensor(some.shape, checks)), all("detail"));
});
