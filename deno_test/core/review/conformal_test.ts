/** Conformal bands hold what they promise, on errors of any distribution. */

import { Random } from "@countergrade/countergrade";
import { conformalWidth } from "@countergrade/countergrade/review";
import { assert, assertEquals } from "@std/assert";

const DRAWS: Record<string, (random: Random) => number> = {
  normal: (random) => Math.abs(random.normal()),
  "mostly small, sometimes huge": (random) =>
    random.uniform() < 0.8 ? random.uniform() : 50 * random.uniform(),
  "whole grades": (random) => random.integer(4),
};

for (const [name, draw] of Object.entries(DRAWS)) {
  Deno.test(`nine of ten errors that were not used lie within the band: ${name}`, () => {
    const random = new Random(3).fork(name);
    let [inside, all] = [0, 0];
    for (let trial = 0; trial < 400; trial++) {
      const width = conformalWidth(Array.from({ length: 19 }, () => draw(random)), 0.9);
      for (let i = 0; i < 20; i++, all++) if (draw(random) <= width) inside++;
    }
    const coverage = inside / all;
    // Ties can only make it more.
    assert(coverage > 0.88, `${coverage}`);
    if (name !== "whole grades") assert(coverage < 0.93, `${coverage}`);
  });
}

Deno.test("without the new error among them the band would be too narrow", () => {
  const errors = Array.from({ length: 10 }, (_, i) => i);
  // The ninth of ten is the plain quantile; with the correction it is the tenth.
  assertEquals(conformalWidth(errors, 0.9), 9);
});

Deno.test("too few errors promise nothing", () => {
  assertEquals(conformalWidth([], 0.9), Infinity);
  assertEquals(conformalWidth(new Float64Array(8), 0.9), Infinity);
  assertEquals(conformalWidth(new Float64Array(9), 0.9), 0);
});
