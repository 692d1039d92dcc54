/** Negatives among images that look alike. */

import { Random, tensor } from "@countergrade/countergrade";
import { negativesAmong } from "@countergrade/countergrade/images";
import { assert, assertEquals } from "@std/assert";

const random = new Random(1);
const look = random.normals(64);
const like = (sign: number) => Array.from(look, (value) => sign * value + 0.7 * random.normal());

Deno.test("negatives are found, however bright", () => {
  const rows = Array.from(
    { length: 60 },
    (_, i) => like(i % 25 === 3 ? -1 : 1).map((value) => value * (1 + i % 3) + i),
  );
  const found = negativesAmong(tensor([60, 64], rows.flat()));
  assertEquals(found.map(({ place }) => place), [3, 28, 53]);
  assert(found.every(({ correlation }) => correlation < -0.2));
});

Deno.test("images without a common look, and even ones, have no negatives", () => {
  const rows = Array.from({ length: 60 }, (_, i) => like(i % 3 ? 1 : -1));
  assertEquals(negativesAmong(tensor([60, 64], rows.flat())), []);
  assertEquals(negativesAmong(tensor([3, 4], new Float32Array(12))), []);
});
