/** The methods of a path, as input of the operation and as address. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Scale } from "../../../../../server/page/shared/operations.ts";
import {
  CALIBRATIONS,
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
    calibration: "typical",
    extrapolate: true,
    hold: ["brightness", "positionY"],
    region: "proposed",
    uninformative: true,
    foreign: true,
    judge: { by: "network", id: "classifier-12ab" },
    closeLoop: true,
    sampler: "ddim",
    steps: 50,
  };
  assertEquals(inputOf(method, ordinal), {
    editor: { shortest: {} },
    frames: 9,
    calibration: "TYPICAL",
    extrapolate: true,
    hold: ["brightness", "positionY"],
    region: "PROPOSED",
    uninformative: true,
    foreign: true,
    judge: { network: { classifier: "classifier-12ab" } },
    closeLoop: {},
    sampler: { name: "ddim", inversionSteps: 50, renderSteps: 50 },
  });
  const served = inputOf({ ...USUAL, judge: { by: "kserve", id: "judge-1" } }, ordinal);
  assertEquals(served, { judge: { kserve: { model: "judge-1" } } });
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
    { ...USUAL, calibration: "regression", extrapolate: true, uninformative: true },
    { ...USUAL, hold: ["brightness", "sharpness"], region: "none" },
    { ...USUAL, judge: { by: "probe", id: "probe-12ab" } },
  ];
  for (const method of ways) {
    const address = new URLSearchParams(new URLSearchParams(parametersOf(method)).toString());
    assertEquals(methodFrom(address, ordinal, ["pattern", "shortest"]), method);
  }
});

Deno.test("what an address says badly, or the scale does not have, is as usual", () => {
  const asked = new URLSearchParams(
    "editor=gone&sampler=none&steps=0&grade=3&frames=65&loop=open&calibration=toString&extrapolate=1&hold=age&region=all&judge=toString:x",
  );
  assertEquals(methodFrom(asked, ordinal, ["pattern"]), USUAL);
  const classes = new URLSearchParams("frames=9&loop=closed&grade=1.5&region=proposed");
  assertEquals(methodFrom(classes, nominal, []), USUAL);
});

Deno.test("what a grade means is told in the words of the API", async () => {
  const schema = await Deno.readTextFile(
    new URL("../../../../../server/schema.graphql", import.meta.url),
  );
  const values = schema.match(/^enum CounterfactualPathCalibration \{(.*?)^\}/ms)![1]
    .replaceAll(/[\s"]+/g, " ");
  for (const [name, description] of Object.entries(CALIBRATIONS)) {
    assertStringIncludes(values, `${description} ${name.toUpperCase()} `);
  }
});
