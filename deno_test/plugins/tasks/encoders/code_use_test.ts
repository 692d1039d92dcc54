/** The use of the code: measured on pictures, and said where there is none. */

import { type Encoder, Random, tensor } from "@countergrade/countergrade";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { codeUseOf, codeUseWarning } from "../../../../plugins/tasks/encoders/code_use.ts";
import { lossyWorld } from "../lossy_world.ts";

/** Codes are the pixels; pictures show the share `use` of them, and so much of the noise. */
function encoderOf(use: number): Encoder {
  return {
    imageShape: [1, 2, 2],
    codeSize: 4,
    details: {},
    defaultSampler: { name: "toy", inversionSteps: 1, renderSteps: 9 },
    encode: ({ shape: [n], data }) => Promise.resolve(tensor([n, 4], data)),
    encodeStochastic: (images) => Promise.resolve(images),
    render: ({ codes, noise }) =>
      Promise.resolve(
        tensor(noise.shape, noise.data.map((value, i) => value + use * codes.data[i])),
      ),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const images = tensor([32, 1, 2, 2], new Random(1).normals(128));
const { signal } = new AbortController();

Deno.test("where pictures ignore the code, another image's code does as well", async () => {
  const use = await codeUseOf(encoderOf(0), images, signal);
  assertEquals(use, 1);
  assert(codeUseWarning(use)!.includes("do not follow its code"));
});

Deno.test("the more of the code a picture shows, the worse is another image's code", async () => {
  // With x, y independent of variance 1: E(x − ay)² = 1 + a², E(x − ax)² = (1 − a)².
  const use = await codeUseOf(encoderOf(0.5), images, signal);
  assertAlmostEquals(use, 1.25 / 0.25, 1.2);
  assertEquals([codeUseWarning(use), codeUseWarning(undefined)], [undefined, undefined]);
});

Deno.test("a path says how little of the change arrives in its pictures", async () => {
  await using deaf = await lossyWorld((brightness) => 0.1 * brightness);
  const warnings = async (world: typeof deaf): Promise<string[]> =>
    (await world.run("counterfactualPath", { index: 1 })).result.warnings;
  const said = (text: string) => text.includes("The pictures do not follow the edit");
  assert((await warnings(deaf)).some((text) => said(text) && text.includes("10 % arrive")));
  await using half = await lossyWorld((brightness) => 0.5 * brightness);
  assert(!(await warnings(half)).some(said));
});
