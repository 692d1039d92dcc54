/** The suite of metrics catches every broken promise. */

import { Host, type MetricPlugin, metrics } from "@countergrade/countergrade";
import { testMetric } from "@countergrade/countergrade/testing";
import { closenessMetric } from "../../plugins/metrics/closeness.ts";
import { assertCatches } from "./assert_catches.ts";

await using host = await Host.boot([closenessMetric]);
const sound: MetricPlugin = host.member(metrics, "closeness");
let calls = 0;

assertCatches("metrics", testMetric, sound, {
  "the description says what the figures are": { ...sound, description: "l1" },
  "measure() gives at least one figure that is finite": { ...sound, measure: () => ({ l1: NaN }) },
  "measure() gives the same figures again": { ...sound, measure: () => ({ l1: calls++ }) },
  "measure() does not change the path": {
    ...sound,
    measure(path) {
      path.frames.data.sort();
      return sound.measure(path);
    },
  },
  "measure() gives the same names for a path of one frame and one without change": {
    ...sound,
    measure: (path): Record<string, number> => path.lengths.length > 1 ? { steps: 1 } : {},
  },
});
