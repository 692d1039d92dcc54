/** The judge `onnx`: classifiers of others, from files and imported. */

import {
  FormatError,
  InputError,
  judges,
  NotFoundError,
  tasks,
  tensor,
} from "@countergrade/countergrade";
import { memoryJob, register, testJudge, testTask } from "@countergrade/countergrade/testing";
import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { Chain } from "../../../chain/chain.ts";
import { drawnClassifier } from "../../../drawn_classifier.ts";

const yes = drawnClassifier([{ left: 8, bias: -4 }]);
const five = drawnClassifier([0, 1, 2, 3, 4].map((k) => ({ left: 2 * k, bias: -0.25 * k ** 2 })));
const rgb = drawnClassifier([{ left: 1 }, { right: 1 }], { shape: [3, 8, 8], batch: 1 });

const two = drawnClassifier([{ left: 8, bias: -4 }], { before: true });
const chain = await Chain.open({
  "two.onnx": two,
  "yes.onnx": yes,
  "five.onnx": five,
  "rgb.onnx": rgb,
});
await chain.put("odd.onnx", drawnClassifier([{ left: Infinity }]));
globalThis.addEventListener("unload", () => {
  chain.workspace.close();
  Deno.removeSync(chain.folder, { recursive: true });
});
const { host } = chain;
const member = host.member(judges, "onnx");
const open = (options: unknown, job = memoryJob(host)) =>
  member.open(member.options.parse(options), job);

/** Left half at −1, right half at `right`. */
const halves = (left: number, right = -1) =>
  tensor([1, 1, 16, 16], Array.from({ length: 256 }, (_, i) => i % 16 < 8 ? left : right));

for (const model of ["yes.onnx", "five.onnx"]) {
  register(`judge onnx, ${model}`, testJudge(member, { host, options: { model } }));
}
register(
  "judge onnx, rgb.onnx",
  testJudge(member, {
    host,
    options: { model: "rgb.onnx", output: "ordinal", mean: [0.4, 0.5, 0.6] },
  }),
);
register(
  "judge onnx, with features",
  testJudge(member, {
    host,
    options: { model: "two.onnx", outputName: "told", featuresName: "before" },
  }),
);
register(
  "judge onnx, a grade",
  testJudge(member, { host, options: { model: "yes.onnx", output: "grade" } }),
);
register(
  "task importJudge",
  testTask(host.member(tasks, "importJudge"), { host, options: { file: "five.onnx" } }),
);

Deno.test("a classifier tells what its numbers say, in the range that it was trained with", async () => {
  await using judge = await open({ model: "yes.onnx" });
  assertEquals([judge.classes, judge.scale], [2, undefined]);
  const { grades, probabilities } = await judge.judge(halves(0.5));
  // Brightness 0.5 is 0.75 in [0, 1]: the logit is 8 · 0.75 − 4 = 2.
  assertAlmostEquals(grades[0], 1 / (1 + Math.exp(-2)), 1e-6);
  assertAlmostEquals(probabilities![0], 1 / (1 + Math.exp(2)), 1e-6);
  await using wide = await open({ model: "yes.onnx", imageRange: [-1, 1] });
  assertAlmostEquals((await wide.judge(halves(0.5))).grades[0], 0.5, 1e-6);
});

Deno.test("an imported judge keeps how it is used, and says its question", async () => {
  const imported = await chain.done("importJudge", {
    file: "yes.onnx",
    imageRange: [-1, 1],
    positiveFrom: 2,
    classNames: ["below 2", "2 or worse"],
  });
  assertEquals([imported.classes, imported.imageShape], [2, [1, 16, 16]]);
  const artifact = await chain.workspace.store.artifacts.get(imported.judge);
  assertEquals(artifact?.metadata.title, "yes.onnx");
  const job = memoryJob(host);
  const stored = await job.save("judge", { "model.onnx": yes }, artifact!.metadata, []);
  await using judge = await open({ model: stored.id }, job);
  assertEquals([judge.threshold, judge.scale?.names], [2, ["below 2", "2 or worse"]]);
  assertAlmostEquals((await judge.judge(halves(0.5))).grades[0], 0.5, 1e-6);
});

Deno.test("what cannot be a judge is refused in words", async () => {
  // deno-lint-ignore no-explicit-any -- the arguments of the classes do not matter here
  const cases: [Record<string, unknown>, new (...args: any[]) => Error, string][] = [
    [{ model: "gone.onnx" }, NotFoundError, "gone.onnx"],
    [{ model: "/etc/passwd" }, InputError, "inside a data folder"],
    [{ model: "bars.npz" }, FormatError, "Cannot"],
    [
      { model: "five.onnx", output: "grade" },
      FormatError,
      "expected one number per image as its grade, it gives 5",
    ],
    [{ model: "five.onnx", output: "probabilities" }, FormatError, "are they logits?"],
    [
      { model: "five.onnx", imageShape: [1, 8, 8] },
      InputError,
      "fits its input [1, 16, 16], it is [1, 8, 8]",
    ],
    [
      { model: "five.onnx", mean: [0, 0, 0] },
      InputError,
      "expected one mean or 1, one per channel, got 3",
    ],
    [{ model: "five.onnx", classNames: ["a", "b"] }, InputError, "expected 5 class names"],
    [{ model: "five.onnx", inputName: "x" }, FormatError, 'expected the input "x"'],
  ];
  await chain.put("bars.npz", new Uint8Array(16));
  for (const [options, error, words] of cases) {
    await assertRejects(() => open(options), error, words, JSON.stringify(options));
  }
});

Deno.test("numbers that are not finite are the judge's, and named", async () => {
  await assertRejects(() => open({ model: "odd.onnx" }), FormatError, "expected finite numbers");
});

Deno.test("features are what a further output has, else the numbers that it decides by", async () => {
  await using plain = await open({ model: "five.onnx" });
  const { features } = await plain.judge(halves(0.5));
  assertEquals([plain.features, features!.length], [{ size: 5, what: "its logits" }, 5]);
  const ports = { model: "two.onnx", outputName: "told", featuresName: "before" };
  await using judge = await open(ports);
  assertEquals(judge.features, { size: 1, what: "before" });
  const told = await judge.judge(halves(0.5));
  // 8 · 0.75, and the bias of −4 behind it.
  assertAlmostEquals(told.features![0], 6, 1e-5);
  assertAlmostEquals(told.grades[0], 1 / (1 + Math.exp(-2)), 1e-6);
  await assertRejects(
    () => open({ ...ports, featuresName: "deeper" }),
    FormatError,
    'expected the output "deeper"',
  );
});
