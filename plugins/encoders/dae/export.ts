/** The task `exportEncoder`: a Diffusion Autoencoder as a file that PyTorch users load. */

import { InputError, type TaskPlugin } from "@countergrade/countergrade";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
import { z } from "zod";
import { configIn, metadataOf } from "./model.ts";

const Options = z.strictObject({
  encoder: z.string().min(1).max(200).describe("Id of the encoder"),
  storage: z.enum(["F32", "F16"]).default("F32").describe("Number format of the weights"),
  prefix: z.enum(["", "model.", "ema_model."]).default("").describe(
    "What names begin with: nothing for the network's own state dict; model. or ema_model. for that of a training",
  ),
});

const Result = z.object({
  checkpoint: z.string().describe("Id of the exported file").meta({ artifact: true }),
  tensors: z.int().describe("Number of tensors"),
  loadable: z.boolean().describe(
    "Whether the reference's PyTorch class has such a network: it knows no pixel-unshuffle, no grid of positions and no laterality",
  ),
});

/**
 * The names are those of the reference's `BeatGANsAutoencModel`, so that there `load_state_dict(load_file(path))` takes
 * them. The configuration is in the metadata: importing the file gives the same model again.
 */
export const exportEncoder: TaskPlugin<z.infer<typeof Options>, z.infer<typeof Result>> = {
  name: "exportEncoder",
  description: "Export an encoder as safetensors with the PyTorch reference's parameter names",
  options: () => Options,
  result: Result,
  async run({ encoder, storage, prefix }, job) {
    const artifact = await job.load("encoder", encoder);
    const { tensors, metadata } = readSafetensors(await job.read(artifact, "model.safetensors"));
    const own = configIn(metadata);
    if (!own) {
      throw new InputError(
        `Cannot export "${encoder}": expected a Diffusion Autoencoder, its plugin is "${artifact.metadata.plugin}"`,
        ["encoder"],
      );
    }
    const named = new Map([...tensors].map(([name, value]) => [prefix + name, value]));
    const file = writeSafetensors(named, metadataOf(own), storage);
    const { unshuffle, pool, laterality, prediction, imageRange } = own.config;
    const facts = { encoder, storage, prefix, prediction, imageRange };
    const saved = await job.save("checkpoint", { "model.safetensors": file }, facts, [artifact.id]);
    const loadable = unshuffle === 1 && pool === "mean" && !laterality;
    if (!loadable) {
      job.emit({
        type: "warning",
        message: "The reference's PyTorch class has no such network: it knows no " +
          "pixel-unshuffle, no grid of positions and no laterality",
      });
    }
    return { checkpoint: saved.id, tensors: named.size, loadable };
  },
};
