/** In which order cases are looked at. */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import { misreadings } from "../../../../../server/page/explorer/choose/case_order.ts";
import { shuffled } from "../../../../../server/page/shared/shuffled.ts";

Deno.test("the image whose label is farthest from what its score says is misread most", () => {
  const points = [0, 1, 2, 3, 4, 5].map((i) => ({ index: 10 + i, label: i, x: 2 * i - 3 }));
  const straight = misreadings(points);
  for (const apart of straight.values()) assertAlmostEquals(apart, 0, 1e-9);
  const bent = misreadings(
    points.map((point) => point.index === 12 ? { ...point, label: 5 } : point),
  );
  const [[worst]] = [...bent].sort(([, a], [, b]) => b - a);
  assertEquals(worst, 12);
});

Deno.test("an order of chance has every item once", () => {
  const list = shuffled([1, 2, 3, 4, 5], () => 0.3);
  assertEquals(list.toSorted(), [1, 2, 3, 4, 5]);
  assertEquals(list === shuffled(list, () => 0.9), false);
});
