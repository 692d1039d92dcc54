/** Checks run and report: what passes, what fails, what fails as expected, what never ends. */

import { InputError } from "@countergrade/countergrade";
import { check, ensure, register, runChecks } from "@countergrade/countergrade/testing";
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";

const sound = check("it stands", () => {});
const broken = check("it falls", () => ensure(false, "Expected it to stand"));

Deno.test("a report tells what passed and what failed, and why", async () => {
  assertEquals(await runChecks([sound, broken]), [
    { name: "it stands", outcome: "passed" },
    { name: "it falls", outcome: "failed", message: "Expected it to stand" },
  ]);
});

Deno.test("an expected failure carries its reason, and is no failure", async () => {
  const [, fallen] = await runChecks([sound, broken], { "it falls": "no feet yet" });
  assertEquals(fallen, {
    name: "it falls",
    outcome: "expected failure",
    message: "Expected it to stand",
    reason: "no feet yet",
  });
});

Deno.test("a check that passes though it was expected to fail has failed", async () => {
  const [standing] = await runChecks([sound], { "it stands": "no feet yet" });
  assertEquals(standing.outcome, "failed");
  assertStringIncludes(standing.message!, "no feet yet");
});

Deno.test("a failure cannot be expected of a check that there is not", async () => {
  await assertRejects(() => runChecks([sound], { "it flies": "no" }), InputError, "it stands");
  assertThrows(
    () => register("x", [sound], { expectedFailures: { "it flies": "no" } }),
    InputError,
    "it flies",
  );
});

Deno.test("any other error is a failure as well", async () => {
  const [odd] = await runChecks([check("it counts", () => {
    throw new TypeError("no number");
  })]);
  assertEquals([odd.outcome, odd.message], ["failed", "TypeError: no number"]);
});

Deno.test("a check that never ends has failed", async () => {
  const endless = check("it ends", () => new Promise(() => {}));
  const [late] = await runChecks([endless], {}, { seconds: 0.01 });
  assertEquals([late.outcome, late.message], [
    "failed",
    "Expected an end within 0.01 s, there was none",
  ]);
});

register("registered with an expected failure", [sound, broken], {
  expectedFailures: { "it falls": "it is there to fall" },
});
