/** Training and rendering for long: the memory of the process must not grow. */

import { assert, assertEquals } from "@std/assert";

/** Keeping what 800 renders return would take 79 MB, what 800 steps return far more. */
const BOUND = 32e6;

Deno.test("1,000 training steps and 1,000 renders take no more memory than 200", {
  timeout: 240_000,
}, async () => {
  const script = new URL("memory_script.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", script],
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const grown: Record<string, number> = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(Object.keys(grown), ["training", "rendering"]);
  for (const [what, bytes] of Object.entries(grown)) {
    assert(bytes < BOUND, `${what}: the process grew by ${(bytes / 1e6).toFixed(0)} MB`);
  }
});
