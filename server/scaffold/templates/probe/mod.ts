/** A probe: the boundary lies halfway between the mean mild and the mean severe code. */

import { breathe, definePlugin, InputError, probes } from "@countergrade/countergrade";
import {
  fitLineGrading,
  hyperplane,
  linearProbe,
  linearProbeFrom,
  plattCurve,
  signedDistance,
  trainingSet,
} from "@countergrade/countergrade/linear";
import type { Codes, FitContext, Labels, Plugin, Probe } from "@countergrade/countergrade";
import { z } from "zod";

const name = "templatePlugin";

/** The options, with ranges and defaults; they become flags of the command line and fields of the API. */
const Options = z.strictObject({
  ignore: z.number().min(0).max(0.99).default(0)
    .describe("Leaves out dimensions that differ by less than this share of the greatest"),
});

async function fit(
  codes: Codes,
  labels: Labels,
  { ignore }: z.infer<typeof Options>,
  context: FitContext,
): Promise<Probe> {
  // Lets a cancel in. Call it every few tens of milliseconds of work.
  await breathe(context.signal);
  // Checks codes and labels; sides are +1 where label ≥ threshold, −1 elsewhere.
  const { sides, standardization } = trainingSet(codes, labels, context);

  // Change here: find w and b of the boundary w·x + b = 0, x the standardized codes.
  const { mean, sigma } = standardization;
  const [n, d] = codes.shape;
  const severe = sides.filter((side) => side > 0).length;
  const w = new Float64Array(d);
  const middle = new Float64Array(d);
  for (let i = 0; i < n; i++) {
    const share = sides[i] > 0 ? 1 / severe : -1 / (n - severe);
    for (let j = 0; j < d; j++) {
      const x = (codes.data[i * d + j] - mean[j]) / sigma[j];
      w[j] += share * x;
      middle[j] += Math.abs(share) * x / 2;
    }
  }
  const greatest = Math.max(...w.map(Math.abs));
  const kept = w.map((value) => Math.abs(value) < ignore * greatest ? 0 : value);
  const b = -kept.reduce((sum, value, j) => sum + value * middle[j], 0);
  const boundary = hyperplane(standardization, kept, b);
  if (!boundary) throw new InputError("Cannot fit a probe: both sides have the same mean");

  // The scores of the training codes say how probable and how severe a score is.
  const scores = signedDistance(boundary.plane, codes);
  return linearProbe({
    plugin: name,
    scale: context.scale,
    plane: boundary.plane,
    curve: plattCurve(scores, sides),
    grading: fitLineGrading(scores, labels),
  });
}

/** What Countergrade loads. */
const plugin: Plugin = definePlugin({
  id: "template-plugin",
  version: "0.1.0",
  apiVersion: "^1",
  provides: { probes: [name] },
  setup(registry) {
    registry.add(probes, {
      name,
      description: "Boundary halfway between the mean mild and the mean severe code",
      options: Options,
      fit,
      load: linearProbeFrom,
    });
  },
});

export default plugin;
