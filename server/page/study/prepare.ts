/** Making the pictures of a study, in the order in which they are read: the next is made while one is looked at. */

import { runTask } from "../jobs/run_task.ts";
import { insist } from "../shared/client.ts";
import { type JudgeChoice, judgeInput } from "../shared/judges.ts";
import type { Model } from "../shared/operations.ts";
import { STUDY_IMAGES, STUDY_PATH, type StudyImage, type StudyPath } from "./operations.ts";
import type { Plan, StudyItem } from "./study.ts";

/** Tells items as they are made, each in its place. @throws {ServerError} */
export async function prepare(
  model: Model,
  judge: JudgeChoice | undefined,
  split: string,
  plans: readonly Plan[],
  tell: (place: number, item: StudyItem) => void,
  signal: AbortSignal,
): Promise<void> {
  const { id: dataset } = model.dataset!;
  for (const [place, plan] of plans.entries()) {
    if (signal.aborted) return;
    const { dataset: found } = await insist<{ dataset: { images: StudyImage[] } | null }>(
      STUDY_IMAGES,
      { id: dataset, split, indices: [plan.index] },
    );
    const [image] = found?.images ?? [];
    if (!image) continue;
    // All pictures come from a path, so that none is told by its file: also the real ones, as the model takes them.
    const source = { probe: model.id, dataset, split, ...judge && { judge: judgeInput(judge) } };
    const path = await pathOf(source, plan, signal);
    if (path) tell(place, itemOf(plan, image, path));
  }
}

async function pathOf(
  source: object,
  { kind, index, target }: Plan,
  signal: AbortSignal,
): Promise<StudyPath | undefined> {
  const options = {
    ...source,
    index,
    targets: [target ?? 0],
    extrapolate: true,
    foreign: true,
    // What the model makes of an image by itself: with what it misses added it would be the image.
    ...kind === "reconstructed" && { sampler: {} },
  };
  const job = await runTask("counterfactualPath", options, signal);
  const id = job?.artifacts.find(({ kind }) => kind === "path")?.id;
  if (id === undefined) return undefined;
  return (await insist<{ path: StudyPath | null }>(STUDY_PATH, { id })).path ?? undefined;
}

function itemOf(plan: Plan, { label, image }: StudyImage, path: StudyPath): StudyItem {
  const [frame] = path.frames;
  const picture = {
    real: path.original,
    reconstructed: path.reconstruction,
    edited: frame?.image,
  }[plan.kind];
  const edited = plan.kind === "edited";
  return {
    ...plan,
    url: picture?.url ?? image.url,
    grade: edited ? plan.target! : label,
    read: edited ? frame?.imageRead ?? frame?.imageGrade : path.latent?.grade,
    judged: edited
      ? frame?.judge?.grade
      : plan.kind === "real"
      ? path.judge?.original?.grade
      : undefined,
  };
}
