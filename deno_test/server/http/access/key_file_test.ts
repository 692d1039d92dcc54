/** The file of keys: followed while it changes, replaced, goes and comes back. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { newKey } from "../../../../server/http/access/api_keys.ts";
import { KeyFile } from "../../../../server/http/access/key_file.ts";

const [a, b] = ["a", "b"].map((name) => newKey(name, "read"));

Deno.test("keys follow their file: written, replaced, gone, wrong", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/keys`;
  await Deno.writeTextFile(path, a.line);
  const said: string[] = [];
  {
    using file = await KeyFile.open(path, (text) => said.push(text));
    const names = () => [a, b].map(({ secret }) => file.keys.find(secret)?.name);
    let changed = () => {};
    file.onChange(() => changed());
    const after = async (change: () => Promise<unknown>) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      changed = resolve;
      await change();
      await promise;
      return names();
    };
    assertEquals(names(), ["a", undefined]);
    assertEquals(await after(() => Deno.writeTextFile(path, b.line)), [undefined, "b"]);
    const replaced = async () => {
      await Deno.writeTextFile(`${folder}/new`, `${a.line}\n${b.line}`);
      await Deno.rename(`${folder}/new`, path);
    };
    assertEquals(await after(replaced), ["a", "b"]);
    assertEquals(said.at(-1), `Read 2 keys in ${path}`);
    assertEquals(await after(() => Deno.writeTextFile(path, "a read nonsense")), ["a", "b"]);
    assertStringIncludes(said.at(-1)!, "Cannot read line 1");
    assertEquals(await after(() => Deno.remove(path)), [undefined, undefined]);
    assertStringIncludes(said.at(-1)!, "nobody comes in");
    assertEquals(await after(() => Deno.writeTextFile(path, a.line)), ["a", undefined]);
    await Deno.writeTextFile(path, "");
    await file.reload();
    assertEquals(names(), [undefined, undefined]);
  }
  await assertRejects(() => KeyFile.open(path), Error, "there are none");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("keys in a folder that is mounted anew, as Kubernetes does, are followed", async () => {
  const folder = await Deno.makeTempDir();
  const mount = async (name: string, line: string) => {
    await Deno.mkdir(`${folder}/..${name}`);
    await Deno.writeTextFile(`${folder}/..${name}/keys`, line);
    await Deno.symlink(`..${name}`, `${folder}/..new`);
    await Deno.rename(`${folder}/..new`, `${folder}/..data`);
  };
  await mount("first", a.line);
  await Deno.symlink("..data/keys", `${folder}/keys`);
  {
    using file = await KeyFile.open(`${folder}/keys`, () => {});
    const { promise, resolve } = Promise.withResolvers<void>();
    file.onChange(resolve);
    await mount("second", b.line);
    await promise;
    assertEquals([a, b].map(({ secret }) => file.keys.find(secret)?.name), [undefined, "b"]);
  }
  await Deno.remove(folder, { recursive: true });
});
