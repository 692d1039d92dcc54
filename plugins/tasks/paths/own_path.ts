/** For tasks of one's own that make paths: how codes are moved is theirs, everything else as in `counterfactualPath`. */

import {
  aimAt,
  type Artifact,
  type Codes,
  type CodeStatistics,
  type Edit,
  type EditorPlugin,
  type Images,
  type JobContext,
  type Latents,
  type PathTools,
  type Probe,
  row,
  type SamplerOptions,
  type Target,
} from "@countergrade/countergrade";
import { mahalanobis, mahalanobisLength, percentileOf } from "@countergrade/countergrade/linear";
import { z } from "zod";
import { loaded } from "../encoders/loaded.ts";
import { pickImage } from "../data/picked_image.ts";
import { makePath } from "./counterfactual_path.ts";
import { completing } from "./residual.ts";
import { openPathMaking, type PathSetup } from "./setup.ts";
import { pathTools } from "./tools.ts";

/** A path that a task of one's own makes. */
export interface OwnPath {
  /** The id of a probe: it brings the encoder, and grades what comes of the edits. */
  readonly probe: string;
  /** An image of a data set, or the id of one that was uploaded. */
  readonly image:
    | { readonly dataset: string; readonly split: string; readonly index: number }
    | { readonly image: string };
  /** Where the frames shall arrive, one frame each. */
  readonly targets: readonly Target[];
  /** What the edit is called in the path. */
  readonly editor: string;
  /** How the image becomes noise and back; default: the encoder's own. */
  readonly sampler?: SamplerOptions;
  /** A name to show; default: the image's and the targets. */
  readonly title?: string;
  /**
   * Moves codes: `latents` has a row per target, all of the same image; what comes back are the moved codes `[n, d]`. `tools` render
   * and encode, so that an edit can look at pictures, which are made as the frames will be.
   */
  edit(latents: Latents, targets: readonly Target[], tools: PathTools): Promise<Codes>;
}

/**
 * Renders a path with an edit of one's own and stores it as the artifact that `counterfactualPath` makes: frames are graded, measured
 * and told to the job, the explorer shows it, `evaluate`'s figures are in it.
 *
 * @throws {NotFoundError} When an id names nothing.
 * @throws {InputError} When the image does not fit the encoder, or no target can be reached.
 * @throws {CancelledError} Once the job is cancelled.
 */
export async function makeOwnPath(path: OwnPath, job: JobContext): Promise<Artifact> {
  const open = await openPathMaking(
    {
      ...{ probe: path.probe, sampler: path.sampler, editor: { pattern: {} } },
      ...{ calibration: "typical", extrapolate: true, uninformative: true, foreign: true },
      ...{ hold: [], region: "none", holdStrength: 0 },
    },
    job,
    loaded,
  );
  const setup: PathSetup = { ...open, targets: path.targets };
  const picked = await pickImage(
    { split: "", index: 0, ...path.image, probe: path.probe },
    setup.encoder,
    job,
  );
  const editor: EditorPlugin = {
    name: path.editor,
    description: "An edit of a task's own",
    options: z.object({}),
    async edit(latents, probe, targets, _options, { statistics }) {
      const tools = await completeTools(setup, picked.images, latents, job.signal);
      const codes = await path.edit(latents, targets, tools);
      return editOf(latents, codes, targets, probe, statistics);
    },
  };
  const { calibration } = open.calibration;
  const { id } = await makePath({ ...setup, editor, editing: {} }, picked, job, {
    calibration,
    title: path.title,
  });
  return await job.load("path", id);
}

/** Tools whose pictures carry what the reconstruction misses of the image, where the frames will. */
async function completeTools(
  setup: PathSetup,
  image: Images,
  { codes, noise }: Latents,
  signal: AbortSignal,
): Promise<PathTools> {
  const tools = pathTools(setup, signal);
  if (!setup.sampler.residual) return tools;
  const plain = await tools.render({ codes: row(codes, 0), noise: row(noise, 0) });
  const complete = completing(image, plain, setup.sampler);
  return { ...tools, render: async (latents) => complete(await tools.render(latents)) };
}

/** The figures of an edit, from the codes before and after: how far each row went, and how far beyond what it had to. */
function editOf(
  { codes: from, noise }: Latents,
  codes: Codes,
  targets: readonly Target[],
  probe: Probe,
  statistics: CodeStatistics,
): Edit {
  const { data: covariance, shape: [size] } = statistics.covariance;
  const rows = targets.map((target, k) => {
    const aim = aimAt(probe, target);
    const [before, after] = [row(from, k), row(codes, k)];
    const length = mahalanobisLength(
      statistics,
      Float64Array.from(after.data, (value, j) => value - before.data[j]),
    );
    const change = Math.abs(aim.score(after)[0] - aim.score(before)[0]);
    const g = aim.gradient(before).data;
    let spread = 0;
    g.forEach((a, i) => g.forEach((b, j) => spread += a * covariance[i * size + j] * b));
    const lengthRatio = change > 0 ? length * Math.sqrt(spread) / change : NaN;
    return { goal: aim.goal, length, lengthRatio };
  });
  const column = (name: keyof typeof rows[number]) =>
    Float64Array.from(rows, (figures) => figures[name]);
  return {
    latents: { codes, noise },
    targetScore: column("goal"),
    length: column("length"),
    lengthRatio: column("lengthRatio"),
    percentile: mahalanobis(statistics, codes)
      .map((distance) => percentileOf(statistics.distances.data, distance)),
  };
}
