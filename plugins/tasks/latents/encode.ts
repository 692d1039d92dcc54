/** The task `encode`: a data set's images become codes. */

import {
  concatRows,
  type Dataset,
  type Encoder,
  InputError,
  type TaskPlugin,
  type Tensor,
} from "@countergrade/countergrade";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
import { z } from "zod";
import {
  type LoadedEncoders,
  openFitting,
  providerOf,
  ProviderSchema,
} from "../encoders/models.ts";
import { codeUseOn, CodeUseSchema, codeUseWarning } from "../encoders/code_use.ts";
import { BATCH, encodePart, type SplitPart } from "./encode_split.ts";

const Result = z.object({
  codes: z.string().describe("Id of the codes").meta({ artifact: true }),
  images: z.int().describe("Images encoded"),
  codeSize: z.int().describe("Length of a code"),
  codeUse: CodeUseSchema,
  provider: ProviderSchema,
});

/** Images that a worker encodes before it looks for others; a multiple of the batch. */
const SHARED = 256;
/** In how many parts at most. */
const MANY = 500;

interface Options {
  encoder: string;
  dataset: string;
  splits?: string[];
}

/** Encodes splits of a data set, without augmentation. The file holds `<split>.codes [n, d]` and `<split>.labels [n]`. */
export function encodeTask(loaded: LoadedEncoders): TaskPlugin<Options, z.infer<typeof Result>> {
  /** What the part before was of: the next one is of the same. */
  let last: { readonly version: string; readonly dataset: Dataset } | undefined;
  return {
    name: "encode",
    description: "Encode the images of a data set to semantic codes",
    options: () =>
      z.strictObject({
        encoder: z.string().describe("Id of the encoder"),
        dataset: z.string().describe("Id of the data set"),
        splits: z.array(z.string()).min(1).max(20).optional().describe("Splits; default: all"),
      }),
    inputs: async ({ dataset }, host) => [await host.datasetVersion(dataset)],
    result: Result,
    async run({ encoder: id, dataset: datasetId, splits }, job) {
      const encoder = await loaded.get(job, id);
      const dataset = await openFitting(job, datasetId, encoder);
      const names = [...new Set(splits ?? Object.keys(dataset.splits))];
      const unknown = names.find((name) => !Object.hasOwn(dataset.splits, name));
      if (unknown !== undefined) {
        const known = Object.keys(dataset.splits).join(", ");
        throw new InputError(
          `Cannot encode: expected splits of ${known}, current split is "${unknown}"`,
          ["splits"],
        );
      }
      const total = names.reduce((sum, name) => sum + dataset.splits[name], 0);
      const parts = names.flatMap((name) => partsOf(name, dataset.splits[name], total));
      let done = 0;
      const progress = (step: number, split: string) =>
        job.emit({ type: "progress", step, total, message: `encoding ${split}` });
      // It renders, which takes a while: where the rest is shared it is a part as well.
      const apart: Part[] = parts.length > 1 ? [CODE_USE] : [];
      const all = await job.inParts<Part>(
        [...apart, ...parts],
        (part) =>
          partOf(part, dataset, encoder, job.signal, (images) => {
            if (part !== CODE_USE && images < part.count) progress(done + images, part.split);
          }),
        (part) => {
          if (part !== CODE_USE) progress(done += part.count, part.split);
        },
      );
      const encoded = all.slice(apart.length);
      const tensors = new Map<string, Tensor>();
      for (const name of names) {
        const own = encoded.filter((_, at) => parts[at].split === name).map((bytes) =>
          readSafetensors(bytes).tensors
        );
        if (own.length === 0) continue;
        for (const what of ["codes", "labels"]) {
          tensors.set(`${name}.${what}`, concatRows(own.map((file) => file.get(what)!)));
        }
      }
      const codeUse = apart.length
        ? JSON.parse(new TextDecoder().decode(all[0])).use
        : await codeUseOn(encoder, dataset, job.signal);
      const unused = codeUseWarning(codeUse);
      if (unused) job.emit({ type: "warning", message: unused });
      const metadata = {
        encoder: id,
        dataset: dataset.id,
        title: `${dataset.title}, encoded`,
        scale: dataset.scale,
        splits: Object.fromEntries(names.map((name) => [name, dataset.splits[name]])),
        codeSize: encoder.codeSize,
        codeUse,
      };
      const files = { "codes.safetensors": writeSafetensors(tensors) };
      const artifact = await job.save("codes", files, metadata, [id, dataset.fingerprint]);
      return {
        codes: artifact.id,
        images: total,
        codeSize: encoder.codeSize,
        codeUse,
        provider: providerOf(encoder),
      };
    },
    async part({ encoder: id, dataset: datasetId }, part, job) {
      const encoder = await loaded.get(job, id);
      const version = `${id} ${datasetId} ${await job.host.datasetVersion(datasetId)}`;
      if (last?.version !== version) {
        last = { version, dataset: await openFitting(job, datasetId, encoder) };
      }
      return await partOf(part as Part, last.dataset, encoder, job.signal);
    },
  };
}

/** Images, or whether the encoder's pictures follow its codes. */
type Part = SplitPart | typeof CODE_USE;

const CODE_USE = "code use";

/** The codes and labels of a part, as a file, or what JSON tells of the use of the code. */
async function partOf(
  part: Part,
  dataset: Dataset,
  encoder: Encoder,
  signal: AbortSignal,
  onBatch?: (images: number) => void,
): Promise<Uint8Array> {
  if (part === CODE_USE) {
    const use = await codeUseOn(encoder, dataset, signal);
    return new TextEncoder().encode(JSON.stringify({ use }));
  }
  const { codes, labels } = await encodePart(part, dataset, encoder, { signal, onBatch });
  const told = { shape: [labels.length], data: Float32Array.from(labels) };
  return writeSafetensors(new Map<string, Tensor>([["codes", codes], ["labels", told]]));
}

/** A split in parts. */
function partsOf(split: string, images: number, total: number): SplitPart[] {
  const size = Math.max(SHARED, Math.ceil(total / MANY / BATCH) * BATCH);
  return Array.from({ length: Math.ceil(images / size) }, (_, i) => ({
    split,
    start: i * size,
    count: Math.min(size, images - i * size),
  }));
}
