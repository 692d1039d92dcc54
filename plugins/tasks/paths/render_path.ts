/** One image's path as a value: encoded, edited to each grade, rendered, and seen again. */

import {
  type Codes,
  concatRows,
  type Edit,
  type Images,
  InputError,
  type Latents,
  type PathRecord,
  type Probe,
  row,
  rows,
  takeRows,
  type Target,
  tensor,
} from "@countergrade/countergrade";
import { mahalanobis, percentileOf } from "@countergrade/countergrade/linear";
import { labelsOf } from "@countergrade/countergrade/review";
import {
  type Attempt,
  closeLoop,
  misses,
  type Read,
  type TryAgain,
  usualTolerance,
} from "./close_loop.ts";
import { type Goal, goalsOf, type PatientGoals, type Unreached } from "./goals.ts";
import { bandAt } from "./bands.ts";
import { type Familiarity, familiarityOf, refuseForeign } from "../latents/familiarity.ts";
import { correctedByJudge, type JudgedPath, judgedPath } from "./judged_path.ts";
import { keptStill } from "./keep_still.ts";
import { type Complete, completing } from "./residual.ts";
import { type SeenChange, seenChanges } from "./seen_change.ts";
import type { PathSetup } from "./setup.ts";
import { isNominalClass } from "./targets.ts";

/** What the probe says about codes; one entry per row. */
export interface Judged {
  readonly score: Float64Array;
  readonly probability: Float64Array;
  /** On the scale of the targets, see {@linkcode PatientGoals.read}. */
  readonly grade: Float64Array;
  /** What the probe reads by itself: E[grade | score]. */
  readonly read: Float64Array;
}

/** A rendered path. Arrays have one entry per frame, in the order of the targets. */
export interface RenderedPath {
  readonly record: PathRecord;
  /** What the frames were asked for, and where that is. */
  readonly goals: readonly Goal[];
  /** What was asked for and is no frame, with the reason. */
  readonly unreached: readonly Unreached[];
  /** Of the frames as they were kept; `targetScore` is what was asked for last, corrections included. */
  readonly edit: Edit;
  /** What the probe says about the image `[1]`. */
  readonly latent: Judged;
  /** … about the reconstruction, encoded again `[1]`. */
  readonly reconstructed: Judged;
  /** … about the edited codes. */
  readonly told: Judged;
  /** … about the frames, encoded again. */
  readonly shown: Judged;
  /** What the pixels say about the frames, where something is held. */
  readonly seen?: readonly SeenChange[];
  /** Whether the image is one of those that the probe learned from, where that is known. */
  readonly familiarity?: Familiarity;
  /** Percentile (0–100) of the image's own code among the distances of the training codes. */
  readonly percentile: number;
  /** How often each frame was rendered; 1 in the open loop. */
  readonly attempts: readonly number[];
  /** Whether the frame's grade is within the tolerance of its target, or its label the class without an order that was asked for. */
  readonly met: readonly boolean[];
  /** What the judge says, where there is one. */
  readonly judged?: JudgedPath;
  /** How far a judge reads each frame from what was asked, in grades, where that was measured. */
  readonly bands?: readonly (number | undefined)[];
}

/** What a watcher of {@linkcode renderPath} is told. */
export interface PathWatcher {
  readonly signal: AbortSignal;
  onInverted?(step: number): void;
  /** `frames`: predicted x₀ of all frames `[n, c, h, w]`; `iteration`: 0, or the correction it belongs to. */
  onRendered?(step: number, iteration: number, frames: () => Images): void | Promise<void>;
  onWarning?(message: string): void;
}

/**
 * Encodes an image `[1, c, h, w]` to z and x_T, edits z to each target, renders all frames as one batch with the same x_T, and
 * encodes every frame again: what the picture shows may differ from what the edit asked for. With `closeLoop` the frames that
 * miss are edited again, always from the original latents. A class without an order is no point on the probe's score: there the record
 * says score and grade of the edited code.
 *
 * Targets that cannot be reached are told, the others are rendered.
 *
 * @param known.start The image's latents, where they are known from another path; otherwise it is inverted.
 * @param known.label Its label on the probe's scale.
 * @throws {InputError} When the image is foreign, or no target can be reached.
 * @throws {CancelledError} Within a step, once the signal is aborted.
 */
