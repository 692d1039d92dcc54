/** The size of a folder: counted with all that is below, and not more than once a minute. */

import { assertEquals } from "@std/assert";
import { stub } from "@std/testing/mock";
import { StoredBytes } from "../../../server/http/stored_bytes.ts";

Deno.test("a folder is counted with the folders in it, again after a minute; none is empty", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/a/b`, { recursive: true });
  await Deno.writeFile(`${folder}/one`, new Uint8Array(3));
  await Deno.writeFile(`${folder}/a/b/two`, new Uint8Array(50));
  let ms = 5;
  using _clock = stub(performance, "now", () => ms);
  const bytes = new StoredBytes(folder);
  assertEquals(await bytes.total(), 53);
  await Deno.writeFile(`${folder}/a/three`, new Uint8Array(700));
  ms += 60_000;
  assertEquals(await bytes.total(), 53);
  ms += 1;
  assertEquals(await bytes.total(), 753);
  await Deno.remove(folder, { recursive: true });
  assertEquals(await new StoredBytes(folder).total(), 0);
});
