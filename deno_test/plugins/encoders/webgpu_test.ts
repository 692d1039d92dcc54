/** Encoding, rendering and training on WebGPU, through the software driver that comes with Chromium. */

import { assert, assertEquals } from "@std/assert";
import type { Report } from "./webgpu_script.ts";

const script = new URL("./webgpu_script.ts", import.meta.url).pathname;
/** Debian's place for SwiftShader. */
const DRIVER = "/usr/lib/chromium/vk_swiftshader_icd.json";

async function report(): Promise<Report> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", "--no-check", script],
    env: { VK_ICD_FILENAMES: DRIVER },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals(code, 0, text(stderr));
  return JSON.parse(text(stdout));
}

const driver = await Deno.stat(DRIVER).then(() => true, () => false);
if (!driver) console.log(`WebGPU is not tested: there is no Vulkan driver at ${DRIVER}`);

Deno.test({ name: "WebGPU", ignore: !driver, timeout: 240_000 }, async (t) => {
  const { missing, present, provider, differences, resident, fallback, failure } = await report();

  await t.step("a driver in software is not what auto takes", () => {
    assert(!present.includes("webgpu"), `present: ${present}`);
  });
  if (missing !== undefined) return console.log(`WebGPU is not tested: ${missing}`);

  await t.step("codes, images, losses and gradients agree with the CPU", () => {
    assertEquals(provider, "webgpu");
    const { moved, ...rest } = differences;
    assertEquals(Object.keys(rest), ["z", "images", "losses", "step", "mean"]);
    for (const [what, value] of Object.entries(rest)) assert(value < 1e-3, `${what}: ${value}`);
    // Adam's first steps have the size of the learning rate, however small the gradient: where that is rounding, so is its sign.
    assert(moved < 0.05, `the weights that were read back: ${moved}`);
  });

  await t.step("between steps the weights stay on the device", () => assert(resident));

  await t.step("what fails to start there is made on the CPU, with a warning that says why", () => {
    assertEquals(fallback, {
      warnings: ["webgpu cannot be used, going on with cpu: too small"],
      provider: "cpu",
    });
  });

  await t.step("what fails in the middle of a run is an error", () => {
    assertEquals(
      failure,
      "PROVIDER: webgpu failed, try the provider cpu: Session already disposed.",
    );
  });
});