export async function renderPath(
  image: Images,
  given: PathSetup,
  watcher: PathWatcher,
  known: { start?: Latents; label?: number } = {},
): Promise<RenderedPath> {
  const { encoder, probe, sampler } = given;
  const { signal } = watcher;
  const codes = known.start?.codes ?? await encoder.encode(image, { signal });
  const [isMirrored] = encoder.mirrors?.(codes) ?? [];
  const setup = isMirrored ? { ...given, hold: given.hold?.mirrored } : given;
  const [familiarity] = setup.ownImages
    ? familiarityOf(image, codes, setup.ownImages, encoder)
    : [];
  refuseForeign(familiarity, setup.foreign);
  const noise = known.start?.noise ?? await setup.invert(image, codes, {
    signal,
    onStep: (step) => watcher.onInverted?.(step),
  });
  const original: Latents = { codes, noise };
  const wanted = goalsOf(setup.targets, probe, codes, known.label, setup.calibration);
  const { edit, goals, unreached } = await reachable(original, wanted, setup, signal);
  const rebuilt = await encoder.render(joined(original, edit.latents), {
    sampler,
    signal,
    onStep: (step, _, preview) =>
      watcher.onRendered?.(
        step,
        0,
        () => withoutFirst(completing(image, row(preview, 0), sampler)(preview)),
      ),
  });
  const plain = row(rebuilt, 0);
  const complete = completing(image, plain, sampler);
  const rendered = complete(rebuilt);
  const seen = await encoder.encode(rendered, { signal });
  const first = { edit, frames: withoutFirst(rendered), reencoded: withoutFirst(seen) };
  const aimed = goals.map((goal) => goal.aimed);
  const read = (codes: Codes) => wanted.read(codes);
  const start = { image, latents: original, reconstruction: row(rendered, 0), complete };
  const { met, ...reached } = await corrected(start, first, goals, read, setup, watcher);
  const { best, attempts } = await keptStill(
    start,
    reached.best,
    reached.attempts,
    setup,
    signal,
  );
  const tolerance = setup.closeLoop?.tolerance ?? usualTolerance(setup.probe);
  const told = judge(probe, best.edit.latents.codes, read);
  const shown = judge(probe, best.reencoded, read);
  const labels = labelsOf(probe, best.reencoded);
  return {
    record: {
      original: image,
      reconstruction: start.reconstruction,
      ...sampler.residual && { plain },
      frames: best.frames,
      code: codes,
      codes: best.edit.latents.codes,
      reencoded: best.reencoded,
      scale: probe.scale,
      targetScores: goals.map(({ asked }, i) =>
        isNominalClass(probe, asked) ? told.score[i] : edit.targetScore[i]
      ),
      targetGrades: goals.map(({ asked, grade }, i) =>
        isNominalClass(probe, asked) ? told.grade[i] : grade
      ),
      latentGrades: [...told.grade],
      latentScores: [...told.score],
      imageGrades: [...shown.grade],
      imageScores: [...shown.score],
      lengths: [...best.edit.length],
      lengthRatios: [...best.edit.lengthRatio],
    },
    goals,
    unreached,
    edit: best.edit,
    latent: judge(probe, codes, read),
    reconstructed: judge(probe, row(seen, 0), read),
    told,
    shown,
    ...setup.hold && {
      seen: seenChanges(
        setup.hold,
        start.reconstruction,
        best.frames,
        known.label ?? read(codes)[0],
        goals.map(({ grade }) => grade),
      ),
    },
    familiarity,
    percentile: percentileOf(
      setup.statistics.distances.data,
      mahalanobis(setup.statistics, codes)[0],
    ),
    attempts,
    met: met ??
      misses(read, best.reencoded, aimed).map((miss, i) =>
        isNominalClass(probe, goals[i].asked) ? labels[i] === goals[i].grade : miss <= tolerance
      ),
    bands: setup.bands && goals.map(({ grade }) => bandAt(setup.bands!, grade)),
    judged: setup.witness &&
      await judgedPath(setup.witness, image, start.reconstruction, best.frames, signal),
  };
}

/** The picture that all frames start from. */
export interface PathStart {
  /** `[1, c, h, w]` */
  readonly image: Images;
  readonly latents: Latents;
  /** Made as the frames are, without an edit `[1, c, h, w]`. */
  readonly reconstruction: Images;
  readonly complete: Complete;
}

