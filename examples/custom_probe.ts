/** A probe of one's own: the boundary lies halfway between the mean mild and the mean severe code. */

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
import { z } from "zod";

const name = "nearestCentroid";

/** The command line loads it with `--plugins builtins,examples/custom_probe.ts`. */
export default definePlugin({
  id: "nearest-centroid-probe",
  version: "1.0.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(probes, {
      name,
      description: "Boundary halfway between the mean mild and the mean severe code",
      options: z.strictObject({}),

      async fit(codes, labels, _options, context) {
        await breathe(context.signal);
        const { sides, standardization } = trainingSet(codes, labels, context);
        const { mean, sigma } = standardization;
        const [n, d] = codes.shape;
        const centroids = { mild: new Float64Array(d), severe: new Float64Array(d) };
        const severe = sides.filter((side) => side > 0).length;
        for (let i = 0; i < n; i++) {
          const [centroid, size] = sides[i] > 0
            ? [centroids.severe, severe]
            : [centroids.mild, n - severe];
          for (let j = 0; j < d; j++) {
            centroid[j] += (codes.data[i * d + j] - mean[j]) / sigma[j] / size;
          }
        }

        // Points of the boundary are equally far from both: w·(x − (severe + mild)/2) = 0, w = severe − mild.
        const w = centroids.severe.map((x, j) => x - centroids.mild[j]);
        const b = -w.reduce(
          (sum, x, j) => sum + x * (centroids.severe[j] + centroids.mild[j]) / 2,
          0,
        );
        const boundary = hyperplane(standardization, w, b);
        if (!boundary) throw new InputError("Cannot fit a probe: both centroids are the same");

        const scores = signedDistance(boundary.plane, codes);
        return linearProbe({
          plugin: name,
          scale: context.scale,
          plane: boundary.plane,
          curve: plattCurve(scores, sides),
          grading: fitLineGrading(scores, labels),
        });
      },

      load: linearProbeFrom,
    });
  },
});
