/** Commands of the documents that take files, run as they are printed on files that are real and small. */

import { tensor } from "@countergrade/countergrade";
import { toPng } from "@countergrade/countergrade/images";
import { assert, assertEquals } from "@std/assert";
import { argumentsOf, commandsIn, countergrade } from "./document_commands.ts";
import { textOf } from "./source_files.ts";

const fixtures = new URL("plugins/encoders/", import.meta.url);

/** The folders that the examples speak of, with files under the names that they use. */
async function filled(folder: string): Promise<void> {
  const copies = {
    "models/encoder.onnx": "autoencoder/encoder.onnx",
    "models/decoder.onnx": "autoencoder/decoder.onnx",
    "checkpoints/last.ckpt": "checkpoints/bare.ckpt",
    "checkpoints/outputs.npz": "checkpoints/bare.npz",
  };
  for (const name of ["models", "checkpoints", "images/my_images/p01", "images/my_images/p02"]) {
    await Deno.mkdir(`${folder}/${name}`, { recursive: true });
  }
  for (const [to, from] of Object.entries(copies)) {
    await Deno.copyFile(new URL(from, fixtures), `${folder}/${to}`);
  }
  const rows = Array.from(
    { length: 12 },
    (_, i) => `p0${1 + i % 2}/${i}.png,${i % 4},p0${1 + i % 2}`,
  );
  await Deno.writeTextFile(
    `${folder}/images/my_images/labels.csv`,
    ["path,label,patient", ...rows].join("\n"),
  );
  for (const [i, row] of rows.entries()) {
    const picture = toPng(tensor([1, 1, 2, 2], [-1, i / 12, 0, 1]), 0);
    await Deno.writeFile(`${folder}/images/my_images/${row.split(",")[0]}`, picture);
  }
}

/** What is run, by page and by how the command begins. */
const RUN: Record<string, readonly string[]> = {
  "docs/training.md": ["import-onnx", "import-encoder", "export-encoder", "verify-encoder"],
  "docs/datasets.md": ["inspect-dataset --data images"],
};

Deno.test(
  "commands of the documents that take files run as they are printed",
  { timeout: 240_000 },
  async () => {
    const folder = await Deno.realPath(await Deno.makeTempDir());
    try {
      await filled(folder);
      let encoder = "";
      const inside = (word: string, i: number, args: readonly string[]) =>
        ["--data", "--out"].includes(args[i - 1])
          ? `${folder}/${word}`
          : word === "ENCODER"
          ? encoder
          : word;
      for (const [page, beginnings] of Object.entries(RUN)) {
        const commands = commandsIn(await textOf(page));
        for (const beginning of beginnings) {
          const command = commands.find((line) =>
            line.startsWith(`deno task countergrade ${beginning}`)
          );
          assert(command, `${page} has a command ${beginning}`);
          const args = argumentsOf(command)!.map(inside);
          const { code, stdout, stderr } = await countergrade([
            ...args,
            ...["--home", `${folder}/home`, "--json"],
          ]);
          assertEquals([command, code], [command, 0], stderr);
          const result = JSON.parse(stdout);
          encoder = result.encoder ?? encoder;
          if (result.notes) {
            assertEquals(result.notes, [
              "12 images are of 2 patients, told apart by the table's column",
            ]);
          }
        }
      }
      assert((await Deno.stat(`${folder}/model.safetensors`)).isFile);
      assert((await Deno.stat(`${folder}/inspection`)).isDirectory);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
