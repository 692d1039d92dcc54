/** A judge: a network that looks at pictures alone. This small one tells bright pictures from dark ones. */

import {
  definePlugin,
  type Images,
  type Judge,
  type Judged,
  type JudgePlugin,
  judges,
  type Plugin,
  row,
  throwIfAborted,
} from "@countergrade/countergrade";
import { z } from "zod";

const name = "templatePlugin";

/** Change here: what a user may say, each with a default or a fixture below. */
const Options = z.strictObject({
  middle: z.number().min(-1).max(1).default(0).describe("Brightness at which it is undecided"),
  sharpness: z.number().positive().max(100).default(10).describe("Log-odds per unit of brightness"),
});

type Options = z.infer<typeof Options>;

/** Tells how likely it is that a picture is bright. */
class BrightnessJudge implements Judge {
  /** The label scale that it speaks of, and how many classes that are. */
  readonly scale = { type: "binary" as const, names: ["dark", "bright"] };
  readonly classes = 2;
  #options: Options;
  #disposed = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Change here: images `[n, c, h, w]` in [-1, 1] to `[n, k]` probabilities and the grades that they expect. */
  // deno-lint-ignore require-await
  async judge(images: Images, { signal }: { signal?: AbortSignal } = {}): Promise<Judged> {
    if (this.#disposed) throw new TypeError("Cannot judge images: the judge is disposed");
    throwIfAborted(signal);
    const { middle, sharpness } = this.#options;
    const grades = Float64Array.from({ length: images.shape[0] }, (_, i) => {
      const { data } = row(images, i);
      const brightness = data.reduce((sum, value) => sum + value, 0) / data.length;
      return 1 / (1 + Math.exp(-sharpness * (brightness - middle)));
    });
    const probabilities = Float64Array.from([...grades].flatMap((p) => [1 - p, p]));
    return { grades, probabilities };
  }

  /** Change here: free what open() took. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    return Promise.resolve();
  }
}

/** Change here: `job.load` and `job.read` give stored files that the options name. */
const member: JudgePlugin<Options> = {
  name,
  description: "Tells bright pictures from dark ones",
  options: Options,
  open: (options) => Promise.resolve(new BrightnessJudge(options)),
};

/** What Countergrade loads. */
const plugin: Plugin = definePlugin({
  id: "template-plugin",
  version: "0.1.0",
  apiVersion: "^1",
  provides: { judges: [name] },
  setup: (registry) => registry.add(judges, member),
});

export default plugin;
