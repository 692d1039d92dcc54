/** Drawn digits: what is measured from pixels is what they were drawn with, and another thickness changes nothing else. */

import { pearson } from "@countergrade/countergrade/review";
import { register, testDataset } from "@countergrade/countergrade/testing";
import { assert, assertEquals } from "@std/assert";
import plugin, { causeOf, morpho } from "../../../bench/morpho/digits.ts";
import { drawn } from "../../../bench/morpho/strokes.ts";
import { type DatasetPlugin, datasets, Host } from "@countergrade/countergrade";

await using host = await Host.boot([plugin]);
register("data set morpho", testDataset(host.member(datasets, "morpho") as DatasetPlugin));

const LEAST = { thickness: 0.95, slant: 0.9, intensity: 0.999 };

Deno.test("thickness, slant and intensity are read from the pixels", async () => {
  const indices = Array.from({ length: 100 }, (_, i) => i);
  const { images, labels } = await morpho.get("val", indices);
  for (const { name, measure } of morpho.measurements!) {
    const known = name as keyof typeof LEAST;
    const r = pearson([...measure(images)], indices.map((i) => causeOf("val", i)[known]));
    assert(r > LEAST[known], `${name}: ${r}`);
  }
  assertEquals(labels[7], causeOf("val", 7).thickness);
});

Deno.test("a thicker pen leaves no pixel darker, and nothing beside the stroke", () => {
  const cause = causeOf("test", 3);
  const thin = drawn({ ...cause, thickness: 1.5 });
  const thick = drawn({ ...cause, thickness: 3.5 });
  assert(thin.every((value, i) => thick[i] >= value));
  const changed = thin.filter((value, i) => thick[i] > value).length;
  assert(changed > 20 && changed < thin.length / 3, `${changed}`);
});
