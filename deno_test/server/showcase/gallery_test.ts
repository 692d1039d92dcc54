/** The gallery: the same bytes from the same weights, those that are in the repository, and nothing but rendered frames. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Host, NotFoundError, tensor } from "@countergrade/countergrade";
import { installModels, Workspace } from "@countergrade/countergrade/jobs";
import { decode } from "../../../core/formats/png/png.ts";
import { builtins } from "@countergrade/countergrade/plugins";
import { Canvas } from "../../../server/showcase/canvas.ts";
import { GLYPH, textPixels, textWidth } from "../../../server/showcase/font.ts";
import { drawModel, makeGallery } from "../../../server/showcase/make.ts";
import { modelNames } from "../../../server/showcase/model.ts";
import { galleryDocument, type ShownModelPages } from "../../../server/showcase/pages.ts";
import { worstMiss } from "../../../server/showcase/walk.ts";

const folder = new URL("../../../docs/gallery/", import.meta.url);

async function withModels(run: (host: Host, workspace: Workspace, home: string) => Promise<void>) {
  const home = await Deno.makeTempDir();
  try {
    await using host = await Host.boot(builtins);
    await using workspace = await Workspace.open(home);
    await installModels(workspace, host);
    await run(host, workspace, home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test(
  "a path of the phantom is drawn with the same bytes again, and as it is in the repository",
  { timeout: 240_000 },
  () =>
    withModels(async (host, workspace) => {
      const few = { grades: [3], tried: 1 };
      const [first, second] = [
        await drawModel(host, workspace, "vertebra64", few),
        await drawModel(host, workspace, "vertebra64", few),
      ];
      assertEquals([...first.keys()], ["path-3.png", "gallery.json"]);
      for (const [name, bytes] of first) assertEquals(second.get(name), bytes, name);
      const committed = decode(await Deno.readFile(new URL("vertebra64/path-3.png", folder)));
      const drawn = decode(first.get("path-3.png")!);
      assertEquals([drawn.width, drawn.height], [committed.width, committed.height]);
      // Other processors may round the last bit otherwise: a level here and there, a last digit.
      const differences = drawn.image.map((value, i) => Math.abs(value - committed.image[i]));
      const differing = differences.filter((difference) => difference > 2).length;
      assert(differing < 0.002 * differences.length, `${differing} samples differ`);
    }),
);

Deno.test("the document in the repository is that of the figures beside it", async () => {
  await using host = await Host.boot(builtins);
  const pages = await Promise.all(
    modelNames(host).map(async (name) => {
      const text = await Deno.readTextFile(new URL(`${name}/gallery.json`, folder));
      return JSON.parse(text) as ShownModelPages;
    }),
  );
  assertEquals(
    await Deno.readTextFile(new URL("README.md", folder)),
    galleryDocument(pages, 0.5),
  );
  for (const { model, scale, walks, failure } of pages) {
    assertEquals(walks.map(({ label }) => label), [...scale.keys()], "one patient per grade");
    const shown = [...walks, ...failure.walk ? [failure.walk] : []];
    const names = Array.from(Deno.readDirSync(new URL(`${model}/`, folder)), ({ name }) => name);
    assertEquals(names.sort(), ["gallery.json", ...shown.map(({ file }) => file)].sort());
    if (!failure.walk) continue;
    const { there, index } = failure.walk;
    assert(there.some(({ asked, image }) => Math.abs(asked - image) > 0.499));
    assertEquals(index, failure.tried - 1);
  }
});

Deno.test("a model whose data set is not there is left as it is", () =>
  withModels(async (host, workspace, home) => {
    await assertRejects(() => drawModel(host, workspace, "knee64"), NotFoundError, "knee_kl_64");
    await Deno.mkdir(`${home}/out/knee64`, { recursive: true });
    await Deno.writeTextFile(`${home}/out/knee64/old.png`, "old");
    const log: string[] = [];
    await makeGallery(host, workspace, `${home}/out`, ["knee64"], (text) => log.push(text));
    assertEquals(await Deno.readTextFile(`${home}/out/knee64/old.png`), "old");
    assert(log[0].startsWith("knee64 is left as it is"), log[0]);
  }));

Deno.test("worstMiss() is the largest distance of a picture's grade from what was asked for", () => {
  const way = { grades: [0, 1, 2], imageGrades: [0.1, 1.7, 1.8], latentGrades: [0, 1, 2] };
  const images = tensor([3, 1, 1, 1], [0, 0, 0]);
  assertEquals(worstMiss({ ...way, frames: images, reconstruction: images }).toFixed(3), "0.700");
});

Deno.test("text is drawn glyph by glyph, small letters as capitals, unknown ones as blanks", () => {
  const pixels = (text: string) => [...textPixels(text)].map((place) => place.join());
  assertEquals(pixels("kl 2"), pixels("KL 2"));
  assertEquals(pixels("漢"), []);
  assertEquals(pixels("AA").slice(pixels("A").length), pixels(" A"));
  for (const glyph of "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:-+/%()") {
    const drawn = [...textPixels(glyph)];
    assert(drawn.length > 0, glyph);
    assert(drawn.every(([x, y]) => x < GLYPH.width && y < GLYPH.height), glyph);
  }
  const all = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"].map((glyph) => pixels(glyph).join(" "));
  assertEquals(new Set(all).size, 36, "no two look the same");
  assertEquals([textWidth(""), textWidth("AB")], [0, 11]);
});

Deno.test("a canvas enlarges images by squares, in gray or color, and cuts off what lies outside", () => {
  const canvas = new Canvas(4, 2);
  canvas.image(tensor([1, 3, 1, 2], [1, -1, -1, -1, 0, 2]), 0, 1, 0, 2);
  const { image } = decode(canvas.png());
  const row = [255, 255, 255, 255, 0, 128, 255, 0, 128, 0, 0, 255];
  assertEquals([...image], [...row, ...row]);
});
