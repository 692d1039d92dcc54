/** The built-in data sets keep the promises of their family. */

import { datasets, Host, Random, tensor } from "@countergrade/countergrade";
import { writeNpz } from "@countergrade/countergrade/formats";
import { toPng } from "@countergrade/countergrade/images";
import { builtins } from "@countergrade/countergrade/plugins";
import { register, testDataset } from "@countergrade/countergrade/testing";
import { assertEquals } from "@std/assert";
import { bars } from "../../chain/chain.ts";

const folder = await Deno.realPath(await Deno.makeTempDir());
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
await Deno.writeFile(`${folder}/bars.npz`, writeNpz(bars()));
const color = {
  train_images: { shape: [3, 4, 4, 3], data: Uint8Array.from({ length: 144 }, (_, i) => i) },
  train_labels: Uint8Array.of(1, 0, 1),
};
await Deno.writeFile(`${folder}/color.npz`, writeNpz(color));
const volumes = {
  train_images: { shape: [3, 5, 4, 4], data: Uint8Array.from({ length: 240 }, (_, i) => i) },
  train_labels: Uint8Array.of(1, 0, 1),
};
await Deno.writeFile(`${folder}/nodulemnist3d.npz`, writeNpz(volumes));
const random = new Random(0);
for (let i = 0; i < 30; i++) {
  await Deno.mkdir(`${folder}/pictures/${i % 3}`, { recursive: true });
  const noise = tensor([1, 1, 9, 12], random.normals(108));
  await Deno.writeFile(`${folder}/pictures/${i % 3}/${i}.png`, toPng(noise, 0));
}
const host = await Host.boot(builtins);

const fixtures = {
  vertebra: [{ id: "vertebra" }, { id: "vertebra", options: { seed: 3 } }, {
    id: "vertebra128",
  }],
  vertebra3d: [{ id: "vertebra3d" }],
  files: [{ id: "pictures", context: { roots: [folder] } }],
  npz: ["bars", "color", "nodulemnist3d", "nodulemnist3d-slices", "nodulemnist3d-volumes"].map((
    id,
  ) => ({
    id,
    context: { roots: [folder] },
  })),
};

Deno.test("every built-in data set plugin is held to its promises here", () =>
  assertEquals(host.names(datasets).sort(), Object.keys(fixtures).sort()));

for (const [name, list] of Object.entries(fixtures)) {
  for (const [at, fixture] of list.entries()) {
    register(`dataset ${name} ${at + 1}`, testDataset(host.member(datasets, name), fixture));
  }
}
