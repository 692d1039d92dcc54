/** The probe keeps the promises of its family, and finds the direction of the grade. */

import { Host, probes, Random, tensor } from "@countergrade/countergrade";
import { ensure, registerPlugin } from "@countergrade/countergrade/testing";
import plugin from "./mod.ts";

await registerPlugin(plugin);

Deno.test("the score follows the dimension that tells mild from severe", async () => {
  await using host = await Host.boot([plugin]);
  const member = host.member(probes, "templatePlugin");
  const codes = tensor([4, 2], [-1, 3, -1, 5, 1, 5, 1, 3]);
  const scale = { type: "binary" as const, names: ["mild", "severe"] };
  const context = { scale, threshold: 1, random: new Random(1) };
  const probe = await member.fit(
    codes,
    Int32Array.of(0, 0, 1, 1),
    member.options.parse({}),
    context,
  );
  const [mild, severe] = probe.score(tensor([2, 2], [-2, 4, 2, 4]));
  ensure(mild < 0 && severe > 0, `Expected scores on both sides of 0, got ${mild} and ${severe}`);
});
