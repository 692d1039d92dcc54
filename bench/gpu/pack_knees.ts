/** Packs some knees of DATA/knee_kl_64.npz into another folder: enough for a training, in a few megabytes. */

import { readNpz, writeNpz } from "@countergrade/countergrade/formats";

const COUNTS: Record<string, number> = { train: 1500, val: 200 };

const [from, to] = Deno.args;
const arrays = readNpz(await Deno.readFile(`${from}/knee_kl_64.npz`));
const packed = Object.fromEntries(
  Object.entries(COUNTS).flatMap(([split, count]) => {
    const { shape: [n, h, w], data } = arrays.get(`${split}_images`)!;
    const labels = arrays.get(`${split}_labels`)!.data;
    // The file is sorted by grade: every k-th image.
    const indices = Array.from({ length: count }, (_, i) => Math.floor(i * n / count));
    const images = new Uint8Array(count * h * w);
    indices.forEach((index, i) => {
      for (let p = 0; p < h * w; p++) images[i * h * w + p] = Number(data[index * h * w + p]);
    });
    return [
      [`${split}_images`, { shape: [count, h, w], data: images }],
      [`${split}_labels`, Uint8Array.from(indices, (index) => Number(labels[index]))],
    ];
  }),
);
await Deno.writeFile(`${to}/knee_kl_64.npz`, writeNpz(packed));
