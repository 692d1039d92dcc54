/** What a job needs decides who may take it. */

import { definePlugin, Host } from "@countergrade/countergrade";
import { needsOf, offersOf } from "@countergrade/countergrade/jobs";
import { assertEquals } from "@std/assert";
import toys from "../../toy_tasks.ts";

Deno.test("a job needs its plugins in the same major version or newer, and a GPU where it asks for one", async () => {
  await using host = await Host.boot([toys]);
  const needs = await needsOf(host, "chooseProbe", { probe: { flat: { c: 1 } } });
  assertEquals(needs, ["plugin:toy-tasks@1.2.3"]);
  const asked = { dataset: "none", encoder: { dae: { provider: "webgpu" } } };
  assertEquals(await needsOf(host, "countUp", asked), ["gpu", "plugin:toy-tasks@1.2.3"]);
  assertEquals(await needsOf(host, "countUp", { provider: "cpu" }), ["plugin:toy-tasks@1.2.3"]);

  const suits = async (version: string, needs: string[], provider?: "webgpu") => {
    const plugin = definePlugin({ id: "toy-tasks", version, apiVersion: "^1", setup() {} });
    await using host = await Host.boot([plugin], { roots: [] }, { provider });
    return (await offersOf(host))(needs);
  };
  const answers = ["1.2.3", "1.3.0", "1.2.2", "2.0.0"].map((version) => suits(version, needs));
  assertEquals(await Promise.all(answers), [true, true, false, false]);
  assertEquals(await suits("1.2.3", ["gpu"]), false);
  assertEquals(await suits("1.2.3", ["gpu"], "webgpu"), true);
  assertEquals(await suits("1.2.3", ["dataset:knees"]), false);
  assertEquals(await suits("1.2.3", ["moon"]), false);
});
