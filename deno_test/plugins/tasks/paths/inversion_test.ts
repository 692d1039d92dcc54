/** x_T is computed once per encoder, image, code and way to the noise. */

import { type Encoder, Host, type Images, tensor } from "@countergrade/countergrade";
import { memoryJob } from "@countergrade/countergrade/testing";
import { assertEquals } from "@std/assert";
import { keptInversion } from "../../../../plugins/tasks/paths/inversion.ts";
import { lossyWorld } from "../lossy_world.ts";

const sampler = { name: "toy", inversionSteps: 2, renderSteps: 4 };
const image = tensor([1, 1, 2, 2], [0.1, 0.2, 0.3, 0.4]);
const code = tensor([1, 3], [1, 2, 3]);

/** An encoder that can only invert, to the image plus the sum of its code, and counts. */
function spy() {
  let calls = 0;
  const encoder = {
    async encodeStochastic(x: Images, { data }: Images, options) {
      calls++;
      for (let step = 1; step <= 2; step++) await options?.onStep?.(step, 2, x);
      const sum = data[0] + data[1] + data[2];
      return tensor(x.shape, x.data.map((value) => value + sum));
    },
  } as Partial<Encoder> as Encoder;
  return { encoder, calls: () => calls };
}

const watched = (steps: number[] = []) => ({
  signal: new AbortController().signal,
  onStep: (step: number) => void steps.push(step),
});

Deno.test("the second inversion reads what the first has stored, and counts as all steps", async () => {
  await using host = await Host.boot([]);
  const job = memoryJob(host);
  const { encoder, calls } = spy();
  const invert = keptInversion(job, { encoderId: "encoder-1", encoder, sampler });
  const [first, second]: number[][] = [[], []];
  const noise = await invert(image, code, watched(first));
  assertEquals(await invert(image, code, watched(second)), noise);
  assertEquals([calls(), first, second], [1, [1, 2], [2]]);
});

Deno.test("another encoder, image, code or way to the noise is another x_T; how it is rendered does not matter", async () => {
  await using host = await Host.boot([]);
  const job = memoryJob(host);
  const { encoder, calls } = spy();
  const run = async (
    change: { encoderId?: string; sampler?: typeof sampler } = {},
    x = image,
    z = code,
  ) => {
    const before = calls();
    await keptInversion(job, { encoderId: "encoder-1", encoder, sampler, ...change })(
      x,
      z,
      watched(),
    );
    return calls() - before;
  };
  assertEquals(await run(), 1);
  assertEquals(await run({ encoderId: "encoder-2" }), 1);
  assertEquals(await run({}, tensor([1, 1, 2, 2], [0.1, 0.2, 0.3, 0.5])), 1);
  assertEquals(await run({}, tensor([1, 1, 1, 4], image.data)), 1);
  assertEquals(await run({}, image, tensor([1, 3], [1, 2, 4])), 1);
  assertEquals(await run({ sampler: { ...sampler, inversionSteps: 3 } }), 1);
  assertEquals(await run({ sampler: { ...sampler, name: "other" } }), 1);
  assertEquals(await run({ sampler: { ...sampler, renderSteps: 9 } }), 0);
});

Deno.test("a second path of an image does not invert it again; a path of another image does", async () => {
  await using world = await lossyWorld((brightness) => brightness);
  const { job, result } = await world.run("counterfactualPath", { index: 1 });
  assertEquals(world.inverted, [1]);
  const second = await world.run(
    "counterfactualPath",
    { index: 1, targets: [2], closeLoop: {} },
    job,
  );
  assertEquals(world.inverted, [1], "other targets, the same x_T");
  assertEquals(second.result.reconstruction, result.reconstruction);
  await world.run("counterfactualPath", { index: 2 }, job);
  assertEquals(world.inverted, [1, 1]);
  await world.run("evaluate", { limit: 6 }, second.job);
  assertEquals(world.inverted.length, 2 + 5, "an evaluation takes what paths have left");
});
