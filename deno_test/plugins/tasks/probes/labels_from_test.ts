/** A probe that is fitted to what a judge says: the labels of the data set do not matter. */

import { assert, assertEquals } from "@std/assert";
import { bars, Chain } from "../../../chain/chain.ts";
import { drawnClassifier } from "../../../drawn_classifier.ts";

const own = bars(3, { train: 60, val: 24 });
const chain = await Chain.open({
  bars: own,
  // Says yes where the left half is bright, which the grade of a bar has little to do with.
  "left.onnx": drawnClassifier([{ left: 40, right: -40 }]),
  "three.onnx": drawnClassifier([0, -12, -30].map((bias, k) => ({ left: 60 * k, bias }))),
  "level.onnx": drawnClassifier([{ left: 4, right: -4, bias: 1 }]),
  "seven.onnx": drawnClassifier(Array.from({ length: 7 }, () => ({}))),
});
globalThis.addEventListener("unload", () => {
  chain.workspace.close();
  Deno.removeSync(chain.folder, { recursive: true });
});
const { encoder } = await chain.done("trainEncoder", {
  dataset: "bars",
  encoder: { pca: { components: 8 } },
});
const { codes } = await chain.done("encode", { dataset: "bars", encoder });
const fit = (model: string, more: Record<string, unknown> = {}) => ({
  codes,
  probe: { ridge: {} },
  labelsFrom: { onnx: { model } },
  ...more,
});
const stored = async (probe: string) =>
  (await chain.workspace.store.artifacts.get(probe))!.metadata;

Deno.test("of a yes or no the probe answers the judge's question, not the data set's", async () => {
  const labeled = await chain.done("trainProbe", { codes, probe: { logistic: {} } });
  const judged = await chain.done("trainProbe", fit("left.onnx", { probe: { logistic: {} } }));
  assert(judged.auc > 0.95, `${judged.auc}`);
  const metadata = await stored(judged.probe);
  assertEquals(metadata.scale, { type: "binary", names: ["below 1", "1 or worse"] });
  assertEquals([metadata.threshold, metadata.labelsFrom], [1, { onnx: { model: "left.onnx" } }]);
  assertEquals((await stored(labeled.probe)).labelsFrom, undefined);
  assert(String(metadata.title).endsWith("as the judge onnx says"), String(metadata.title));
});

Deno.test("with the classes of the scale its grades are rounded, or taken as they are", async () => {
  const rounded = await chain.done("trainProbe", fit("three.onnx"));
  assertEquals((await stored(rounded.probe)).scale, { type: "ordinal", names: ["0", "1", "2"] });
  const expected = await chain.done("trainProbe", fit("three.onnx", { labelsAs: "expected" }));
  assertEquals((await stored(expected.probe)).scale, {
    type: "continuous",
    names: ["grade by onnx"],
  });
  const grade = fit("level.onnx");
  grade.labelsFrom = { onnx: { model: "level.onnx", output: "grade" } } as never;
  assertEquals((await stored((await chain.done("trainProbe", grade)).probe)).scale, {
    type: "ordinal",
    names: ["0", "1", "2"],
  });
});

Deno.test("a judge of other classes, and images that have changed, are refused", async () => {
  const seven = await chain.run("trainProbe", fit("seven.onnx"));
  assertEquals(seven.error?.code, "BAD_INPUT");
  assert(seven.error!.message.includes("or 2, it tells 7 classes"), seven.error!.message);
  await chain.put("bars", bars(3, { train: 63, val: 24 }));
  const changed = await chain.run("trainProbe", fit("left.onnx", { title: "again" }));
  await chain.put("bars", own);
  assert(changed.error!.message.includes("has changed since"), JSON.stringify(changed.error));
});
