/** The models that come along bring the scores of real patients: paths aim at them where the images themselves are not. */

import { assert, assertEquals } from "@std/assert";
import { Host, type LabelScale } from "@countergrade/countergrade";
import { installModels, Workspace } from "@countergrade/countergrade/jobs";
import { typicalScoresFrom } from "@countergrade/countergrade/linear";
import { BandsSchema } from "../../../plugins/tasks/paths/bands.ts";
import { builtins } from "@countergrade/countergrade/plugins";

Deno.test("every shipped probe has typical scores that rise with the grade, and tells more than chance; bands are of the default sampler", async () => {
  const home = await Deno.makeTempDir();
  await using host = await Host.boot(builtins);
  const workspace = await Workspace.open(home);
  try {
    await installModels(workspace, host);
    const all = async (kind: string) => (await workspace.store.artifacts.list({ kind })).items;
    const evidence = await all("evidence");
    const found = await all("probe");
    assertEquals(found.length, 5);
    // Paths that were made before knees were seen from one side stay open.
    assert(found.some(({ id }) => id === "probe-3faf4a48f80ef286"));
    for (const probe of found) {
      const { id, metadata: { title } } = probe;
      // Probes of today bring it themselves.
      const own = probe.files["evidence.json"]
        ? probe
        : evidence.find(({ metadata }) => metadata.probe === id)!;
      const bytes = await workspace.blobs.read(own.files["evidence.json"]);
      const { typical, chance } = JSON.parse(new TextDecoder().decode(bytes));
      const { scores, labels } = typicalScoresFrom(typical);
      assertEquals(labels, labels.map((_, grade) => grade), String(title));
      scores.slice(1).forEach((score, k) => assert(score > scores[k], `${title}: ${scores}`));
      assertEquals(chance.p, 0.001, String(title));
    }
    const encoders = await all("encoder");
    const measured = await all("bands");
    assertEquals(measured.length, 3);
    for (const { files, metadata } of measured) {
      const probe = found.find(({ id }) => id === metadata.probe)!;
      const bytes = await workspace.blobs.read(files["bands.json"]);
      const { bands, coverage, making } = BandsSchema.parse(
        JSON.parse(new TextDecoder().decode(bytes)),
      );
      const { names } = probe.metadata.scale as LabelScale;
      assertEquals([coverage, ...bands.map(({ grade }) => grade)], [0.9, ...names.keys()]);
      // Measured by the encoder's own sampler, so that paths that are made by default have them.
      const { sampler } = encoders.find(({ id }) => id === probe.metadata.encoder)!.metadata;
      assertEquals(JSON.parse(making).sampler, sampler);
    }
  } finally {
    await workspace.close();
    await Deno.remove(home, { recursive: true });
  }
});
