/** The task `encode`: a data set's images become codes. */

import {
  InputError,
  type JobContext,
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
import { type EncodedImages, encodeSplit } from "./encode_split.ts";

const Result = z.object({
  codes: z.string().describe("Id of the codes").meta({ artifact: true }),
  images: z.int().describe("Images encoded"),
  codeSize: z.int().describe("Length of a code"),
  codeUse: CodeUseSchema,
  provider: ProviderSchema,
});

/** After how many images a checkpoint is written. */
const SAVED = 512;

interface Options {
  encoder: string;
  dataset: string;
  splits?: string[];
}

/** Encodes splits of a data set, without augmentation. The file holds `<split>.codes [n, d]` and `<split>.labels [n]`. */
export function encodeTask(loaded: LoadedEncoders): TaskPlugin<Options, z.infer<typeof Result>> {
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
      const tensors = await encodedBefore(job);
      let done = 0;
      for (const name of names) {
        if (dataset.splits[name] === 0) continue;
        const before = rowsOf(tensors, name);
        done += before?.labels.length ?? 0;
        const encoded = await encodeSplit(dataset, name, encoder, {
          signal: job.signal,
          before,
          async onBatch(images, soFar) {
            done += images;
            job.emit({ type: "progress", step: done, total, message: `encoding ${name}` });
            if (done % SAVED >= images) return;
            setRows(tensors, name, soFar());
            await job.checkpoint.write(writeSafetensors(tensors));
          },
        });
        setRows(tensors, name, encoded);
      }
      const codeUse = await codeUseOn(encoder, dataset, job.signal);
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
  };
}

/** What an attempt before has encoded, as it will be stored. */
async function encodedBefore(job: JobContext): Promise<Map<string, Tensor>> {
  const bytes = await job.checkpoint.read();
  return new Map(bytes ? readSafetensors(bytes).tensors : []);
}

function rowsOf(tensors: ReadonlyMap<string, Tensor>, split: string): EncodedImages | undefined {
  const [codes, labels] = [tensors.get(`${split}.codes`), tensors.get(`${split}.labels`)];
  return codes && labels ? { codes, labels: [...labels.data] } : undefined;
}

function setRows(tensors: Map<string, Tensor>, split: string, { codes, labels }: EncodedImages) {
  tensors.set(`${split}.codes`, codes);
  tensors.set(`${split}.labels`, { shape: [labels.length], data: Float32Array.from(labels) });
}
