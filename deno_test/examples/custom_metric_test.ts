/** The example of a metric: it keeps the contract, and `evaluate` measures it on request. */

import { Host, metrics } from "@countergrade/countergrade";
import { register, testMetric, toyPath, toyTools } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals } from "@std/assert";
import plugin from "../../examples/custom_metric.ts";
import { lossyWorld } from "../plugins/tasks/lossy_world.ts";

await using host = await Host.boot([plugin]);
const member = host.member(metrics, "composition");
register("the custom metric", testMetric(member));

Deno.test("the custom metric finds nothing lost by models without loss", async () => {
  const { composition } = await member.measure(await toyPath(), toyTools());
  assertAlmostEquals(composition, 0, 1e-6);
});

Deno.test("evaluate measures the custom metric where it is asked for", async () => {
  await using world = await lossyWorld((brightness) => brightness, [plugin]);
  const { result } = await world.run("evaluate", { limit: 1, costly: ["composition"] });
  const names = result.figures.map(({ name }: { name: string }) => name);
  assert(names.includes("composition"), names.join());
});
