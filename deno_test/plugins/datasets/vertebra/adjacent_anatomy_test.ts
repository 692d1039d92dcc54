/** What a change of grade should leave alone, on phantoms whose counterfactual is known. */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Images, InputError, row, tensor } from "@countergrade/countergrade";
import { compareAdjacentAnatomy } from "../../../../plugins/datasets/vertebra/adjacent_anatomy.ts";
import { measureHeightLoss } from "../../../../plugins/datasets/vertebra/measure.ts";
import { openVertebra } from "../../../../plugins/datasets/vertebra/dataset.ts";

const phantom = openVertebra({ seed: 1 });
const INDICES = [0, 5, 10, 15, 22];

/** Adds a constant to the pixels for which `where` says so. */
function changed(image: Images, where: (x: number, y: number) => boolean, by: number): Images {
  return tensor(
    image.shape,
    image.data.map((value, p) => value + (where(p % 64, Math.floor(p / 64)) ? by : 0)),
  );
}

Deno.test("counterfactual() with the true height loss is the image itself, with another it has that one", async () => {
  for (const index of INDICES) {
    const { images } = await phantom.get("test", [index]);
    const { heightLoss, pose } = phantom.drawn("test", index);
    assertEquals(phantom.counterfactual("test", index, heightLoss), images);
    const severe = phantom.counterfactual("test", index, 0.45);
    const [before, after] = [measureHeightLoss(images), measureHeightLoss(severe)];
    assertAlmostEquals(after.heightLoss, 0.45, 0.04);
    assertAlmostEquals(after.posterior, before.posterior, 0.5);
    assertAlmostEquals(after.x, before.x, 0.5);
    assertAlmostEquals(after.depth, before.depth, 0.8);
    assertAlmostEquals(after.x, pose.x, 0.8);
    assertAlmostEquals(after.rotation, pose.rotation, 3);
  }
  assertThrows(() => phantom.counterfactual("test", 512, 0.1), InputError, "0 to 511");
});

Deno.test("the rotation that is measured follows that which was drawn", async () => {
  const count = 24;
  const { images } = await phantom.get("test", Array.from({ length: count }, (_, i) => i));
  const pairs = Array.from({ length: count }, (_, i) => [
    measureHeightLoss(row(images, i)).rotation,
    phantom.drawn("test", i).pose.rotation,
  ]);
  const mean = pairs.reduce((sum, [seen, real]) => sum + Math.abs(seen - real), 0) / count;
  assert(mean < 1.5, `mean error ${mean} degrees`);
});

Deno.test("the true counterfactual keeps its surroundings, another phantom or another noise does not", async () => {
  for (const index of INDICES) {
    const truth = { ...phantom.drawn("test", index), heightLoss: 0.3 };
    const expected = phantom.counterfactual("test", index, 0.3);
    const same = compareAdjacentAnatomy(expected, expected, truth);
    assertEquals([same.rmse, same.neighborRmse], [0, 0]);
    assertAlmostEquals(same.correlation, 1, 1e-6);
    assertAlmostEquals(same.texture, 1, 1e-6);
    const { images } = await phantom.get("test", [index + 40]);
    const other = compareAdjacentAnatomy(images, expected, truth);
    assert(other.rmse > 0.1 && other.texture < 0.4, JSON.stringify(other));
  }
});

Deno.test("a change of the central body does not count, one of its surroundings does", () => {
  const truth = { ...phantom.drawn("test", 1), heightLoss: 0.2 };
  const expected = phantom.counterfactual("test", 1, 0.2);
  const { x, y } = truth.pose;
  const inside = changed(expected, (px, py) => Math.hypot(px - x, py - y) < 7, 0.5);
  assertEquals(compareAdjacentAnatomy(inside, expected, truth).rmse, 0);
  const above = changed(expected, (_, py) => py < y - 16, 0.1);
  const kept = compareAdjacentAnatomy(above, expected, truth);
  assert(kept.rmse > 0.03 && kept.neighborRmse > 0.05, JSON.stringify(kept));
  assertThrows(
    () => compareAdjacentAnatomy(tensor([1, 1, 2, 2], [0, 0, 0, 0]), expected, truth),
    TypeError,
  );
});
