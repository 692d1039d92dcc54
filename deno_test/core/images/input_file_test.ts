/** Files that a client names: by path where it is trusted, by name in the data folders. */

import { InputError, NotFoundError } from "@countergrade/countergrade";
import { inputFileVersion, readInputFile } from "@countergrade/countergrade/images";
import { assert, assertEquals, assertRejects } from "@std/assert";

async function withRoot(run: (root: string) => Promise<void>) {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.writeTextFile(`${root}/last.ckpt`, "weights");
    await run(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("a name is looked up in the data folders, whoever gives it", async () => {
  await withRoot(async (root) => {
    for (const trusted of [false, true]) {
      const context = { roots: [root], trusted };
      const text = new TextDecoder().decode(await readInputFile("last.ckpt", context));
      assertEquals(text, "weights");
      assert((await inputFileVersion("last.ckpt", context)).startsWith("7 bytes"));
      await assertRejects(() => readInputFile("other.ckpt", context), NotFoundError);
    }
  });
});

Deno.test("a path is for those who are trusted", async () => {
  await withRoot(async (root) => {
    const path = `${root}/last.ckpt`;
    assertEquals((await readInputFile(path, { roots: [], trusted: true })).length, 7);
    await assertRejects(() => readInputFile(path, { roots: [root] }), InputError);
    await assertRejects(() => readInputFile("../last.ckpt", { roots: [root] }), InputError);
  });
});
