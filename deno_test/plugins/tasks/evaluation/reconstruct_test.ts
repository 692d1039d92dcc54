/** The table of reconstructions: exact with the image's own noise where the encoder keeps what it misses, and bad with drawn noise. */

import { tasks } from "@countergrade/countergrade";
import { assert, assertEquals } from "@std/assert";
import { bars, Chain } from "../../../chain/chain.ts";

const chain = await Chain.open({ bars: bars(3, { train: 60, val: 24 }) });
globalThis.addEventListener("unload", () => {
  chain.workspace.close();
  Deno.removeSync(chain.folder, { recursive: true });
});
const { encoder } = await chain.done("trainEncoder", {
  dataset: "bars",
  encoder: { pca: { components: 4 } },
});

Deno.test("own noise gives the image back, drawn noise does not; table, data and picture say so", async () => {
  const sampler = { name: "dpm-solver", inversionSteps: 2, renderSteps: 3 };
  const { table, images, rows } = await chain.done("reconstruct", {
    ...{ encoder, dataset: "bars", limit: 20, samplers: [sampler] },
  });
  assertEquals(images, 20);
  const seen = rows.map((
    row: { sampler: string; noise: string; figures: { name: string; mean: number }[] },
  ) => [
    row.sampler,
    row.noise,
    row.figures.find(({ name }) => name === "mse")!.mean,
  ]);
  assertEquals(seen.map(([sampler, noise]: string[]) => [sampler, noise]), [
    ["dpm-solver 2/3", "own"],
    ["dpm-solver 2/3", "drawn"],
  ]);
  assert(seen[0][2] < 1e-9 && seen[1][2] > 0.1, JSON.stringify(seen));
  const { store, blobs } = chain.workspace;
  const { files } = (await store.artifacts.get(table))!;
  assertEquals(Object.keys(files), [
    "table.md",
    "reconstruction.csv",
    "reconstruction.json",
    "reconstruction.png",
  ]);
  const csv = new TextDecoder().decode(await blobs.read(files["reconstruction.csv"]));
  assert(csv.includes("\ndpm-solver 2/3,drawn,mse,"), csv);
  assert(chain.host.member(tasks, "reconstruct"));
});
