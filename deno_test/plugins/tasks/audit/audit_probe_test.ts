/** The audit of a probe, in a world whose left half is the grade and whose right half is free. */

import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { InputError, NotFoundError } from "@countergrade/countergrade";
import type { Finding } from "../../../../plugins/tasks/audit/findings.ts";
import { lossyWorld } from "../lossy_world.ts";

await using world = await lossyWorld((brightness) => brightness);

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
