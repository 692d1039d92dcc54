/**
 * How long a training waits for its images: a folder of PNG files, read once into the cache, then trained on. Target: less than
 * 5 % of the time at the small preset.
 */

import { type Dataset, encoders, Host, Random, tensor } from "@countergrade/countergrade";
import { toPng } from "@countergrade/countergrade/images";
import { builtins } from "@countergrade/countergrade/plugins";
import { memoryJob } from "@countergrade/countergrade/testing";

const PICTURES = 1000;
const SIDE = 256;
const STEPS = 20;

const folder = await Deno.realPath(await Deno.makeTempDir());
try {
  for (let i = 0; i < PICTURES; i++) {
    const grade = `${folder}/data/pictures/${i % 3}`;
    await Deno.mkdir(grade, { recursive: true });
    const noise = new Random(i).normals(SIDE * SIDE).map((x) => x / 4);
    await Deno.writeFile(`${grade}/${i}.png`, toPng(tensor([1, 1, SIDE, SIDE], noise), 0));
  }
  await using host = await Host.boot(builtins, {
    roots: [`${folder}/data`],
    cache: `${folder}/cache`,
  });
  const opening = async () => {
    const started = performance.now();
    const dataset = await host.openDataset("pictures");
    return { dataset, ms: performance.now() - started };
  };
  const first = await opening();
  const second = await opening();
  let waited = 0;
  const timed: Dataset = {
    ...second.dataset,
    async get(split, indices) {
      const started = performance.now();
      const batch = await second.dataset.get(split, indices);
      waited += performance.now() - started;
      return batch;
    },
  };
  const member = host.member(encoders, "dae");
  const rows = [];
  for (const preset of ["tiny64", "small64"]) {
    const options = member.options.parse({ preset, steps: STEPS, inspectEvery: STEPS });
    waited = 0;
    const started = performance.now();
    await member.train!(timed, options, memoryJob(host));
    const total = performance.now() - started;
    rows.push({
      preset,
      "ms per step": Math.round(total / STEPS),
      "waiting for images": `${(100 * waited / total).toFixed(2)} %`,
    });
  }
  console.log(
    `${PICTURES} PNG files of ${SIDE} × ${SIDE}: read in ${
      first.ms.toFixed(0)
    } ms at the first opening, ` +
      `opened again in ${second.ms.toFixed(0)} ms`,
  );
  console.table(rows);
} finally {
  await Deno.remove(folder, { recursive: true });
}
