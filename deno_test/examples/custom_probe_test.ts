/** The example of a probe: it fits, it survives storing, and the host takes it. */

import { Host, InputError, type ProbePlugin, probes, Random } from "@countergrade/countergrade";
import { loadPlugins, tensor } from "@countergrade/countergrade";
import { register, testProbe } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import plugin from "../../examples/custom_probe.ts";

const scale = { type: "ordinal" as const, names: ["none", "mild", "severe"] };
const context = { scale, threshold: 1, random: new Random(1) };

/** Two dimensions: the first grows with the grade, the second is noise on another scale. */
function codesOf(labels: Int32Array) {
  const random = new Random(5);
  const data = [...labels].flatMap((label) => [
    label + 0.3 * random.normal(),
    100 * random.normal(),
  ]);
  return tensor([labels.length, 2], data);
}

const labels = Int32Array.from({ length: 90 }, (_, i) => i % 3);

async function member(): Promise<ProbePlugin> {
  await using host = await Host.boot([plugin]);
  return host.member(probes, "nearestCentroid");
}

register("the custom probe", testProbe(await member()));

Deno.test("the custom probe tells mild from severe by the dimension that matters", async () => {
  const probe = await (await member()).fit(codesOf(labels), labels, {}, context);
  const said = probe.score(tensor([2, 2], [-0.5, 0, 2, 0]));
  assert(said[0] < 0 && said[1] > 0);
  const [gradient, noise] = probe.gradient(tensor([1, 2], [0, 0])).data;
  assert(gradient > 20 * Math.abs(noise));
});

Deno.test("the custom probe's boundary is halfway between the centroids", async () => {
  const two = { ...context, scale: { type: "binary" as const, names: ["no", "yes"] } };
  const codes = tensor([4, 1], [-1, 1, 4, 6]);
  const probe = await (await member()).fit(codes, Int32Array.of(0, 0, 1, 1), {}, two);
  assertAlmostEquals(probe.score(tensor([1, 1], [2.5]))[0], 0, 1e-12);
});

Deno.test("the custom probe is the same after toJSON() and load()", async () => {
  const plugin = await member();
  const codes = codesOf(labels);
  const probe = await plugin.fit(codes, labels, {}, context);
  const loaded = plugin.load(JSON.parse(JSON.stringify(probe)));
  assertEquals(loaded.score(codes), probe.score(codes));
  assertEquals(loaded.scoreAt(1.5), probe.scoreAt(1.5));
});

Deno.test("the custom probe refuses labels of one side", async () => {
  const plugin = await member();
  await assertRejects(
    () => plugin.fit(codesOf(labels), labels.map(() => 2), {}, context),
    InputError,
    "both sides",
  );
});

Deno.test("a host loads the custom probe by its path", async () => {
  const path = new URL("../../examples/custom_probe.ts", import.meta.url).href;
  await using host = await Host.boot(await loadPlugins([path]));
  assertEquals(host.names(probes), ["nearestCentroid"]);
});
