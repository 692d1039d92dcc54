/** The order of models: what people see first is a picture whose data set is there. */

import { assertEquals } from "@std/assert";
import { inOrder } from "../../../../server/page/shared/model_order.ts";
import type { Model } from "../../../../server/page/shared/operations.ts";

const model = (id: string, there: boolean, imageShape: number[]): Model => ({
  id,
  title: id,
  plugin: "ordinal",
  encoder: { id, title: id, imageShape },
  scale: { type: "ORDINAL", names: ["0", "1"] },
  report: null,
  intervals: null,
  chance: null,
  dataset: there
    ? { id, title: id, license: null, splits: [], columns: [], measurements: [], notes: [] }
    : null,
});

Deno.test("pictures that are there come first, then volumes, then what is not there; else the order stays", () => {
  const models = [
    model("gone", false, [1, 64, 64]),
    model("volume", true, [1, 32, 32, 32]),
    model("picture", true, [1, 64, 64]),
    model("older", true, [3, 28, 28]),
  ];
  assertEquals(inOrder(models).map(({ id }) => id), ["picture", "older", "volume", "gone"]);
});
