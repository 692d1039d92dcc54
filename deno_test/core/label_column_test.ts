/** Further labels of images, from what is written of them. */

import { labelColumn } from "@countergrade/countergrade";
import { assertEquals } from "@std/assert";

const written = (...train: (string | undefined)[]) => ({ train });

Deno.test("words are names, few whole numbers grades in their order, others a continuous scale", () => {
  assertEquals(labelColumn("level", written("L10", "L2", undefined, "L1")), {
    name: "level",
    scale: { type: "nominal", names: ["L1", "L2", "L10"] },
    labels: { train: Int32Array.of(2, 1, -1, 0) },
  });
  assertEquals(labelColumn("stage", written("3", "1", "10"))!.scale, {
    type: "ordinal",
    names: ["1", "3", "10"],
  });
  const ages = Array.from({ length: 13 }, (_, i) => String(20 + i));
  assertEquals(labelColumn("age", written(...ages))!.scale, { type: "continuous", names: ["age"] });
  assertEquals(
    labelColumn("weight", written("1.5", undefined, "2"))!.labels.train,
    Float64Array.of(1.5, NaN, 2),
  );
});

Deno.test("what does not tell images apart is no column", () => {
  assertEquals(labelColumn("site", written("A", "A", undefined)), undefined);
  assertEquals(labelColumn("site", written()), undefined);
  const words = Array.from({ length: 101 }, (_, i) => `patient ${i}`);
  assertEquals(labelColumn("patient", written(...words)), undefined);
});
