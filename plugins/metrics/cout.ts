/** The metric `cout`: do the pixels that changed most bring the new grade, and bring it early? */

import {
  definePlugin,
  type Images,
  type MetricPlugin,
  metrics,
  rows,
  rowSize,
  sizeOf,
  tensor,
} from "@countergrade/countergrade";

/** Portions in which the pixels are inserted. */
const STEPS = 16;

/**
 * COUT, counterfactual transition (Khorram and Fuxin 2022, Cycle-consistent counterfactuals by latent transformations, CVPR). The pixels
 * of a frame x' are inserted into the unedited reconstruction x̂ in T = 16 portions, those with the largest Σ|x' − x̂| over the channels
 * first, which gives x₀ = x̂, …, x_T = x'. With p_t the probability of the encoded x_t to lie on the side of the boundary that was asked
 * for:
 *
 *     AUPC(target) = 1/T Σ ½(p_t + p_{t+1}),   AUPC(source) = 1 − AUPC(target),   COUT = AUPC(target) − AUPC(source)
 *
 * in [-1, 1]: near 1 when few pixels suffice, near −1 when the image never crosses. The mean over the frames that were asked to cross the
 * boundary, seen from where x̂ lies; NaN when there are none. The paper starts from the image itself; from its reconstruction, what the
 * encoder loses does not count as a change.
 */
const member: MetricPlugin = {
  name: "cout",
  description:
    "COUT (−1 to 1, higher is better): area under the probability of the target's side minus that of the other while the pixels of a frame " +
    "are inserted into the reconstruction, most changed first; mean over the frames asked to cross the boundary",
  cost: `encoding ${STEPS + 1} images per frame that is asked to cross the boundary; no rendering`,
  async measure({ reconstruction, frames, targetScores }, { probe, encode }) {
    const [start] = probe.score(await encode(reconstruction));
    const areas: number[] = [];
    for (const [i, target] of targetScores.entries()) {
      if (Math.sign(target) * Math.sign(start) !== -1) continue;
      const way = insertions(reconstruction, rows(frames, i, i + 1));
      const severe = probe.probability(await encode(way));
      const asked = target > 0 ? severe : severe.map((p) => 1 - p);
      let area = 0;
      for (let t = 0; t < STEPS; t++) area += (asked[t] + asked[t + 1]) / 2 / STEPS;
      areas.push(2 * area - 1);
    }
    return { cout: areas.reduce((sum, area) => sum + area, 0) / areas.length };
  },
};

/** x₀ … x_T `[T + 1, c, h, w]` from one image `[1, c, h, w]` to another; of equal changes the upper left pixel goes first. */
function insertions(from: Images, to: Images): Images {
  const [, channels, ...plane] = from.shape;
  const pixels = sizeOf(plane);
  const size = rowSize(from);
  const change = new Float64Array(pixels);
  for (let k = 0; k < size; k++) change[k % pixels] += Math.abs(to.data[k] - from.data[k]);
  const order = Int32Array.from(change, (_, k) => k).sort((a, b) => change[b] - change[a] || a - b);
  const out = new Float32Array((STEPS + 1) * size);
  for (let t = 0; t <= STEPS; t++) {
    const image = out.subarray(t * size, (t + 1) * size);
    image.set(from.data);
    for (const pixel of order.subarray(0, Math.round(t * pixels / STEPS))) {
      for (let c = 0; c < channels; c++) image[c * pixels + pixel] = to.data[c * pixels + pixel];
    }
  }
  return tensor([STEPS + 1, ...from.shape.slice(1)], out);
}

/** Brings the metric `cout`. */
export const coutMetric = definePlugin({
  id: "@countergrade/cout-metric",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(metrics, member),
});
