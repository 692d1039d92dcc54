/**
 * A task of one's own that makes real counterfactual paths: it moves codes until a function of the picture, here its brightness, says
 * what was asked for. Put your own classifier in its place.
 */

import {
  type Codes,
  concatRows,
  definePlugin,
  type Images,
  type Latents,
  type PathTools,
  row,
  type Target,
  tasks,
  tensor,
} from "@countergrade/countergrade";
import { makeOwnPath } from "@countergrade/countergrade/paths";
import { z } from "zod";

/** What is explained: images `[n, c, h, w]` to one number each. */
export function brightness({ shape: [n], data }: Images): number[] {
  const size = data.length / n;
  return Array.from(
    { length: n },
    (_, i) => data.subarray(i * size, (i + 1) * size).reduce((sum, value) => sum + value, 0) / size,
  );
}

/** How far along the probe's gradient is looked, in steps of its length, to both sides. */
const STEPS = Array.from({ length: 21 }, (_, i) => (i - 10) / 5);

/** Of the steps along the probe's gradient the one whose picture is rated nearest to the target's score. */
async function nearestTo(
  wanted: number,
  latents: Latents,
  { probe, render }: PathTools,
): Promise<Codes> {
  const [code] = [latents.codes.data];
  const gradient = probe.gradient(latents.codes).data;
  const tried = STEPS.map((step) =>
    tensor([1, code.length], code.map((value, j) => value + step * gradient[j]))
  );
  const frames = await render({
    codes: concatRows(tried),
    noise: concatRows(tried.map(() => latents.noise)),
  });
  const misses = brightness(frames).map((value) => Math.abs(value - wanted));
  return tried[misses.indexOf(Math.min(...misses))];
}

/** Brings the task `brightenPath`. */
export default definePlugin({
  id: "example-brighten-path",
  version: "1.0.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(tasks, {
      name: "brightenPath",
      description: "Render an image of a data set at other brightnesses",
      options: () =>
        z.strictObject({
          probe: z.string().describe("Id of a probe: it brings the encoder and the direction"),
          dataset: z.string().describe("Id of the data set"),
          split: z.string().default("val").describe("Split of the data set"),
          index: z.int().min(0).default(0).describe("Position in the split"),
          values: z.array(z.number().min(-1).max(1)).min(1).max(16).default([-0.5, 0, 0.5])
            .describe("Mean intensities to reach, from −1 to 1"),
        }),
      result: z.object({ path: z.string().describe("Id of the path").meta({ artifact: true }) }),
      async run({ probe, values, ...image }, job) {
        const path = await makeOwnPath({
          probe,
          image,
          editor: "brighten",
          targets: values.map((score: number): Target => ({ score })),
          async edit({ codes, noise }, _targets, tools) {
            const moved = [];
            for (const [i, value] of values.entries()) {
              moved.push(
                await nearestTo(value, { codes: row(codes, i), noise: row(noise, i) }, tools),
              );
            }
            return concatRows(moved);
          },
        }, job);
        return { path: path.id };
      },
    });
  },
});
