/** Jobs in memory: what they remember of parts. */

import { assertEquals } from "@std/assert";
import { Host } from "@countergrade/countergrade";
import { memoryJob } from "@countergrade/countergrade/testing";

await using host = await Host.boot([]);
const split = [{ split: "train" }, { split: "val" }];

Deno.test("a part of the same name is done anew for the next task of a job", async () => {
  const job = memoryJob(host);
  const all = (value: number) => job.inParts(split, () => Promise.resolve(Uint8Array.of(value)));
  assertEquals(await all(1), [Uint8Array.of(1), Uint8Array.of(1)]);
  assertEquals(await all(2), [Uint8Array.of(2), Uint8Array.of(2)]);
});

Deno.test("parts that another job has done are taken from it, and handed on", async () => {
  const first = memoryJob(host);
  await first.inParts(split.slice(0, 1), () => Promise.resolve(Uint8Array.of(1)));
  const second = memoryJob(host, { partsOf: first });
  const third = memoryJob(host, { partsOf: second });
  const expected = [Uint8Array.of(1), Uint8Array.of(2)];
  assertEquals(await second.inParts(split, () => Promise.resolve(Uint8Array.of(2))), expected);
  assertEquals(await third.inParts(split, () => Promise.resolve(Uint8Array.of(3))), expected);
});
