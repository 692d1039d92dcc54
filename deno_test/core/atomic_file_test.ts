/** Files that are whole or absent, whatever happens while they are written. */

import { StorageError } from "@countergrade/countergrade";
import { assertEquals, assertRejects } from "@std/assert";
import { reasonOf, writeAtomic } from "../../core/atomic_file.ts";

const bytes = new TextEncoder().encode("content");

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  await test(folder);
  await Deno.remove(folder, { recursive: true });
}

const names = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();

Deno.test("a file is written with the folders that it needs, over one that was there, and leaves nothing beside", () =>
  withFolder(async (folder) => {
    const path = `${folder}/a/b/file`;
    await writeAtomic(path, bytes);
    await writeAtomic(path, bytes.subarray(0, 3), { temporary: `${folder}/c/part` });
    assertEquals(await Deno.readTextFile(path), "con");
    assertEquals([await names(`${folder}/a/b`), await names(`${folder}/c`)], [["file"], []]);
  }));

Deno.test("where the folder of the file is missing, the bytes are written once all the same", () =>
  withFolder(async (folder) => {
    const written: string[] = [];
    const write = async (temporary: string, content: Uint8Array) => {
      written.push(temporary);
      await Deno.writeFile(temporary, content);
    };
    const temporary = `${folder}/part`;
    await writeAtomic(`${folder}/new/file`, bytes, { temporary, write });
    assertEquals([written, await names(folder)], [[temporary], ["new"]]);
  }));

Deno.test("until it is whole the old content stands, and after a failure too", () =>
  withFolder(async (folder) => {
    const path = `${folder}/file`;
    await writeAtomic(path, bytes);
    const write = async (temporary: string, content: Uint8Array) => {
      assertEquals(temporary, `${path}.part`);
      await Deno.writeFile(temporary, content.subarray(0, 1));
      assertEquals(await Deno.readTextFile(path), "content");
      throw Object.assign(new Error(), { code: "ENOSPC" });
    };
    const failing = () => writeAtomic(path, bytes, { what: "the model", write });
    await assertRejects(failing, StorageError, "Cannot write the model: the disk is full");
    assertEquals([await names(folder), await Deno.readTextFile(path)], [["file"], "content"]);
    // A folder cannot be made where a file is.
    await assertRejects(
      () => writeAtomic(`${path}/below`, bytes),
      StorageError,
      "Cannot write file: ",
    );
  }));

Deno.test("a reason is told in words without paths", () => {
  const coded = (code: string) => Object.assign(new Error("/somewhere"), { code });
  assertEquals(
    ["EACCES", "EROFS", "ENOENT", "EISDIR", "EDQUOT"].map((code) => reasonOf(coded(code))),
    [
      "permission denied",
      "the file system is read-only",
      "the file does not exist",
      "there is a folder of that name",
      "the disk quota is used up",
    ],
  );
  assertEquals(reasonOf(coded("EODD")), "Error");
  assertEquals([reasonOf(new TypeError("x")), reasonOf("odd"), reasonOf(null)], [
    "TypeError",
    "odd",
    "null",
  ]);
});
