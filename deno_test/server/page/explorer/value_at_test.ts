/** What a curve has between its points. */

import { assertEquals } from "@std/assert";
import { valueAt } from "../../../../server/page/explorer/value_at.ts";

Deno.test("between two points a curve is straight; where one is missing there is none", () => {
  assertEquals(valueAt([1, 3, null], 0.5), 2);
  assertEquals(valueAt([1, 3, null], 1), 3);
  assertEquals(valueAt([1, 3, null], 1.5), undefined);
  assertEquals(valueAt([1, 3], 2), undefined);
});
