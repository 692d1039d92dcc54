/** What a page of a list may hold, and what it is priced at. */

import { CountergradeError, InputError } from "@countergrade/countergrade";
import { assertEquals, assertThrows } from "@std/assert";
import { checkSize, pageComplexity } from "../../../../server/schema/lists/page_size.ts";

Deno.test("a page is priced by its items: 20 unless asked otherwise, never less than one or more than 100", () => {
  const price = (args: Parameters<typeof pageComplexity>[0]) => {
    const { field, multiplier } = pageComplexity(args);
    return [field, multiplier];
  };
  assertEquals(price({}), [1, 20]);
  assertEquals(price({ first: null, last: null }), [1, 20]);
  for (const name of ["first", "last"]) {
    for (const [asked, items] of [[1, 1], [7, 7], [100, 100], [101, 100], [0, 1], [-1000, 1]]) {
      assertEquals(price({ [name]: asked }), [1, items], `${name}: ${asked}`);
    }
  }
});

Deno.test("a page has 1 to 100 items, from one end of the list", () => {
  for (const name of ["first", "last"] as const) {
    for (const size of [1, 100, null, undefined]) checkSize({ [name]: size });
    for (const size of [0, -1]) {
      const { path } = assertThrows(() => checkSize({ [name]: size }), InputError, "1 to 100");
      assertEquals(path, [name]);
    }
    const { code } = assertThrows(() => checkSize({ [name]: 101 }), CountergradeError, "at most");
    assertEquals(code, "LIMIT");
  }
  const both = () => checkSize({ first: 1, last: 1 });
  assertEquals(assertThrows(both, InputError, "one of them").path, ["last"]);
});
