/** Long computations: who waits is let in, who cancels is heard. */

import { breathe, breatheAfter, CancelledError, throwIfAborted } from "@countergrade/countergrade";
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";

Deno.test("an aborted signal throws with its reason, another one or none does not", () => {
  throwIfAborted(undefined);
  throwIfAborted(new AbortController().signal);
  const reason = new Error("enough");
  const error = assertThrows(() => throwIfAborted(AbortSignal.abort(reason)), CancelledError);
  assertStrictEquals(error.cause, reason);
});

Deno.test("a breath lets waiting messages in, and hears a cancel before and among them", async () => {
  let came = false;
  setTimeout(() => came = true);
  await breathe(undefined);
  assertEquals(came, true);
  await assertRejects(() => breathe(AbortSignal.abort()), CancelledError);
  const controller = new AbortController();
  setTimeout(() => controller.abort());
  await assertRejects(() => breathe(controller.signal), CancelledError);
});

Deno.test("short work takes no breath until there is enough of it together", async () => {
  /** Whether `work` let messages in. */
  const letsIn = async (work: number) => {
    let came = false;
    const timer = setTimeout(() => came = true);
    await breatheAfter(work, undefined);
    clearTimeout(timer);
    return came;
  };
  assertEquals(await letsIn(2.5e8), true);
  const seen = [];
  for (let i = 0; i < 6; i++) seen.push(await letsIn(1e8));
  assertEquals(seen, [false, false, true, false, false, true]);
  await assertRejects(() => breatheAfter(1, AbortSignal.abort()), CancelledError);
});
