/** The direction of the code that goes with one attribute, for those that are not learned with the others. */

import { type Measurement, Random, takeRows, tensor } from "@countergrade/countergrade";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
import { type AttributeDirection, directionOf } from "./appearance.ts";
import { facing, mirror } from "./facing.ts";
import { codesBehind, type TrainingImages } from "./training_codes.ts";

/** Images that are looked at. */
const MOST = 4096;
/** Images read at a time. */
const BATCH = 64;

/** Learns the direction of an attribute from the training images, all of them facing one way or the other; computed once and kept. */
export async function learnedDirection(
  measurement: Measurement,
  { stored, dataset, job, loaded }: TrainingImages,
  mirrored: boolean,
): Promise<AttributeDirection> {
  const { name } = measurement;
  const key = {
    version: 1,
    encoder: stored.encoder,
    dataset: dataset.fingerprint,
    name,
    ...mirrored && { mirrored },
  };
  const encoder = await loaded.get(job, stored.encoder);
  const files = await job.derived("direction", key, async () => {
    const { codes } = await codesBehind(stored, "train", job, loaded);
    const drawn = new Random(0).fork("appearance").permutation(codes.shape[0]);
    const indices = drawn.subarray(0, MOST).sort();
    const values = new Float64Array(indices.length);
    for (let start = 0; start < indices.length; start += BATCH) {
      job.signal.throwIfAborted();
      const at = indices.subarray(start, start + BATCH);
      const { images } = await dataset.get("train", at);
      const turned = facing(encoder, images, takeRows(codes, at));
      values.set(measurement.measure(mirrored ? mirror(turned) : turned), start);
    }
    const seen = takeRows(codes, Int32Array.from(indices));
    const { weights, deviation, explained } = directionOf(name, values, seen);
    const facts = tensor([2], [deviation, explained]);
    return {
      files: { "direction.safetensors": writeSafetensors({ weights, facts }) },
      metadata: {
        key,
        dataset: dataset.id,
        encoder: stored.encoder,
        title: `${name} in the codes of ${dataset.title}`,
      },
      inputs: [stored.encoder, dataset.fingerprint],
    };
  });
  const { tensors } = readSafetensors(files["direction.safetensors"]);
  const [deviation, explained] = tensors.get("facts")!.data;
  return { name, weights: tensors.get("weights")!, deviation, explained };
}
