/** Platt's calibration: a probability from a score that is none. */

import { InputError } from "../errors.ts";
import type { ProbabilityCurve } from "./linear_probe.ts";

/**
 * Fits P(severe) = σ(slope · score + intercept) by maximum likelihood to the softened labels of Platt (1999), with the
 * Newton iteration of Lin, Lin and Weng (2007, A note on Platt's probabilistic outputs):
 *
 *     loss = Σ log(1 + e^{−f}) + (1 − t)·f,  f = slope·s + intercept,  ∂loss/∂f = σ(f) − t
 *     t = (N₊ + 1)/(N₊ + 2) on the severe side, 1/(N₋ + 2) on the mild one
 *
 * @param scores `[n]`, best of rows that the boundary was not fitted to.
 * @param sides +1 or −1, `[n]`.
 * @throws {InputError} When the scores do not rise with the labels.
 */
export function plattCurve(scores: Float64Array, sides: Int8Array): ProbabilityCurve {
  const severe = sides.reduce((count, side) => count + (side > 0 ? 1 : 0), 0);
  const mild = sides.length - severe;
  const targets = Float64Array.from(
    sides,
    (side) => side > 0 ? (severe + 1) / (severe + 2) : 1 / (mild + 2),
  );
  const loss = (a: number, b: number) =>
    scores.reduce((sum, s, i) => {
      const f = a * s + b;
      return sum + Math.log1p(Math.exp(-Math.abs(f))) + Math.max(-f, 0) + (1 - targets[i]) * f;
    }, 0);

  let slope = 0;
  let intercept = Math.log((severe + 1) / (mild + 1));
  for (let iteration = 0; iteration < 100; iteration++) {
    let ga = 0, gb = 0, haa = 1e-12, hab = 0, hbb = 1e-12;
    for (let i = 0; i < scores.length; i++) {
      const p = 1 / (1 + Math.exp(-(slope * scores[i] + intercept)));
      const [g, h] = [p - targets[i], p * (1 - p)];
      ga += g * scores[i];
      gb += g;
      haa += h * scores[i] ** 2;
      hab += h * scores[i];
      hbb += h;
    }
    if (Math.max(Math.abs(ga), Math.abs(gb)) < 1e-9 * scores.length) break;
    const determinant = haa * hbb - hab * hab;
    const [da, db] = [(hab * gb - hbb * ga) / determinant, (hab * ga - haa * gb) / determinant];
    const before = loss(slope, intercept);
    let step = 1;
    while (step > 1e-10 && loss(slope + step * da, intercept + step * db) > before) step /= 2;
    if (step <= 1e-10) break;
    slope += step * da;
    intercept += step * db;
  }
  if (!(slope > 0)) {
    throw new InputError(
      `Cannot calibrate a probe: expected scores to rise with the labels, the slope is ${slope} logits per σ`,
    );
  }
  return { slope, intercept };
}
