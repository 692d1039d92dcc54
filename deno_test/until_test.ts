/** Waiting has an end. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { until } from "./until.ts";

Deno.test("until() asks until the answer is yes, and gives up with what it waited for", async () => {
  let asked = 0;
  await until(() => ++asked === 3);
  assertEquals(asked, 3);
  await until(() => Promise.resolve(true));
  const { message } = await assertRejects(() => until(() => asked > 1e9, 20), Error);
  assert(message.includes("asked >"), message);
});
