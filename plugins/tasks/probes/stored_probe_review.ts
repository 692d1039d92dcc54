/** A stored probe measured on images of any data set, its own or somebody else's. */

import { InputError, type JobContext } from "@countergrade/countergrade";
import type { z } from "zod";
import { drawnImages } from "../data/drawn_images.ts";
import { type LabelOptions, relabeled } from "../data/relabeled.ts";
import { type LoadedEncoders, loadProbe, openFitting, thresholdOf } from "../encoders/models.ts";
import { type Familiarity, familiarityOf, ownImagesOf } from "../latents/familiarity.ts";
import { countedFamiliarity, type FamiliarityCountSchema } from "../latents/familiarity_count.ts";
import type { PlainReview } from "./review.ts";
import { isSameScale, otherScaleText, reviewBatches, splitReview } from "./split_review.ts";

/** Which probe, and on which images. */
export interface StoredReviewOptions extends LabelOptions {
  probe: string;
  dataset: string;
  split: string;
  limit: number;
  threshold?: number;
}

/**
 * Encodes images of a split and reviews a stored probe on their labels; also tells how many of the images are of the kind that it
 * learned from.
 *
 * @throws {NotFoundError} When probe or data set are not there.
 * @throws {InputError} When images or labels do not fit, or no image has a label.
 */
export async function reviewStored(
  options: StoredReviewOptions,
  job: JobContext,
  loaded: LoadedEncoders,
): Promise<{ review: PlainReview; familiarity?: z.infer<typeof FamiliarityCountSchema> }> {
  const stored = await loadProbe(job, options.probe);
  const { probe } = stored;
  const encoder = await loaded.get(job, stored.encoder);
  const found = await openFitting(job, options.dataset, encoder);
  const dataset = relabeled(found, probe.scale, options.labels);
  if (!isSameScale(dataset, { probe })) {
    throw new InputError(otherScaleText(dataset, { probe }), ["labels"]);
  }
  const threshold = options.threshold ?? thresholdOf(stored);
  const indices = drawnImages(dataset, options.split, options.limit, job.random);
  const own = await ownImagesOf(stored, job, loaded);
  const told: (Familiarity | undefined)[] = [];
  const total = reviewBatches(indices.length);
  const setup = { dataset, encoder, probe, threshold };
  const review = await splitReview(options.split, indices, setup, job, (step, images, codes) => {
    told.push(...own ? familiarityOf(images, codes, own, encoder) : [undefined]);
    job.emit({ type: "progress", step, total, message: `encoding ${options.split}` });
  });
  if (!review) {
    throw new InputError(
      `Cannot measure the probe: expected labels among ${
        probe.scale.names.join(", ")
      }, no image of "${options.split}" has one`,
      ["labels"],
    );
  }
  return { review, familiarity: countedFamiliarity(told, job) };
}
