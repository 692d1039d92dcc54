/** A training of a second: a data set of bright blocks, options, and a job that keeps its checkpoint in memory. */

import {
  type Dataset,
  type JobContext,
  type JobEventBody,
  Random,
  tensor,
} from "@countergrade/countergrade";
import { DaeTrainingSchema } from "../../../plugins/encoders/dae/options.ts";

/** A few images of a bright block in different places. */
export function blocks(count = 24): Dataset {
  const draw = (index: number): Float32Array => {
    const random = new Random(index);
    const [left, top] = [random.integer(10), random.integer(10)];
    return Float32Array.from({ length: 256 }, (_, i) => {
      const [x, y] = [i % 16, Math.floor(i / 16)];
      return x >= left && x < left + 6 && y >= top && y < top + 6 ? 0.8 : -0.8;
    });
  };
  return {
    id: "blocks",
    title: "Blocks",
    imageShape: [1, 16, 16],
    scale: { type: "binary", names: ["left", "right"] },
    splits: { train: count, val: 8 },
    fingerprint: "blocks",
    get(split, indices) {
      const offset = split === "val" ? 1000 : 0;
      const data = new Float32Array(indices.length * 256);
      Array.from(indices).forEach((index, i) => data.set(draw(index + offset), i * 256));
      return Promise.resolve({
        ids: Array.from(indices, String),
        images: tensor([indices.length, 1, 16, 16], data),
        labels: new Int32Array(indices.length),
      });
    },
  };
}

/** A DAE that trains in a second. */
export const OPTIONS = DaeTrainingSchema.parse({
  preset: "tiny64",
  config: {
    multipliers: [1],
    encoderMultipliers: [1],
    attention: [],
    embedding: 32,
    codeSize: 8,
    unshuffle: 4,
  },
  steps: 6,
  batchSize: 4,
  checkpointEvery: 2,
  inspectEvery: 3,
  threads: 1,
});

/** A job that keeps its checkpoint in memory; it is cut off after `stopAfter` steps. */
export function jobOf(kept: { checkpoint?: Uint8Array }, stopAfter = Infinity) {
  const events: JobEventBody[] = [];
  const controller = new AbortController();
  const job = {
    id: "job",
    signal: controller.signal,
    random: new Random(5),
    host: { provider: "cpu" },
    emit(event: JobEventBody) {
      events.push(event);
      if (event.type === "progress" && event.step >= stopAfter) {
        controller.abort(new Error("cut off"));
      }
    },
    saveBlob: () => Promise.resolve("picture.png"),
    checkpoint: {
      read: () => Promise.resolve(kept.checkpoint),
      write: (bytes: Uint8Array) => {
        kept.checkpoint = bytes;
        return Promise.resolve();
      },
    },
  } as unknown as JobContext;
  return { job, events };
}
