/** The cache: bounded by the size of its entries, the longest unused goes first. */

import { assertEquals } from "@std/assert";
import { BoundedCache } from "../../../server/http/bounded_cache.ts";

Deno.test("the cache keeps what was used last, within its capacity", () => {
  const cache = new BoundedCache<number>(10);
  cache.set("aaaa", 1);
  cache.set("bbbb", 2);
  assertEquals(cache.get("aaaa"), 1);
  cache.set("cccc", 3);
  assertEquals([cache.get("aaaa"), cache.get("bbbb"), cache.get("cccc")], [1, undefined, 3]);
  cache.set("cccc", 4);
  assertEquals([cache.get("cccc"), cache.size], [4, 8]);
  cache.set("e", 6, 9);
  assertEquals([cache.get("aaaa"), cache.get("e"), cache.size], [undefined, 6, 9]);
  cache.set("d".repeat(11), 5);
  assertEquals([cache.get("aaaa"), cache.size], [undefined, 0]);
});
