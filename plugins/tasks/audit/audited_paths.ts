/** Pictures of one image at both ends of the scale: as the editor makes them, and with what each attribute has of the step taken back. */

import {
  concatRows,
  type Images,
  type JobContext,
  type Latents,
  row,
  rows,
  takeRows,
  tensor,
} from "@countergrade/countergrade";
import { restrainedStep } from "@countergrade/countergrade/linear";
import { goalsOf } from "../paths/goals.ts";
import { completing } from "../paths/residual.ts";
import type { PathSetup } from "../paths/setup.ts";
import type { AuditedAttribute } from "./audited_attributes.ts";
import type { SeenAttribute } from "./training_look.ts";

/** Pictures of both ends, and how far apart somebody sees them. */
export interface Ends {
  /** Toward the mild end `[1, c, h, w]`. */
  readonly mild: Images;
  /** Toward the severe end. */
  readonly severe: Images;
  /** Change from the mild to the severe picture: of the probe's score, in σ. */
  readonly score: number;
  /** … of the judge's grade, or its score where it tells no grades. */
  readonly judge?: number;
}

/** One audited image. */
export interface AuditedPath {
  readonly index: number;
  readonly image: Images;
  /** As the editor makes them. */
  readonly plain: Ends;
  /** Change of each attribute from the mild to the severe picture, in standard deviations; NaN where it could not be measured. */
  readonly moved: readonly number[];
  /** With each attribute's part of the step taken back, in their order. */
  readonly without: readonly Ends[];
}

/**
 * Renders them, all as one batch from the image's own noise. Of the step Δz an attribute with the direction h and the variance σ² has the
 * part Σh·(hᵀΔz)/σ²: what a code changes by, on average, where the attribute changes by hᵀΔz. As hᵀΣh = R²σ², that is R² of the least step
 * that moves hᵀz as far. The whole of it would blame attributes that a code hardly carries: what it tells of them it may know from the
 * disease alone, and hᵀz is then the score in other units.
 *
 * @param index Position in the split.
 * @throws {InputError} When neither end can be reached.
 */
export async function auditedPath(
  index: number,
  { image, label }: { image: Images; label?: number },
  attributes: readonly AuditedAttribute[],
  seen: readonly SeenAttribute[],
  setup: PathSetup,
  { signal }: JobContext,
): Promise<AuditedPath> {
  const { encoder, probe, sampler, statistics, editor, editing, witness } = setup;
  const codes = await encoder.encode(image, { signal });
  const noise = await setup.invert(image, codes, { signal, onStep: () => {} });
  const { goals } = goalsOf(setup.targets, probe, codes, label, setup.calibration);
  const targets = [goals[0].target, goals[goals.length - 1].target];
  const two: Latents = { codes: takeRows(codes, [0, 0]), noise: takeRows(noise, [0, 0]) };
  const edit = await editor.edit(two, probe, targets, editing, { statistics, signal });
  const ends = edit.latents.codes;
  const all = concatRows([
    codes,
    ends,
    ...seen.map((attribute) => withoutPart(ends, codes, attribute, statistics.covariance)),
  ]);
  const rebuilt = await encoder.render({
    codes: all,
    noise: takeRows(noise, new Int32Array(all.shape[0])),
  }, { sampler, signal });
  const complete = completing(image, row(rebuilt, 0), sampler);
  const rendered = complete(rows(rebuilt, 1, all.shape[0]));
  const scores = probe.score(await encoder.encode(rendered, { signal }));
  const verdicts = await witness?.look(rendered, signal);
  const told = verdicts?.grade ?? verdicts?.score;
  const pair = (k: number): Ends => ({
    mild: row(rendered, 2 * k),
    severe: row(rendered, 2 * k + 1),
    score: scores[2 * k + 1] - scores[2 * k],
    ...told && { judge: told[2 * k + 1] - told[2 * k] },
  });
  const plain = rows(rendered, 0, 2);
  return {
    index,
    image,
    plain: pair(0),
    moved: attributes.map(({ measurement }, a) => {
      const [mild, severe] = measurement.measure(plain);
      return (severe - mild) / seen[a].deviation;
    }),
    without: seen.map((_, a) => pair(a + 1)),
  };
}

/** The codes `[2, d]` with the part that an attribute has of each step from `from` `[1, d]` taken back. */
function withoutPart(
  { shape, data }: Latents["codes"],
  from: Latents["codes"],
  { weights: { data: direction }, explained }: SeenAttribute,
  covariance: Images,
): Latents["codes"] {
  const d = direction.length;
  const out = data.slice();
  if (direction.every((value) => value === 0)) return tensor(shape, out);
  for (let i = 0; i < shape[0]; i++) {
    let along = 0;
    for (let j = 0; j < d; j++) along += direction[j] * (out[i * d + j] - from.data[j]);
    const part = restrainedStep(covariance, [direction], [explained * along]);
    for (let j = 0; j < d; j++) out[i * d + j] -= part[j];
  }
  return tensor(shape, out);
}
