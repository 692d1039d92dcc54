/** The README's walk-through on images of one's own: a folder of pictures, a table, five commands, a path. */

import { Random, tensor } from "@countergrade/countergrade";
import { toPng } from "@countergrade/countergrade/images";
import { decode } from "../../../core/formats/png/png.ts";
import { assert, assertEquals } from "@std/assert";
import { serve } from "../../../server/main.ts";
import { textOf } from "../../source_files.ts";
import { printed } from "./printed.ts";

/** The commands as they stand there, each as arguments without `deno task countergrade`. */
async function walkThrough(): Promise<string[][]> {
  const [, section] = /^## Your own images\n([^]*?)\n## /m.exec(await textOf("README.md"))!;
  const [, block] = /^```sh\n([^]*?)^```/m.exec(section)!;
  return block.trim().split("\n").map((line) => {
    const [, rest] = /^deno task countergrade (.*)$/.exec(line)!;
    return rest.split(" ");
  });
}

/** Bars of 20 × 24 pixels, the higher the worse; two pictures of each patient. */
async function writePictures(folder: string): Promise<void> {
  const rows = ["path,label,patient"];
  for (let i = 0; i < 80; i++) {
    const random = new Random(i);
    const grade = i % 4;
    const image = tensor(
      [1, 1, 24, 20],
      Float32Array.from({ length: 480 }, (_, at) => {
        const inside = at % 20 > 5 && at % 20 < 14 && at / 20 > 20 - 4 * grade;
        return (inside ? 0.7 : -0.6) + 0.1 * random.normal();
      }),
    );
    const patient = `p${i >> 1}`;
    await Deno.mkdir(`${folder}/${patient}`, { recursive: true });
    await Deno.writeFile(`${folder}/${patient}/${i % 2}.png`, toPng(image, 0));
    rows.push(`${patient}/${i % 2}.png,${grade},${patient}`);
  }
  await Deno.writeTextFile(`${folder}/labels.csv`, rows.join("\n"));
}

const TINY = {
  multipliers: [1],
  encoderMultipliers: [1],
  attention: [],
  embedding: 32,
  codeSize: 8,
  unshuffle: 4,
};

Deno.test("a folder of images and a table become an inspection and a counterfactual path by the README's commands", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await writePictures(`${folder}/images/my_images`);
    const commands = await walkThrough();
    assertEquals(commands.map(([name]) => name), [
      "inspect-dataset",
      "train-encoder",
      "encode",
      "train-probe",
      "counterfactual-path",
    ]);
    const more: Record<string, string[]> = {
      "train-encoder": [
        "--steps",
        "2",
        "--batch-size",
        "4",
        "--options",
        JSON.stringify({ config: TINY }),
      ],
      "counterfactual-path": [
        "--sampler",
        JSON.stringify({ name: "ddim", inversionSteps: 2, renderSteps: 2 }),
      ],
    };
    const ids: Record<string, string> = {};
    let last: Record<string, unknown> = {};
    for (const args of commands) {
      const places = ["images", "inspection", "path"];
      const given = args.map((word) =>
        ids[word] ?? (places.includes(word) ? `${folder}/${word}` : word)
      );
      const { code, text } = await printed([
        ...given,
        ...more[args[0]] ?? [],
        "--home",
        `${folder}/h`,
        "--json",
      ]);
      assertEquals([code, text.startsWith("{")], [0, true], text);
      last = JSON.parse(text);
      assert(!("error" in last), text);
      for (const kind of ["encoder", "codes", "probe"]) {
        if (typeof last[kind] === "string") ids[kind.toUpperCase()] = last[kind];
      }
    }
    assertEquals(Object.keys(ids).sort(), ["CODES", "ENCODER", "PROBE"]);
    assert((await Array.fromAsync(Deno.readDir(`${folder}/inspection`))).length > 0);
    const path = JSON.parse(await Deno.readTextFile(`${folder}/path/path.json`));
    const targets = path.frames.map(({ targetGrade }: { targetGrade: number }) => targetGrade);
    assertEquals(targets, [0, 1.5, 3]);
    const { width, height } = decode(await Deno.readFile(`${folder}/path/strip.png`));
    assertEquals([width, height], [3 * 64 + 2 * 2, 64]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what lies in datasets/ of the home folder is found without --data, by command line and server", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await writePictures(`${folder}/h/datasets/mine`);
    const home = ["--home", `${folder}/h`];
    const { code, text } = await printed([
      "inspect-dataset",
      "--dataset",
      "mine",
      ...home,
      "--json",
    ]);
    assertEquals(code, 0, text);
    const { images, splits, skipped } = JSON.parse(text);
    assertEquals([images, skipped.files, splits[0].split], [80, 0, "train"]);
    await using server = await serve({ port: 0, host: "127.0.0.1", home: `${folder}/h` });
    const response = await fetch(`${server.url}graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "{ datasets { id } }" }),
    });
    const ids = (await response.json()).data.datasets.map(({ id }: { id: string }) => id);
    assert(ids.includes("mine"), `${ids}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
