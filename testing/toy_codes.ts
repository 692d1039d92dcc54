/** A toy set of codes for conformance suites: three grades along one direction, among correlated noise of unlike scales. */

import {
  type Codes,
  type CodeStatistics,
  type LabelScale,
  type Probe,
  Random,
  tensor,
} from "@countergrade/countergrade";
import { codeStatistics, linearProbe, lineGrading } from "@countergrade/countergrade/linear";

/** What the suites of probes and editors work on. */
export interface ToyCodes {
  /** `[n, d]` */
  readonly codes: Codes;
  /** `[n]`, grades 0–2. */
  readonly labels: Int32Array;
  /** Three ordered grades. */
  readonly scale: LabelScale;
  /** Of `codes`. */
  readonly statistics: CodeStatistics;
  /** A linear probe along the first dimension: score 0 between grades 0 and 1. */
  readonly probe: Probe;
}

/** Makes the toy set; the same seed makes the same set. */
export function toyCodes(n = 90, d = 6, seed = 1): ToyCodes {
  const random = new Random(seed).fork("toy codes");
  const data = new Float32Array(n * d);
  const labels = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    labels[i] = i % 3;
    const severity = labels[i] + 0.6 * random.normal();
    for (let j = 0; j < d; j++) {
      const shared = j === 0 ? 1 : 0.3 * (j % 3);
      data[i * d + j] = (j - 2) +
        (1 + j) * (shared * severity + (j === 0 ? 0.2 : 1) * random.normal());
    }
  }
  const codes = tensor([n, d], data);
  const statistics = codeStatistics(codes);
  const scale = { type: "ordinal" as const, names: ["none", "mild", "severe"] };
  const probe = linearProbe({
    plugin: "toy",
    scale,
    plane: {
      mean: Float64Array.from(statistics.mean.data),
      sigma: Float64Array.from(
        { length: d },
        (_, j) => Math.sqrt(statistics.covariance.data[j * (d + 1)]),
      ),
      normal: Float64Array.from({ length: d }, (_, j) => j === 0 ? 1 : 0),
      offset: 0.5,
    },
    curve: { slope: 2, intercept: 0 },
    grading: lineGrading(1, 0.5),
  });
  return { codes, labels, scale, statistics, probe };
}
