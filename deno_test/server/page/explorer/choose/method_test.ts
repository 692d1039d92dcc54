/** The methods of a path, as input of the operation and as address. */

import { assertEquals } from "@std/assert";
import type { Scale } from "../../../../../server/page/shared/operations.ts";
import {
  inputOf,
  type Method,
  methodFrom,
  parametersOf,
  type TargetChoice,
  USUAL,
} from "../../../../../server/page/explorer/choose/method.ts";

const ordinal: Scale = { type: "ORDINAL", names: ["none", "mild", "severe"] };
const nominal: Scale = { type: "NOMINAL", names: ["cyst", "tumor"] };

Deno.test("what is usual is not said, so that equal paths are equal jobs", () => {
  assertEquals(inputOf(USUAL, ordinal), {});
  assertEquals(parametersOf(USUAL), {});
});

Deno.test("every choice becomes its option", () => {
  const method: Method = {
    editor: "shortest",
    target: { kind: "through", frames: 9 },
    closeLoop: true,
    sampler: "ddim",
    steps: 50,
  };
  assertEquals(inputOf(method, ordinal), {
    editor: { shortest: {} },
    frames: 9,
    closeLoop: {},
    sampler: { name: "ddim", inversionSteps: 50, renderSteps: 50 },
  });
  const one: TargetChoice = { kind: "one", grade: 1 };
  assertEquals(inputOf({ ...USUAL, target: one }, ordinal), { targets: [1] });
  assertEquals(inputOf({ ...USUAL, target: one }, nominal), { classes: ["1"] });
});

Deno.test("an address gives the method that it was made of", () => {
  const ways: Method[] = [
    USUAL,
    { ...USUAL, editor: "shortest", closeLoop: true },
    { ...USUAL, target: { kind: "one", grade: 2 }, sampler: "ddim", steps: 7 },
    { ...USUAL, target: { kind: "through", frames: 64 } },
  ];
  for (const method of ways) {
    const address = new URLSearchParams(parametersOf(method));
    assertEquals(methodFrom(address, ordinal, ["pattern", "shortest"]), method);
  }
});

Deno.test("what an address says badly, or the scale does not have, is as usual", () => {
  const asked = new URLSearchParams(
    "editor=gone&sampler=none&steps=0&grade=3&frames=65&loop=open",
  );
  assertEquals(methodFrom(asked, ordinal, ["pattern"]), USUAL);
  const classes = new URLSearchParams("frames=9&loop=closed&grade=1.5");
  assertEquals(methodFrom(classes, nominal, []), USUAL);
});
