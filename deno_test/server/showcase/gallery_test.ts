/** The gallery: what the weights draw is what is in the repository, and nothing but rendered frames. */

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { type Dataset, Host, NotFoundError, tensor } from "@countergrade/countergrade";
import { toPng } from "@countergrade/countergrade/images";
import { installModels, Workspace } from "@countergrade/countergrade/jobs";
import { decode } from "../../../core/formats/png/png.ts";
import { builtins } from "@countergrade/countergrade/plugins";
import { respondWithShowcase } from "../../../server/http/routes/showcase.ts";
import { drawModel, drawnPages, makeGallery, modelNames } from "../../../server/showcase/make.ts";
import { galleryDocument } from "../../../server/showcase/pages.ts";
import { sheet } from "../../../server/showcase/sheet.ts";
import { probeOf, worstMiss } from "../../../server/showcase/shown_path.ts";

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

/** The pictures of a sheet, from above. */
function picturesOf(svg: string) {
  return [...svg.matchAll(/href="data:image\/png;base64,([^"]*)"/g)]
    .map(([, data]) => decode(Uint8Array.fromBase64(data)));
}

Deno.test(
  "a path of the phantom is drawn as it is in the repository",
  { timeout: 240_000 },
  () =>
    withModels(async (host, workspace) => {
      const files = await drawModel(host, workspace, "vertebra64", { grades: [3], tried: 1 });
      assertEquals([...files.keys()], ["path-3.svg", "gallery.json"]);
      const committed = picturesOf(
        await Deno.readTextFile(new URL("vertebra64/path-3.svg", folder)),
      );
      const drawn = picturesOf(new TextDecoder().decode(files.get("path-3.svg")!));
      assertEquals(drawn.length, 9, "rebuilt, four frames, four changes");
      drawn.forEach(({ image }, k) => {
        // Other processors may round the last bit otherwise: a level here and there.
        const differences = image.map((value, i) => Math.abs(value - committed[k].image[i]));
        const differing = differences.filter((difference) => difference > 2).length;
        assert(differing < 0.002 * differences.length, `${differing} samples differ`);
      });
      // The image itself is not among them.
      const { images } = await (await host.openDataset("vertebra")).get("test", [3]);
      const original = decode(toPng(images, 0)).image;
      for (const { image } of drawn) assertNotEquals([...image], [...original]);
    }),
);

Deno.test("the document in the repository is that of the figures beside it", async () => {
  await using host = await Host.boot(builtins);
  const pages = await drawnPages(folder.pathname, modelNames(host));
  const shipped = pages.filter(({ shipped }) => shipped !== false);
  assertEquals(shipped.map(({ model }) => model), modelNames(host));
  assertEquals(
    await Deno.readTextFile(new URL("README.md", folder)),
    galleryDocument(pages, 0.5),
  );
  for (const { model, probe, scale, walks } of shipped) {
    assertEquals(
      probe,
      (await probeOf(host, model)).id,
      `${model} is another: deno task gallery`,
    );
    assertEquals(walks.map(({ label }) => label), [...scale.keys()], "one patient per grade");
  }
  for (const { model, walks, explained, failure } of pages) {
    const shown = [
      ...walks,
      ...explained ? [explained] : [],
      ...failure.walk ? [failure.walk] : [],
    ];
    const names = Array.from(Deno.readDirSync(new URL(`${model}/`, folder)), ({ name }) => name);
    assertEquals(
      names.sort(),
      [...new Set(["gallery.json", ...shown.map(({ file }) => file)])].sort(),
    );
    if (!failure.walk) continue;
    const { frames, index } = failure.walk;
    assert(worstMiss({ frames }) > 0.499);
    assertEquals(index, failure.tried - 1);
  }
});

Deno.test("the server shows the models that come along, and no others", async () => {
  await using host = await Host.boot(builtins);
  assertEquals(modelNames(host), ["knee64", "retina28", "vertebra32v", "vertebra64"]);
  const url = new URL("http://127.0.0.1/showcase/index.json");
  const listed = await (await respondWithShowcase(new Request(url), url)).json();
  assertEquals(listed.map(({ name }: { name: string }) => name), modelNames(host));
});

Deno.test("models that do not come along stand last, and are drawn from a probe that is named", () =>
  withModels(async (host, workspace, home) => {
    for (const [model, shipped] of [["apart", false], ["second"], ["first"]] as const) {
      await Deno.mkdir(`${home}/out/${model}`, { recursive: true });
      const text = JSON.stringify({ model, shipped });
      await Deno.writeTextFile(`${home}/out/${model}/gallery.json`, text);
    }
    await Deno.writeTextFile(`${home}/out/README.md`, "");
    const pages = await drawnPages(`${home}/out`, ["first", "second"]);
    assertEquals(pages.map(({ model }) => model), ["first", "second", "apart"]);
    const own = { probe: "probe-0", description: "" };
    await assertRejects(
      () => drawModel(host, workspace, "apart", { own }),
      NotFoundError,
      "probe-0",
    );
  }));

Deno.test("a model whose data set is not there is left as it is", () =>
  withModels(async (host, workspace, home) => {
    await assertRejects(() => drawModel(host, workspace, "knee64"), NotFoundError, "knee_kl_64");
    await Deno.mkdir(`${home}/out/knee64`, { recursive: true });
    await Deno.writeTextFile(`${home}/out/knee64/old.png`, "old");
    const log: string[] = [];
    await makeGallery(host, workspace, `${home}/out`, ["knee64"], {
      log: (text) => log.push(text),
    });
    assertEquals(await Deno.readTextFile(`${home}/out/knee64/old.png`), "old");
    assert(log[0].startsWith("knee64 is left as it is"), log[0]);
  }));

const dataset = {
  id: "toys",
  imageShape: [1, 1, 1],
  scale: { type: "ordinal", names: ["none (healthy)", "much"] },
  measurements: [{ name: "jointSpaceWidth" }],
} as unknown as Dataset;

Deno.test("under each picture stands what was asked for, and what probe, judge and pixels say", () => {
  const png = toPng(tensor([1, 1, 1, 1], [0]), 0);
  const frames = [
    { asked: 0, image: 0.6, judge: 0.24, beyond: 0.5, measured: 0.1234 },
    { asked: 1, image: 1.4, judge: 1, beyond: 0.25, measured: null },
  ];
  const svg = sheet({
    ...{ index: 2, label: 1, rebuilt: png, pictures: [png, png], changes: [png, png] },
    ...{ range: 0.5, rebuiltJudge: 0.9, frames },
  }, dataset);
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
  assertEquals(texts.slice(0, 13), [
    ...["rebuilt", "labeled much", "judge: 0.9"],
    ...["none", "probe: 0.6", "judge: 0.2", "beyond: 50 %", "joint space: 0.123"],
    ...["much", "probe: 1.4", "judge: 1.0", "beyond: 25 %", "joint space: –"],
  ]);
  const red = [...svg.matchAll(/fill="#b3261e"[^>]*>([^<]*)</g)].map(([, text]) => text);
  assertEquals([red, worstMiss({ frames })], [["probe: 0.6"], 0.6]);
});
