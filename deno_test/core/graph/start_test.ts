/** Which provider is taken, and what happens when it does not start. */

import { isProviderChoice } from "@countergrade/countergrade";
import { presentProviders, startOn } from "@countergrade/countergrade/engine";
import { assert, assertEquals, assertRejects } from "@std/assert";

/** A provider that onnxruntime has on another system only. */
const foreign = Deno.build.os === "darwin" ? "dml" : "coreml";

Deno.test("the CPU is taken as asked, without a warning", async () => {
  const warnings: string[] = [];
  const started = await startOn("cpu", (p) => Promise.resolve(p), (text) => warnings.push(text));
  assertEquals([started, warnings], [{ provider: "cpu", value: "cpu" }, []]);
});

Deno.test("a provider that is not there is left for the CPU, and the warning says why", async () => {
  const warnings: string[] = [];
  const made: string[] = [];
  const { provider } = await startOn(foreign, (name) => {
    made.push(name);
    return Promise.resolve();
  }, (text) => warnings.push(text));
  assertEquals([provider, made], ["cpu", ["cpu"]]);
  assertEquals(warnings.length, 1);
  assert(
    warnings[0].startsWith(`${foreign} cannot be used, going on with cpu: `) &&
      warnings[0].includes("not found"),
    warnings[0],
  );
});

Deno.test("auto takes the first provider that is present, or the CPU", async () => {
  const present = await presentProviders();
  assert(present.every((name) => name !== "cpu" && name !== foreign));
  const warnings: string[] = [];
  const { provider } = await startOn("auto", (p) => Promise.resolve(p), (w) => warnings.push(w));
  assertEquals(provider, [...present, "cpu"][warnings.length]);
});

Deno.test("what fails on the CPU fails", async () => {
  const make = () => Promise.reject(new TypeError("wrong shape"));
  await assertRejects(() => startOn("cpu", make), TypeError, "wrong shape");
  await assertRejects(() => startOn(foreign, make), TypeError, "wrong shape");
});

Deno.test("isProviderChoice() knows the names", () => {
  assertEquals(["auto", "webgpu", "gpu", ""].map(isProviderChoice), [true, true, false, false]);
});
