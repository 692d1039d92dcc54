/** A path of one image, made by the task that anybody's are made by. */

import type { Dataset, Host } from "@countergrade/countergrade";
import { NotFoundError } from "@countergrade/countergrade";
import { JobRunner, Jobs, models, type Workspace } from "@countergrade/countergrade/jobs";

/** The figures of a frame, as they are written under it. */
export interface ShownFrame {
  /** Grade asked for. */
  readonly asked: number;
  /** Grade of the frame, encoded again, on the scale of the targets. */
  readonly image: number;
  /** Share of the real patients of the grade that lie beyond. */
  readonly beyond?: number;
  /** What the judge reads, where there is one that grades. */
  readonly judge?: number;
  /** What the data set's measurement reads from the frame; null where it finds nothing. */
  readonly measured?: number | null;
}

/** A path with its pictures, all of them rendered by the model. */
export interface ShownPath {
  readonly index: number;
  readonly label: number;
  /** PNG of the image as the model rebuilds it, and of each frame, and what changed. */
  readonly rebuilt: Uint8Array;
  readonly pictures: readonly Uint8Array[];
  readonly changes: readonly Uint8Array[];
  /** Difference of intensity that has the full color. */
  readonly range: number;
  /** What the judge reads in the rebuilt image. */
  readonly rebuiltJudge?: number;
  readonly frames: readonly ShownFrame[];
  /** The judge's plugin. */
  readonly judge?: string;
}

/** What paths are made with. */
export interface Ground {
  readonly host: Host;
  readonly workspace: Workspace;
  /** The id of a probe. */
  readonly probe: string;
  readonly dataset: Dataset;
  readonly split: string;
  /** Who looks on, with options. */
  readonly judge?: Record<string, unknown>;
}

/** The first probe of a bundle. @throws {NotFoundError} When it has none. */
export async function probeOf(host: Host, name: string): Promise<{ id: string; dataset: string }> {
  const { folder } = host.member(models, name);
  const { artifacts } = JSON.parse(await Deno.readTextFile(new URL("models.json", folder)));
  const probe = artifacts.find(({ kind }: { kind: string }) => kind === "probe");
  if (!probe) throw new NotFoundError("probe", name);
  return { id: probe.id, dataset: probe.metadata.dataset };
}

/** Many evaluations and nothing kept of the image: all that is seen is the model's. */
const SAMPLER = { name: "dpm-solver", inversionSteps: 20, renderSteps: 20, residual: false };

/** What is read of a path's result. */
interface Result {
  readonly label: number;
  readonly reconstruction: string;
  readonly differenceRange: number;
  readonly judge?: { readonly name: string; readonly reconstruction: { readonly grade?: number } };
  readonly frames: readonly {
    readonly image: string;
    readonly difference: string;
    readonly targetGrade: number;
    readonly imageGrade: number;
    readonly beyond?: number;
    readonly judge?: { readonly grade?: number };
    readonly measured?: readonly { readonly value: number | null }[];
  }[];
}

/**
 * The image at `index` at every grade of its scale, as usual but by {@linkcode SAMPLER}.
 *
 * @param more Options of the task that are not as usual.
 * @throws {Error} When the job fails.
 */
export async function shownPath(
  ground: Ground,
  index: number,
  more: Record<string, unknown> = {},
): Promise<ShownPath> {
  const { host, workspace, probe, dataset, split, judge } = ground;
  const { store, blobs } = workspace;
  const jobs = new Jobs(host, workspace, { local: true });
  const options = { probe, dataset: dataset.id, split, index, judge, sampler: SAMPLER, ...more };
  const asked = await jobs.submit("counterfactualPath", { ...options, foreign: true });
  const claimed = await store.queue.claim(workspace.owner, { id: asked.id });
  if (claimed) await new JobRunner(host, workspace).run(claimed, new AbortController().signal);
  const { result, error } = await jobs.job(asked.id);
  if (error) throw new Error(`Cannot show image ${index} of ${dataset.id}: ${error.message}`);
  const { frames, label, reconstruction, differenceRange, judge: judged } = result as Result;
  const read = (names: readonly string[]) => Promise.all(names.map((name) => blobs.read(name)));
  return {
    index,
    label,
    rebuilt: await blobs.read(reconstruction),
    pictures: await read(frames.map(({ image }) => image)),
    changes: await read(frames.map(({ difference }) => difference)),
    range: differenceRange,
    rebuiltJudge: judged?.reconstruction.grade,
    judge: judged?.name,
    frames: frames.map(({ targetGrade, imageGrade, beyond, judge, measured }) => ({
      asked: targetGrade,
      image: rounded(imageGrade),
      ...beyond !== undefined && { beyond: rounded(beyond) },
      ...judge?.grade !== undefined && { judge: rounded(judge.grade)! },
      ...measured && { measured: measured[0].value === null ? null : rounded(measured[0].value) },
    })),
  };
}

/** To what is shown, and a digit more. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** By how much a path's worst frame misses the grade asked for in the own probe's eyes, in grades. */
export function worstMiss({ frames }: Pick<ShownPath, "frames">): number {
  return Math.max(...frames.map(({ asked, image }) => Math.abs(image - asked)));
}
