/** The runner of all tests. */

import { assertEquals } from "@std/assert";
import { summaryOf } from "./run.ts";

Deno.test("the last summary counts, with colors or without", () => {
  const printed = "a ... ok (1s)\nok | 3 passed | 0 failed (1s)\n\n" +
    "\x1b[0m\x1b[31mFAILED\x1b[0m | 41 passed (7 steps) | 2 failed | 1 ignored \x1b[38;5;245m(2m1s)\x1b[0m\n\nerror: Test failed\n";
  assertEquals(summaryOf(printed), { passed: 41, steps: 7, failed: 2, ignored: 1 });
  assertEquals(summaryOf("ok | 1 passed (1 step) | 0 failed (5ms)\n")?.steps, 1);
  assertEquals(summaryOf("error: Type checking failed\n"), undefined);
});
