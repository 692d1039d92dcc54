/** The pace of a job, from the times of its steps. */

import { assert, assertEquals } from "@std/assert";
import { Pace } from "../../../core/jobs/pace.ts";

Deno.test("the pace counts from the first step seen, not from the start of the job", () => {
  const pace = new Pace();
  assertEquals(pace.after(500, 0), undefined);
  assertEquals(pace.after(500, 100), undefined);
  assertEquals(pace.after(501, 1000), 1);
  assertEquals(pace.after(504, 2000), 2);
});

Deno.test("only the last minute counts", () => {
  const pace = new Pace();
  let rate: number | undefined;
  for (let step = 1; step <= 1000; step++) rate = pace.after(step, step * 10);
  assertEquals(rate, 100);
  // From now on ten times slower: after little more than a minute the old pace is forgotten.
  for (let step = 1001; step <= 1700; step++) rate = pace.after(step, 10_000 + (step - 1000) * 100);
  assert(Math.abs(rate! - 10) < 0.2, `pace ${rate}`);
});

Deno.test("the minute begins with the last step that is at least a minute old", () => {
  const begun = () => {
    const pace = new Pace();
    pace.after(1, 0);
    pace.after(101, 1000);
    return pace;
  };
  assertEquals(begun().after(160, 60_000), 159 / 60);
  assertEquals(begun().after(161, 61_000), 160 / 61);
  assertEquals(begun().after(161, 61_001), 60 / 60.001);
});

Deno.test("a job that counts anew has a new pace; equal times give none", () => {
  const pace = new Pace();
  pace.after(10, 0);
  assertEquals(pace.after(20, 1000), 10);
  assertEquals(pace.after(1, 2000), undefined);
  assertEquals(pace.after(3, 2000), undefined);
  assertEquals(pace.after(3, 3000), 2);
});
