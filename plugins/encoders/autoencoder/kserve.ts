/** The encoder plugin `kserve`: an autoencoder that runs on a server elsewhere. */

import {
  definePlugin,
  type Encoder,
  encoders,
  type Plugin,
  tasks,
} from "@countergrade/countergrade";
import { z } from "zod";
import { connectKserve } from "./connect_kserve.ts";
import { AutoencoderEncoder } from "./encoder.ts";
import { KServeHalves } from "./kserve_halves.ts";
import { readServedModel, type Served } from "./kserve_model.ts";

/** The encoder of a served autoencoder. @throws {UnavailableError | FormatError} When the server does not have it. */
export async function servedEncoder(served: Served, signal?: AbortSignal): Promise<Encoder> {
  const { autoencoder, url, encoderModel, decoderModel } = served;
  const halves = await KServeHalves.find({ ...served, ...autoencoder }, signal);
  const details = { provider: "remote", url, encoderModel, decoderModel };
  return new AutoencoderEncoder(autoencoder, halves, details);
}

/** The plugin. Only the command line can name a server, see {@linkcode connectKserve}. */
export const kserveEncoder: Plugin = definePlugin({
  id: "@countergrade/kserve-encoder",
  version: "0.1.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(encoders, {
      name: "kserve",
      description: "An autoencoder on a server that speaks the KServe v2 protocol, as Triton does",
      options: z.strictObject({}),
      load: async (file) => await servedEncoder(readServedModel(file)),
    });
    registry.add(tasks, connectKserve);
  },
});
