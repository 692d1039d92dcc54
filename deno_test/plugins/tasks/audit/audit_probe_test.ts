/** The audit of a probe, in a world whose left half is the grade and whose right half is free. */

import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { InputError, type Measurement, NotFoundError } from "@countergrade/countergrade";
import { pearson } from "@countergrade/countergrade/review";
import type { Finding } from "../../../../plugins/tasks/audit/findings.ts";
import { halvesDataset, lossyWorld } from "../lossy_world.ts";

/** The first pixel with its noise 50 times as loud: it rises with the grade, but a code knows nothing of it beyond the grade. */
const grain: Measurement = {
  name: "grain",
  unit: "intensity",
  description: "One noisy pixel",
  measure: ({ shape: [n], data }) =>
    Float64Array.from({ length: n }, (_, i) => {
      const pixels = data.subarray(i * data.length / n, (i + 1) * data.length / n);
      const level = pixels.subarray(0, 8).reduce((sum, value) => sum + value / 8, 0);
      return level + 50 * (pixels[0] - level);
    }),
};

await using world = await lossyWorld((brightness) => brightness, [], {
  measurements: [...halvesDataset.measurements!, grain],
});

async function audited(options: Record<string, unknown> = {}) {
  const { result, job } = await world.run("auditProbe", { limit: 4, ...options });
  const finding = (name: string) =>
    (result.findings as Finding[]).find(({ attribute }) => attribute === name)!;
  return { result, job, finding };
}

Deno.test("an attribute that goes with the score is named; what defines the grade is the disease", async () => {
  const { result, finding } = await audited();
  const left = finding("leftHalf");
  assertEquals(left.verdict, "disease");
  // All that the probe sees is the left half: held, nothing is left of the edit.
  assertAlmostEquals(left.share, 1, 0.05);
  assertAlmostEquals(left.codeShare, 1, 0.05);
  const brightness = finding("brightness");
  assertEquals(brightness.verdict, "shortcut");
  assert(brightness.share > 0.2 && brightness.share < 0.9, `${brightness.share}`);
  assertAlmostEquals(brightness.share, brightness.codeShare, 0.05);
  assert(brightness.moved! > 0.5 && brightness.real! > 0.5);
  assert(result.shortcuts.includes("brightness"));
  assert(result.summary.startsWith("The probe leans on "), result.summary);
});

Deno.test("what the edit does not need is clear, and a sentence says so", async () => {
  const { finding } = await audited();
  const { verdict, sentence, share } = finding("positionY");
  assertEquals(verdict, "clear");
  assert(share < 0.15);
  assert(
    sentence.startsWith("Position y: ") && sentence.endsWith("The probe can do without it."),
    sentence,
  );
});

Deno.test("an attribute that goes with the disease, but that the code hardly carries, is no shortcut", async () => {
  const { finding } = await audited();
  const { verdict, share, codeShare, real, realError, explained } = finding("grain");
  assert(real! - realError! > 0, "it differs between the ends");
  assert(explained < 0.3, `${explained}`);
  // It has of the score what it tells of it, not what the code's idea of it does.
  const { images } = await halvesDataset.get("train", Int32Array.from({ length: 40 }, (_, i) => i));
  const score = halvesDataset.measurements![0].measure(images);
  assertAlmostEquals(codeShare, pearson(grain.measure(images), score) ** 2, 0.05);
  assertAlmostEquals(share, codeShare, 0.02);
  assertEquals(verdict, "clear");
});

Deno.test("the page and every figure are stored", async () => {
  const { result, job } = await audited({ title: "An audit" });
  const artifact = await job.load("audit", result.audit);
  assertEquals(Object.keys(artifact.files).sort(), ["audit.json", "audit.svg"]);
  const page = new TextDecoder().decode(await job.read(artifact, "audit.svg"));
  for (const words of ["An audit", "The probe leans on", "most severe, held", "<image "]) {
    assert(page.includes(words), words);
  }
  assertEquals(artifact.files["audit.svg"], result.report);
  const { images, findings } = JSON.parse(
    new TextDecoder().decode(await job.read(artifact, "audit.json")),
  );
  assertEquals([images.length, findings.length], [4, result.findings.length]);
});

Deno.test("what belongs to the disease can be named", async () => {
  const { result, finding } = await audited({ disease: ["leftHalf", "brightness"] });
  assertEquals(finding("brightness").verdict, "disease");
  assert(!result.shortcuts.includes("brightness"));
});

Deno.test("unknown attributes, probes and splits are refused", async () => {
  await assertRejects(() => audited({ disease: ["smile"] }), InputError, 'there is no "smile"');
  await assertRejects(() => audited({ probe: "probe-0" }), NotFoundError);
  await assertRejects(() => audited({ split: "none" }), InputError);
});
