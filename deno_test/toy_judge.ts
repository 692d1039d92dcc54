/** A judge by hand: the brighter an image, the higher its grade; what it says can be told without it. */

import {
  definePlugin,
  type Images,
  type Judge,
  type JudgePlugin,
  judges,
  row,
  throwIfAborted,
} from "@countergrade/countergrade";
import { z } from "zod";

/** Mean intensity of each image, in [-1, 1]. */
export function brightness(images: Images): number[] {
  return Array.from({ length: images.shape[0] }, (_, i) => {
    const { data } = row(images, i);
    return data.reduce((sum, value) => sum + value, 0) / data.length;
  });
}

const Options = z.strictObject({
  classes: z.int().min(0).max(20).default(2).describe("0 tells grades alone"),
  middle: z.number().default(0).describe("Brightness of the boundary, or of the middle class"),
  sharpness: z.number().default(4),
});

/** Two classes: log-odds rise with brightness. More: class k is likeliest at brightness middle + (k − (c − 1)/2)·0.5. None: grade = brightness. */
export const toyJudge: JudgePlugin<z.infer<typeof Options>> = {
  name: "brightness",
  description: "Grades images by their brightness",
  options: Options,
  open: (options) => Promise.resolve(judgeOf(options)),
};

function judgeOf({ classes, middle, sharpness }: z.infer<typeof Options>): Judge {
  let disposed = false;
  const logits = (x: number): number[] =>
    classes === 2 ? [0, sharpness * (x - middle)] : Array.from(
      { length: classes },
      (_, k) => -sharpness * (x - middle - (k - (classes - 1) / 2) / 2) ** 2,
    );
  return {
    ...(classes > 0 && { classes }),
    features: { size: 1, what: "brightness" },
    async judge(images, { signal } = {}) {
      await Promise.resolve();
      if (disposed) throw new TypeError("Cannot judge images: the judge is disposed");
      throwIfAborted(signal);
      const seen = brightness(images);
      const features = Float64Array.from(seen);
      if (classes === 0) return { grades: Float64Array.from(seen), features };
      const probabilities = Float64Array.from(seen.flatMap((x) => softmax(logits(x))));
      const grades = Float64Array.from(
        seen,
        (_, i) =>
          probabilities.subarray(i * classes, (i + 1) * classes)
            .reduce((sum, p, k) => sum + k * p, 0),
      );
      return { grades, probabilities, features };
    },
    [Symbol.asyncDispose]() {
      disposed = true;
      return Promise.resolve();
    },
  };
}

function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const parts = logits.map((value) => Math.exp(value - most));
  const sum = parts.reduce((total, value) => total + value, 0);
  return parts.map((value) => value / sum);
}

/** The plugin that brings it. */
export default definePlugin({
  id: "toy-judge",
  version: "1.0.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(judges, toyJudge),
});
