/** The models that come along bring the scores of real patients: paths aim at them where the images themselves are not. */

import { assert, assertEquals } from "@std/assert";
import { Host } from "@countergrade/countergrade";
import { installModels, Workspace } from "@countergrade/countergrade/jobs";
import { typicalScoresFrom } from "@countergrade/countergrade/linear";
import { BandsSchema } from "../../../plugins/tasks/paths/bands.ts";
import { builtins } from "@countergrade/countergrade/plugins";

Deno.test("every shipped probe has typical scores that rise with the grade, and tells more than chance", async () => {
  const home = await Deno.makeTempDir();
  await using host = await Host.boot(builtins);
  const workspace = await Workspace.open(home);
  try {
    await installModels(workspace, host);
    const all = async (kind: string) => (await workspace.store.artifacts.list({ kind })).items;
    const evidence = await all("evidence");
    const found = await all("probe");
    assertEquals(found.length, 4);
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
    const [bands] = await all("bands");
    const read = await workspace.blobs.read(bands.files["bands.json"]);
    const { bands: known, coverage } = BandsSchema.parse(
      JSON.parse(new TextDecoder().decode(read)),
    );
    assertEquals([coverage, ...known.map(({ grade }) => grade)], [0.9, 0, 1, 2, 3, 4]);
    assert(found.some(({ id }) => id === bands.metadata.probe));
  } finally {
    await workspace.close();
    await Deno.remove(home, { recursive: true });
  }
});
