/** Axes: from values to pixels and back, with round numbers to mark. */

import { assert, assertEquals } from "@std/assert";
import { linearAxis, logAxis, tickText } from "../../../../server/page/shared/chart_axis.ts";

Deno.test("axes have round marks, evenly or by ratio", () => {
  const even = linearAxis(0, 0.7, 100, 0, 5);
  assertEquals(even.ticks, [0, 0.2, 0.4, 0.6]);
  assertEquals([even.at(0), even.at(0.7), even.value(50)].map((x) => +x.toFixed(6)), [
    100,
    0,
    0.35,
  ]);
  const ratio = logAxis(0.01, 1, 0, 100, 6);
  assertEquals([ratio.at(0.1), ratio.value(50)].map((x) => +x.toFixed(6)), [50, 0.1]);
  assertEquals(ratio.ticks, [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]);
  assertEquals([12_000, 0.0001, 0.30000000000000004].map(tickText), ["12k", "1e-4", "0.3"]);
  for (
    const [low, high, marks] of [[0, 3, "0,1,2,3"], [0, 1, "0,0.5,1"], [
      -0.3,
      2.2,
      "0,1,2",
    ]] as const
  ) {
    assertEquals(linearAxis(low, high, 0, 100, 4).ticks.join(), marks);
  }
  // A curve that does not move has an axis too.
  assert(Number.isFinite(linearAxis(2, 2, 0, 10).at(2)));
});
