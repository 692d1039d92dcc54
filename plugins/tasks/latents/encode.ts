/** The task `encode`: a data set's images become codes. */

import { InputError, type TaskPlugin, type Tensor } from "@countergrade/countergrade";
import { writeSafetensors } from "@countergrade/countergrade/formats";
import { z } from "zod";
import {
  type LoadedEncoders,
  openFitting,
  providerOf,
  ProviderSchema,
} from "../encoders/models.ts";
import { codeUseOn, CodeUseSchema, codeUseWarning } from "../encoders/code_use.ts";
import { encodeSplit } from "./encode_split.ts";

const Result = z.object({
  codes: z.string().describe("Id of the codes").meta({ artifact: true }),
  images: z.int().describe("Images encoded"),
  codeSize: z.int().describe("Length of a code"),
  codeUse: CodeUseSchema,
  provider: ProviderSchema,
});

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
      const tensors = new Map<string, Tensor>();
      let done = 0;
      for (const name of names) {
        if (dataset.splits[name] === 0) continue;
        const { codes, labels } = await encodeSplit(
          dataset,
          name,
          encoder,
          job.signal,
          (images) => {
            done += images;
            job.emit({ type: "progress", step: done, total, message: `encoding ${name}` });
          },
        );
        tensors.set(`${name}.codes`, codes);
        tensors.set(`${name}.labels`, { shape: [labels.length], data: Float32Array.from(labels) });
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
