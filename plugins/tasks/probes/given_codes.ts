/** Codes that somebody else's program wrote into a file, as if they were encoded here. */

import { type Artifact, InputError, type JobContext, tensor } from "@countergrade/countergrade";
import { writeSafetensors } from "@countergrade/countergrade/formats";
import { readInputFile } from "@countergrade/countergrade/images";
import { isLabel } from "@countergrade/countergrade/review";
import { openWatched } from "../encoders/models.ts";
import { type LabeledCodes, latentsFile } from "./latents_file.ts";

/** Which codes, of which images, by which encoder. */
export interface GivenCodes {
  readonly latents: string;
  readonly encoder: string;
  readonly dataset: string;
}

/**
 * Stores the codes of a file with what they are codes of: row i of a split is its image i.
 *
 * @throws {FormatError} When the file is damaged, or has no split `train`.
 * @throws {InputError} When its codes are not those of the encoder, its rows not one for each image, or its labels none of the scale.
 */
export async function givenCodes(
  { latents, encoder, dataset: id }: GivenCodes,
  job: JobContext,
): Promise<Artifact> {
  const { metadata: { codeSize } } = await job.load("encoder", encoder);
  const dataset = await openWatched(job, id);
  const file = latentsFile(latents, await readInputFile(latents, job.host.datasetContext));
  const names = Object.keys(dataset.splits).filter((split) => split === "train" || file.has(split));
  const fail = (reason: string): never => {
    throw new InputError(`Cannot take the codes of "${latents}": ${reason}`, ["latents"]);
  };
  const check = (split: string, { codes: { shape: [n, d] }, labels }: LabeledCodes) => {
    if (d !== codeSize) {
      fail(`expected codes of ${codeSize} numbers, as those of ${encoder}, they have ${d}`);
    }
    if (n !== dataset.splits[split]) {
      fail(
        `expected ${
          dataset.splits[split]
        } rows of ${split}, one per image of "${id}", there are ${n}`,
      );
    }
    const odd = labels.find((label) => !isLabel(label, dataset.scale));
    if (odd !== undefined) {
      fail(`expected labels below ${dataset.scale.names.length}, one of ${split} is ${odd}`);
    }
  };
  const tensors = new Map(names.flatMap((split) => {
    const found = file.get(split);
    check(split, found);
    const labels = tensor([found.labels.length], Float32Array.from(found.labels));
    return [[`${split}.codes`, found.codes], [`${split}.labels`, labels]] as const;
  }));
  const metadata = {
    encoder,
    dataset: id,
    title: `${dataset.title}, codes of ${latents.split("/").at(-1)}`,
    scale: dataset.scale,
    splits: Object.fromEntries(names.map((split) => [split, dataset.splits[split]])),
    codeSize,
  };
  const files = { "codes.safetensors": writeSafetensors(tensors) };
  return await job.save("codes", files, metadata, [encoder, dataset.fingerprint]);
}
