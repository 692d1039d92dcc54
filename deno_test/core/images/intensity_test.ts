/** Brightness, contrast and gamma. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { tensor } from "@countergrade/countergrade";
import { changeIntensity } from "../../../core/images/intensity.ts";

const SAME = { brightness: 0, contrast: 1, gamma: 1 };
const image = tensor([1, 1, 1, 4], [-1, -0.5, 0, 0.5]);

Deno.test("no change is exactly none, and the input stays as it is", () => {
  assertEquals(changeIntensity(image, [SAME]), image);
  const before = image.data.slice();
  changeIntensity(image, [{ brightness: 1, contrast: 2, gamma: 0.5 }]);
  assertEquals(image.data, before);
});

Deno.test("brightness adds, contrast keeps the mean, gamma bends between black and white", () => {
  const of = (change: object) => [...changeIntensity(image, [{ ...SAME, ...change }]).data];
  assertEquals(of({ brightness: 0.25 }), [-0.75, -0.25, 0.25, 0.75]);
  assertEquals(of({ contrast: 0.5 }), [-0.625, -0.375, -0.125, 0.125]);
  assertEquals(of({ gamma: 2 }), [-1, -0.875, -0.5, 0.125]);
  assertEquals(of({ brightness: 2 }), [1, 1, 1, 1]);
  const bent = of({ gamma: 0.5 });
  assert(bent[0] === -1 && bent[1] > -0.5 && bent[3] < 1);
});

Deno.test("each image has its own change, from its own mean", () => {
  const two = tensor([2, 1, 1, 2], [0, 0.5, -0.5, -1]);
  const changed = changeIntensity(two, [SAME, { ...SAME, contrast: 0 }]);
  assertEquals([...changed.data], [0, 0.5, -0.75, -0.75]);
  assertThrows(() => changeIntensity(two, [SAME]), TypeError, "2 changes");
});
