/** `verify-store` and `prune` on the command line, and that all that looks into a store looks into the one that is asked for. */

import { Workspace } from "@countergrade/countergrade/jobs";
import { artifactOf } from "@countergrade/countergrade/testing";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { printed } from "./printed.ts";

const toys = new URL("../../toy_tasks.ts", import.meta.url).href;

Deno.test("verify-store names what is damaged and exits with 1; prune tells what it freed", async () => {
  const home = await Deno.makeTempDir();
  const run = async (...args: string[]) => {
    const { code, text } = await printed([...args, "--home", home, "--plugins", toys]);
    return { code, text, json: args.includes("--json") ? JSON.parse(text) : undefined };
  };
  let path: string, blob: string;
  {
    await using workspace = await Workspace.open(home);
    blob = await workspace.blobs.write(new Uint8Array(5), "bin");
    path = workspace.blobs.path(blob);
    await workspace.store.artifacts.put({ ...artifactOf("codes-1"), files: { codes: blob } });
    const stray = workspace.blobs.path(await workspace.blobs.write(new Uint8Array(7), "bin"));
    const old = new Date(Date.now() - 2 * 3_600_000);
    await Deno.utime(stray, old, old);
  }
  const whole = await run("verify-store");
  assertEquals([whole.code, whole.text], [0, "Every stored file is whole"]);
  assertEquals((await run("prune", "--json")).json, {
    events: 0,
    checkpoints: 0,
    artifacts: 0,
    blobs: 1,
    bytes: 7,
  });
  await Deno.truncate(path, 2);
  const damaged = await run("verify-store", "--json");
  const damage = [{ of: "codes-1", file: "codes", blob, problem: "damaged" }];
  assertEquals([damaged.code, damaged.json], [1, { damage }]);
  const told = await run("verify-store");
  assertStringIncludes(told.text, `codes-1 codes: damaged (${blob})`);
  await Deno.remove(home, { recursive: true });
});

Deno.test("what lists, reads or prunes a store asks the one that --store names, not the home folder's", async () => {
  const home = await Deno.makeTempDir();
  for (const command of ["list", "verify-store", "prune"]) {
    const store = "postgres://an-address-without-a-database";
    const { code, text } = await printed([
      ...[command, "--json", "--home", home, "--plugins", toys, "--store", store],
    ]);
    assertEquals(code, 1, command);
    assertStringIncludes(JSON.parse(text).error.message, "Cannot use the store's address");
  }
  await Deno.remove(home, { recursive: true });
});
