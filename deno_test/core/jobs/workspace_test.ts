/** The home folder: what the dead left behind, and a database that was lost. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { Workspace } from "@countergrade/countergrade/jobs";
import { sweepLeftovers } from "../../../core/jobs/leftovers.ts";

async function withHome(test: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  await test(home);
  await Deno.remove(home, { recursive: true });
}

/** What `work` says on stderr. */
async function saidBy(work: () => Promise<void>): Promise<string[]> {
  const { error } = console;
  const said: string[] = [];
  console.error = (text: string) => said.push(text);
  try {
    await work();
  } finally {
    console.error = error;
  }
  return said;
}

const open = async (home: string) => {
  await using _workspace = await Workspace.open(home);
};

Deno.test("old locks that nobody holds and checkpoints of 0.1 go, all others stay", () =>
  withHome(async (home) => {
    const old = new Date(Date.now() - 2 * 3_600_000);
    await Deno.mkdir(`${home}/owners`);
    await Deno.mkdir(`${home}/checkpoints`);
    const gone = ["owners/a.lock", "owners/b.lock.new", "checkpoints/k"];
    const kept = ["owners/held.lock", "owners/note", "checkpoints/goes-on"];
    for (const path of [...gone, ...kept]) {
      await Deno.writeTextFile(`${home}/${path}`, "");
      await Deno.utime(`${home}/${path}`, old, old);
    }
    const month = new Date(Date.now() - 31 * 24 * 3_600_000);
    await Deno.utime(`${home}/checkpoints/k`, month, month);
    for (const path of ["owners/young.lock", "checkpoints/young"]) {
      kept.push(path);
      await Deno.writeTextFile(`${home}/${path}`, "");
    }
    using held = await Deno.open(`${home}/owners/held.lock`, { write: true });
    await held.lock(true);
    await sweepLeftovers(home);
    const left: string[] = [];
    for (const folder of ["owners", "checkpoints"]) {
      for await (const { name } of Deno.readDir(`${home}/${folder}`)) {
        left.push(`${folder}/${name}`);
      }
    }
    assertEquals(left.sort(), kept.sort());
  }));

Deno.test("a home folder sweeps when it is opened, and needs none of the folders", () =>
  withHome(async (home) => {
    await open(home);
    const lock = `${home}/owners/dead.lock`;
    await Deno.writeTextFile(lock, "");
    const old = new Date(0);
    await Deno.utime(lock, old, old);
    await open(home);
    assertEquals(await Array.fromAsync(Deno.readDir(`${home}/owners`)), []);
  }));

Deno.test("a database that was emptied or deleted beside results is told, a new home is not", () =>
  withHome(async (home) => {
    assertEquals(await saidBy(() => open(home)), []);
    {
      await using workspace = await Workspace.open(home);
      const blob = await workspace.blobs.write(new Uint8Array(3), "bin");
      const provenance = { task: "t", plugins: [], options: {}, seed: 0, inputs: [] };
      const createdAt = new Date(0).toISOString();
      const files = { x: blob };
      await workspace.store.artifacts.put({
        id: "a-1",
        kind: "a",
        createdAt,
        files,
        metadata: {},
        provenance,
      });
    }
    assertEquals(await saidBy(() => open(home)), []);
    await Deno.truncate(`${home}/countergrade.db`);
    const [emptied, ...more] = await saidBy(() => open(home));
    assertStringIncludes(emptied, "it was emptied or deleted");
    assertEquals(more, []);
    await Deno.remove(`${home}/countergrade.db`);
    assertEquals((await saidBy(() => open(home))).length, 1);
  }));
