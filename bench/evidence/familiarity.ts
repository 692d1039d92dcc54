/**
 * Which images the models that come along call familiar, unusual and foreign: held-out images of their own that set no threshold, the
 * same altered, and others.
 *
 *     deno task bench familiarity --data DIR --models knee64,retina28,vertebra64 --images 100
 */

import { parseArgs } from "node:util";
import {
  concatRows,
  type Dataset,
  type Images,
  Random,
  tensor,
  zeros,
} from "@countergrade/countergrade";
import { resize } from "@countergrade/countergrade/images";
import { LoadedEncoders, loadProbe } from "../../plugins/tasks/encoders/models.ts";
import { drawn, familiarityOf, readOwnImages } from "../../plugins/tasks/latents/familiarity.ts";
import { openShipped } from "../shipped/ground.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    data: { type: "string", default: "." },
    models: { type: "string", default: "knee64,retina28,vertebra64" },
    images: { type: "string", default: "100" },
  },
});
const count = Number(flags.images);
await using shipped = await openShipped({ data: flags.data });
const { host, workspace } = shipped;
const { store, blobs } = workspace;
const job = shipped.jobOf();

/** Images of a data set that set no threshold of its model. */
async function unused(dataset: Dataset, held: string): Promise<Images> {
  const { splits } = dataset;
  const split = splits.test ? "test" : held;
  const used = new Set(split === held ? drawn(held, splits[held]) : []);
  const free = [...new Random(4).fork(split).permutation(splits[split])].filter((i) =>
    !used.has(i)
  );
  return (await dataset.get(split, free.slice(0, count))).images;
}

/** Every pixel from another place of its image, as shares of height and width. */
function moved(images: Images, from: (y: number, x: number) => [number, number]): Images {
  const [, , h, w] = images.shape;
  const place = (share: number, size: number) =>
    Math.min(size - 1, Math.max(0, Math.floor(share * size)));
  const data = images.data.map((_, i) => {
    const [y, x] = from((Math.floor(i / w) % h + 0.5) / h, (i % w + 0.5) / w);
    return images.data[i - i % (h * w) + place(y, h) * w + place(x, w)];
  });
  return tensor(images.shape, data);
}

/** The middle or a corner of each image, enlarged. */
function quarter(images: Images, left: number, top: number): Images {
  const [n, c, h, w] = images.shape;
  const [rows, columns] = [h >> 1, w >> 1];
  const out = zeros([n, c, rows, columns]);
  out.data.forEach((_, i) => {
    const [plane, y, x] = [
      Math.floor(i / (rows * columns)),
      Math.floor(i / columns) % rows,
      i % columns,
    ];
    out.data[i] = images.data[(plane * h + y + Math.floor(top * h)) * w + x + Math.floor(left * w)];
  });
  return resize(out, h, w);
}

/** Images of another data set in this one's shape. */
function reshaped(images: Images, [channels, h, w]: readonly number[]): Images {
  const [n, c, oldH, oldW] = images.shape;
  const out = zeros([n, channels, oldH, oldW]);
  const size = oldH * oldW;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < channels; k++) {
      for (let q = 0; q < size; q++) {
        for (let from = 0; from < c; from++) {
          const weight = channels === c ? Number(from === k) : 1 / c;
          out.data[(i * channels + k) * size + q] += weight *
            images.data[(i * c + from) * size + q];
        }
      }
    }
  }
  return resize(out, h, w);
}

/**
 * Scenes with the statistics of photographs: discs of a random gray or color that hide each other, radii by a power law (the dead leaves
 * model of Matheron 1968; Lee, Mumford & Huang 2001), under light that falls off to one side.
 */
function scenes(n: number, [c, h, w]: readonly number[], random: Random): Images {
  const out = zeros([n, c, h, w]);
  for (let i = 0; i < n; i++) {
    const [slope, turn] = [0.4 * random.uniform(), 2 * Math.PI * random.uniform()];
    for (let leaf = 0; leaf < 400; leaf++) {
      const radius = 0.02 / Math.max(0.04, random.uniform());
      const [x0, y0] = [1.4 * random.uniform() - 0.2, 1.4 * random.uniform() - 0.2];
      const tone = random.normal();
      const color = Array.from({ length: c }, () => 0.4 * tone + 0.2 * random.normal());
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          if (Math.hypot((x + 0.5) / w - x0, (y + 0.5) / h - y0) > radius) continue;
          const light = slope * ((x / w - 0.5) * Math.cos(turn) + (y / h - 0.5) * Math.sin(turn));
          color.forEach((value, k) => {
            out.data[((i * c + k) * h + y) * w + x] = Math.max(-1, Math.min(1, value + light));
          });
        }
      }
    }
  }
  return out;
}

/** Images that are none of the model's, by what they are. */
function strangers(images: Images, random: Random): Record<string, Images> {
  const { shape, data } = images;
  const filled = (value: () => number) => tensor(shape, data.map(value));
  return {
    "turned by 90°": moved(images, (y, x) => [x, 1 - y]),
    "turned by 180°": moved(images, (y, x) => [1 - y, 1 - x]),
    "turned by 270°": moved(images, (y, x) => [1 - x, y]),
    "upside down": moved(images, (y, x) => [1 - y, x]),
    negative: tensor(shape, data.map((value) => -value)),
    "the middle quarter": quarter(images, 0.25, 0.25),
    "a corner quarter": quarter(images, 0, 0),
    noise: filled(() => 2 * random.uniform() - 1),
    "faint noise": filled(() => 0.1 * random.normal()),
    black: filled(() => -1),
    white: filled(() => 1),
    gray: filled(() => 0),
    "drawn scenes": scenes(shape[0], shape.slice(1), random),
    "mirrored (not counted)": moved(images, (y, x) => [y, 1 - x]),
  };
}

console.log("| model | images | familiar | unusual | foreign | strangest trait |");
console.log("| --- | --- | --- | --- | --- | --- |");
await using loaded = new LoadedEncoders();
const { items: probes } = await store.artifacts.list({ kind: "probe" });
const { items: kinds } = await store.artifacts.list({ kind: "familiarity" });
const sets = await Promise.all(
  probes.map(({ metadata }) => host.openDataset(`${metadata.dataset}`)),
);
for (const model of flags.models.split(",")) {
  const probe = await shipped.probeOf(model);
  const stored = await loadProbe(job, probe.id);
  const kind = kinds.find(({ metadata }) => metadata.encoder === stored.encoder)!;
  const known = readOwnImages(await blobs.read(Object.values(kind.files)[0]));
  const encoder = await loaded.get(job, stored.encoder);
  const dataset = sets.find(({ id }) => id === probe.metadata.dataset)!;
  const images = await unused(dataset, known.measuredOn);
  const shown: Record<string, Images> = { "its own": images, ...strangers(images, new Random(8)) };
  for (const other of sets) {
    if (other === dataset) continue;
    const foreign = await unused(other, "val");
    shown[other.id] = concatRows([reshaped(foreign, encoder.imageShape)]);
  }
  for (const [name, batch] of Object.entries(shown)) {
    const told = familiarityOf(batch, await encoder.encode(batch), known, encoder);
    const share = (verdict: string) =>
      (100 * told.filter((one) => one.verdict === verdict).length / told.length).toFixed(1);
    const traits = Map.groupBy(told, ({ trait }) => trait);
    const [most] = [...traits].toSorted(([, a], [, b]) => b.length - a.length);
    const shares = ["familiar", "unusual", "foreign"].map(share).join(" % | ");
    console.log(`| ${model} | ${name} | ${shares} % | ${most[0]} |`);
  }
}
Deno.exit(0);
