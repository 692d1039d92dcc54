/** Training and rendering for long: the memory of the process must not grow. */

import { assert, assertEquals } from "@std/assert";
import { torchFolder } from "../../torch_folder.ts";

/** Keeping what 480 renders return would take 47 MB, what 480 steps return far more. */
const BOUND = 16e6;

for (const provider of ["cpu", "torch"] as const) {
  Deno.test({
    name: `1,080 training steps and renders on ${provider} take no more memory than 120`,
    ignore: provider === "torch" && !torchFolder,
    timeout: 240_000,
    fn: () => holdMemory(provider),
  });
}

async function holdMemory(provider: string) {
  const script = new URL("memory_script.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", script, provider],
    env: { COUNTERGRADE_TORCH: torchFolder ?? "" },
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const grown: Record<string, number> = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(Object.keys(grown), ["training", "rendering"]);
  for (const [what, bytes] of Object.entries(grown)) {
    assert(bytes < BOUND, `${what}: the process grew by ${(bytes / 1e6).toFixed(0)} MB`);
  }
}
