/** The judge `probe`: a probe on an encoder of its own, which is none that made the images. */

import {
  checkProbeJSON,
  definePlugin,
  type Encoder,
  encoders,
  type Images,
  type JobContext,
  type Judge,
  type Judged,
  type JudgePlugin,
  judges,
  type LabelScale,
  type Probe,
  probes,
  throwIfAborted,
} from "@countergrade/countergrade";
import { memberFor } from "@countergrade/countergrade/jobs";
import { z } from "zod";
import { networkInput } from "./classifier/network_input.ts";

const Options = z.strictObject({
  probe: z.string().min(1).max(1000).describe("Id of a probe on another encoder"),
});

class ProbeJudge implements Judge {
  readonly scale: LabelScale;
  readonly classes?: number;
  readonly encoder: string;
  readonly #eye: Encoder;
  readonly #probe: Probe;
  #disposed = false;

  constructor(encoder: string, eye: Encoder, probe: Probe) {
    this.encoder = encoder;
    this.#eye = eye;
    this.#probe = probe;
    this.scale = probe.scale;
    this.classes = probe.classes ? probe.scale.names.length : undefined;
  }

  async judge(images: Images, { signal }: { signal?: AbortSignal } = {}): Promise<Judged> {
    if (this.#disposed) throw new TypeError("Cannot judge images: the judge is disposed");
    throwIfAborted(signal);
    const shape = this.#eye.imageShape;
    // Volumes are of the judge's own size; pictures are brought to it.
    const seen = shape.length === 4 && images.shape.slice(1).join() === shape.join()
      ? images
      : networkInput(images, { shape, range: [-1, 1], mean: [0], std: [1] });
    const codes = await this.#eye.encode(seen, { signal });
    const { classes } = this.#probe;
    if (!classes || !this.classes) return { grades: this.#probe.grade(codes) };
    const probabilities = classes.probabilities(codes);
    const k = this.classes;
    const grades = Float64Array.from(
      { length: codes.shape[0] },
      (_, i) =>
        probabilities.subarray(i * k, (i + 1) * k).reduce((sum, p, label) => sum + label * p, 0),
    );
    return { grades, probabilities };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#eye[Symbol.asyncDispose]();
  }
}

const member: JudgePlugin<z.infer<typeof Options>> = {
  name: "probe",
  description: "A probe on another encoder",
  options: Options,
  async open({ probe: id }, job) {
    const artifact = await job.load("probe", id);
    const text = new TextDecoder().decode(await job.read(artifact, "probe.json"));
    const json = checkProbeJSON(JSON.parse(text));
    const probe = memberFor(job.host, probes, json.plugin, artifact).load(json);
    const encoder = String(artifact.metadata.encoder);
    return new ProbeJudge(encoder, await eyeOf(encoder, job), probe);
  },
};

/** The encoder, loaded for the judge alone: others keep theirs. */
async function eyeOf(id: string, job: JobContext): Promise<Encoder> {
  const artifact = await job.load("encoder", id);
  const plugin = memberFor(job.host, encoders, String(artifact.metadata.plugin), artifact);
  return await plugin.load(await job.read(artifact, "model.safetensors"), {
    provider: job.host.provider,
  });
}

/** Brings the judge `probe`. */
export const probeJudge = definePlugin({
  id: "@countergrade/probe-judge",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(judges, member),
});
