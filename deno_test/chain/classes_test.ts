/** Classes without an order, from folders to a path: the frames show the class that was asked for. */

import { InputError, Random, tensor } from "@countergrade/countergrade";
import { toPng } from "@countergrade/countergrade/images";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Chain } from "./chain.ts";

const SIZE = 16;
/** Where a class has its bright bar: left, above, or right. */
const BARS: Record<string, (x: number, y: number) => boolean> = {
  left: (x) => x < 5,
  top: (_, y) => y < 5,
  right: (x) => x > 10,
};
const NAMES = Object.keys(BARS).sort();

/** A picture of a class, every time another. */
function picture(name: string, number: number): Uint8Array {
  const random = new Random(number).fork(name);
  const bright = 0.4 + 0.3 * random.uniform();
  const data = Float32Array.from(
    { length: SIZE * SIZE },
    (_, p) => (BARS[name](p % SIZE, Math.floor(p / SIZE)) ? bright : -0.7) + 0.1 * random.normal(),
  );
  return toPng(tensor([1, 1, SIZE, SIZE], data), 0);
}

async function open(): Promise<Chain> {
  const chain = await Chain.open({});
  for (const name of NAMES) {
    const folder = `${chain.folder}/data/shapes/${name}`;
    await Deno.mkdir(folder, { recursive: true });
    for (let i = 0; i < 20; i++) await Deno.writeFile(`${folder}/${i}.png`, picture(name, i));
  }
  const description = { imageSize: SIZE };
  const file = `${chain.folder}/data/shapes/countergrade-dataset.json`;
  await Deno.writeTextFile(file, JSON.stringify(description));
  return chain;
}

Deno.test(
  "classes without an order: every frame becomes its class, and metrics say what they can",
  { timeout: 120_000 },
  async () => {
    await using chain = await open();
    const dataset = "shapes";
    assertEquals((await chain.host.openDataset(dataset)).scale, { type: "nominal", names: NAMES });
    const { encoder } = await chain.done("trainEncoder", { dataset, encoder: { pca: {} } });
    const { codes } = await chain.done("encode", { dataset, encoder });
    const { probe } = await chain.done("trainProbe", { codes, probe: { logistic: {} } });
    const options = { dataset, probe, index: 0 };

    const path = await chain.done("counterfactualPath", { ...options, classes: ["right", "top"] });
    assertEquals(
      path.frames.map(({ target, met }: { target: unknown; met: boolean }) => [target, met]),
      [[{ class: "right" }, true], [{ class: "top" }, true]],
    );
    const every = await chain.done("counterfactualPath", options);
    assertEquals(every.frames.map(({ met }: { met: boolean }) => met), [true, true, true]);

    const told = await chain.done("evaluate", { dataset, probe, limit: 3 });
    assertEquals([told.frames, told.met], [9, 1]);
    const figures = new Map<string, number>(
      told.figures.map(({ name, mean }: { name: string; mean: number }) => [name, mean]),
    );
    // The score of the one class that is asked about: the image agrees with the edited code.
    assertEquals(figures.get("imageValidity"), 1);
    for (const [name, mean] of figures) assert(Number.isFinite(mean), name);

    const unknown = await assertRejects(
      () => chain.run("counterfactualPath", { ...options, classes: ["below"] }),
      InputError,
    );
    assertEquals(unknown.path[0], "classes");
    const closed = await assertRejects(
      () => chain.run("counterfactualPath", { ...options, closeLoop: {} }),
      InputError,
      "a class without an order has none",
    );
    assertEquals(closed.path, ["closeLoop"]);
  },
);
