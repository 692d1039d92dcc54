/** The GPU script on the CPU: its steps, its files, and that it goes on where one fails. */

import { readSafetensors } from "@countergrade/countergrade/formats";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { root } from "../source_files.ts";

interface Step {
  name: string;
  found?: Record<string, string>[];
  failure?: string;
}

async function rehearse(...flags: string[]) {
  const out = await Deno.makeTempDir();
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-lock",
      "--no-check",
      "bench/gpu.ts",
      "--rehearse",
      "--minutes",
      "30",
      ...flags,
    ],
    cwd: root,
    env: { OUT: out },
    stdout: "null",
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const steps: Step[] = JSON.parse(await Deno.readTextFile(`${out}/gpu.json`)).steps;
  return { out, steps, table: await Deno.readTextFile(`${out}/table.md`) };
}

Deno.test("a rehearsal on the CPU agrees with itself, trains, and brings back the weights", async () => {
  const { out, steps, table } = await rehearse(
    "--provider",
    "cpu",
    "--steps",
    "agreement,training",
  );
  const [agreement, training] = steps;
  assertEquals([agreement.failure, training.failure], [undefined, undefined]);
  assertEquals(agreement.found!.map(({ what }) => what), ["z", "images", "loss", "gradient"]);
  for (const row of agreement.found!) assertEquals(row["difference from the CPU"], "0.0e+0");
  const [{ provider, steps: trained, file }] = training.found!;
  assertEquals([provider, Number(trained)], ["cpu", 2]);
  assert(readSafetensors(await Deno.readFile(file)).tensors.size > 50);
  assertStringIncludes(table, "| what | provider | difference from the CPU |");
  await Deno.remove(out, { recursive: true });
});

Deno.test("a step that fails is told, and the next goes on", async () => {
  const foreign = Deno.build.os === "darwin" ? "dml" : "coreml";
  const { out, steps, table } = await rehearse(
    "--provider",
    foreign,
    "--steps",
    "agreement,training",
  );
  assertEquals(steps.map(({ name }) => name), ["agreement", "training"]);
  for (const { failure } of steps) assertStringIncludes(failure ?? "", "exit code 1");
  assertStringIncludes(table, "Failed: exit code 1");
  // The command line falls back to the CPU by itself; that is a finding too.
  assertEquals(steps[1].found?.map(({ provider }) => provider), ["cpu"]);
  await Deno.remove(out, { recursive: true });
});