/** The frames after the closed loop, where there is one; `met` where it is the judge's. */
async function corrected(
  start: PathStart,
  first: Attempt,
  goals: readonly Goal[],
  read: Read,
  setup: PathSetup,
  watcher: PathWatcher,
): Promise<{ best: Attempt; attempts: readonly number[]; met?: readonly boolean[] }> {
  const { closeLoop: how, probe, witness } = setup;
  if (!how) return { best: first, attempts: goals.map(() => 1) };
  const tryAgain = renderingAgain(start, setup, watcher);
  if (how.by === "judge" && witness) {
    return await correctedByJudge(start, first, goals, { ...setup, witness }, watcher, tryAgain);
  }
  return await closeLoop(first, goals.map(({ aimed }) => aimed), probe, read, how, tryAgain);
}

/** Edits and renders again, always from the original latents. */
function renderingAgain(
  { latents: original, complete }: PathStart,
  setup: PathSetup,
  watcher: PathWatcher,
): TryAgain {
  const { encoder, sampler } = setup;
  const { signal } = watcher;
  return async (indices, scores, iteration, best) => {
    const targets = scores.map((score) => ({ score }));
    const edit = await editOf(original, targets, setup, signal).catch((error) => {
      if (!(error instanceof InputError)) throw error;
      watcher.onWarning?.(`The closed loop ended early. ${error.message}`);
    });
    if (!edit) return;
    const frames = complete(
      await encoder.render(edit.latents, {
        sampler,
        signal,
        onStep: (step, _, preview) =>
          watcher.onRendered?.(
            step,
            iteration,
            () => replaced(best.frames, indices, complete(preview)),
          ),
      }),
    );
    return { edit, frames, reencoded: await encoder.encode(frames, { signal }) };
  };
}

/** The edit to the goals that can be reached; the others are told with the reason. */
async function reachable(
  original: Latents,
  { goals, unreached }: PatientGoals,
  setup: PathSetup,
  signal: AbortSignal,
): Promise<{ edit: Edit; goals: readonly Goal[]; unreached: readonly Unreached[] }> {
  const all = (list: readonly Goal[]) =>
    editOf(original, list.map(({ target }) => target), setup, signal);
  try {
    return { edit: await all(goals), goals, unreached };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
  const left: Goal[] = [];
  const missed: Unreached[] = [...unreached];
  for (const goal of goals) {
    try {
      await all([goal]);
      left.push(goal);
    } catch (error) {
      if (!(error instanceof InputError) || goals.length === 1) throw error;
      missed.push({ target: goal.asked, reason: error.message });
    }
  }
  if (left.length === 0) throw new InputError(missed[0].reason, ["targets"]);
  return { edit: await all(left), goals: left, unreached: missed };
}

/** The original's latents, moved to each of the targets. */
async function editOf(
  original: Latents,
  targets: readonly Target[],
  { editor, editing, probe, statistics, hold }: PathSetup,
  signal: AbortSignal,
): Promise<Edit> {
  const first = new Int32Array(targets.length);
  const latents = {
    codes: takeRows(original.codes, first),
    noise: takeRows(original.noise, first),
  };
  return await editor.edit(latents, probe, targets, editing, {
    statistics,
    hold: hold?.edit,
    signal,
  });
}

/** What a probe says about codes `[n, d]`; `read` where grades are on another scale than the probe's own. */
export function judge(probe: Probe, codes: Codes, read?: Read): Judged {
  const own = probe.grade(codes);
  return {
    score: probe.score(codes),
    probability: probe.probability(codes),
    grade: read?.(codes) ?? own,
    read: own,
  };
}

/** The first of several judgements, as plain data. */
export function judgementOf({ score, probability, read }: Judged) {
  return { score: score[0], probability: probability[0], grade: read[0] };
}

/** The rows of both, `a` first. */
export function joined(a: Latents, b: Latents): Latents {
  return { codes: concatRows([a.codes, b.codes]), noise: concatRows([a.noise, b.noise]) };
}

/** The frames of a batch that the reconstruction leads. */
function withoutFirst(batch: Images): Images {
  return rows(batch, 1, batch.shape[0]);
}

/** A copy of `frames` with those at `indices` replaced. */
function replaced(frames: Images, indices: readonly number[], by: Images): Images {
  const out = tensor(frames.shape, frames.data.slice());
  indices.forEach((index, k) => row(out, index).data.set(row(by, k).data));
  return out;
}
