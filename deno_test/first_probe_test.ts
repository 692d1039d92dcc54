/** docs/first_probe.md: its commands run in their order and its change is made, on images that are small. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { writeDiscs } from "../examples/own_dataset.ts";
import { argumentsOf, commandsIn, countergrade } from "./document_commands.ts";
import { textOf } from "./source_files.ts";

const guide = await textOf("docs/first_probe.md");

/** Makes the changes of the text's diff to a file: its lines with − are there, and become those with +. */
async function change(path: string, text: string): Promise<void> {
  const [, diff] = /^```diff\n([\s\S]*?)^```/m.exec(text)!;
  const lines = (sign: string) =>
    diff.split("\n").filter((line) => line.startsWith(sign)).map((line) => line.slice(1)).join(
      "\n",
    );
  const before = await Deno.readTextFile(path);
  assertStringIncludes(before, lines("-"));
  await Deno.writeTextFile(path, before.replace(lines("-"), lines("+")));
}

Deno.test(
  "the guide to a first probe goes from nothing to a path",
  { timeout: 240_000 },
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      await writeDiscs(folder);
      const module = `${folder}/my-probe/mod.ts`;
      const ids: Record<string, string> = {};
      const ran: string[] = [];
      for (const command of commandsIn(guide)) {
        const args = argumentsOf(command);
        if (!args) {
          ran.push(command);
          if (command !== "deno task ok") continue;
          await ok(`${folder}/my-probe`);
          await change(module, guide);
          await ok(`${folder}/my-probe`);
          continue;
        }
        const given = args.map((word) =>
          ids[word] ??
            word.replace("../my-probe/mod.ts", module).replace(/^vertebra$/, "discs")
              .replace(/^path$/, `${folder}/path`)
        );
        const place = args[0] === "plugin" && args[1] === "new"
          ? ["--out", `${folder}/my-probe`]
          : ["--data", folder, "--home", `${folder}/home`];
        const { code, stdout, stderr } = await countergrade([...given, ...place, "--json"]);
        assertEquals([command, code, stderr], [command, 0, ""]);
        const result = JSON.parse(stdout);
        for (const kind of ["encoder", "codes", "probe"]) {
          if (result[kind]) ids[kind.toUpperCase()] = result[kind];
        }
        ran.push(args.find((word) => /^(plugin|train|encode|counter)/.test(word))!);
      }
      assertEquals(ran, [
        "plugin",
        "deno task ok",
        "plugin",
        "train-encoder",
        "encode",
        "train-probe",
        "counterfactual-path",
        "deno task start --plugins builtins,../my-probe/mod.ts",
        "plugin",
      ]);
      assert((await Deno.stat(`${folder}/path/strip.png`)).size > 50);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

async function ok(folder: string): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "ok"],
    cwd: folder,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals(code, 0, text(stdout) + text(stderr));
}
