/** Calls that are ended while they compute. */

import { assertEquals, assertThrows } from "@std/assert";
import { interruptible } from "../../core/interruptible.ts";

Deno.test("a call gives back what it makes, and throws what it throws", () => {
  assertEquals(interruptible(() => 6 * 7, 1000), 42);
  assertEquals(
    interruptible(() => interruptible(() => "inner", 1000) + " and outer", 1000),
    "inner and outer",
  );
  assertThrows(
    () =>
      interruptible(() => {
        throw new TypeError("no such thing");
      }, 1000),
    TypeError,
    "no such thing",
  );
});

Deno.test("an endless loop ends, and the thread goes on", () => {
  assertThrows(
    () =>
      interruptible(() => {
        for (;;);
      }, 50),
    Error,
    "timed out",
  );
  assertEquals(interruptible(() => 1, 50), 1);
});
