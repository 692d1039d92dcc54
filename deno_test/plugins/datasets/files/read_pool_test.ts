/** Workers that read: one that does not come back is ended, and what else it had to read is read all the same. */

import { assertEquals } from "@std/assert";
import { ReadPool } from "../../../../plugins/datasets/files/read_pool.ts";
import type { Source } from "../../../../plugins/datasets/files/source.ts";

Deno.test("a source that takes too long is skipped with the reason, the others are read", async () => {
  const script = new URL("hanging_worker.ts", import.meta.url);
  using pool = new ReadPool(Deno.cwd(), { deadline: 1500, script });
  pool.spread(64);
  const source = (file: string) => ({ kind: "picture", file }) as Source;
  const names = ["a", "hang", "b", "c", "d", "e", "f", "g"];
  const readings = await Promise.all(names.map((name) => pool.read(source(name))));
  assertEquals(
    readings,
    names.map((name) => ({
      skipped: name === "hang" ? "Reading it took longer than 1.5 s" : `seen ${name}`,
    })),
  );
});
