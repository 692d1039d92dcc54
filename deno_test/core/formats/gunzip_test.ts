/** gzip: only the beginning is expanded, yet damage and cut ends are noticed. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { gzipSync } from "node:zlib";
import { gunzipStart } from "../../../core/formats/gunzip.ts";

const bytes = new Uint8Array(100_000).map((_, i) => i * 7 + (i >> 5));
const packed = new Uint8Array(gzipSync(bytes));

Deno.test("the beginning of a gzip file is expanded, or all of it where more is asked for", async () => {
  assertEquals(await gunzipStart(packed, 10), bytes.subarray(0, 10));
  assertEquals(await gunzipStart(packed, 1e6), bytes);
});

Deno.test("several members of a gzip file are one", async () => {
  const two = Uint8Array.of(...packed, ...packed);
  assertEquals((await gunzipStart(two, 1e6)).length, 200_000);
});

Deno.test("a bomb is expanded up to what is asked for", async () => {
  const bomb = gzipSync(new Uint8Array(2 ** 28));
  const before = Deno.memoryUsage().rss;
  assertEquals(await gunzipStart(bomb, 500), new Uint8Array(500));
  assert(Deno.memoryUsage().rss - before < 2 ** 26);
});

Deno.test("a gzip file that is cut off, or whose checksum is wrong, is an error", async () => {
  await assertRejects(() => gunzipStart(packed.subarray(0, 500), 100_000));
  await assertRejects(() => gunzipStart(packed.with(packed.length - 6, 77), 100_000));
});
