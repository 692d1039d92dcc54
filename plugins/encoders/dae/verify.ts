/** The task `verifyEncoder`: a checkpoint against arrays that the PyTorch reference computed from it. */

import { InputError, type TaskPlugin, type Tensor, tensor } from "@countergrade/countergrade";
import { daeParameters, parameterCount } from "@countergrade/countergrade/engine";
import { readNpz } from "@countergrade/countergrade/formats";
import { openInputFile, readInputFile } from "@countergrade/countergrade/images";
import { z } from "zod";
import { openForeignModel } from "./convert.ts";
import { fromModelRange, toModelRange } from "./image_range.ts";
import { DaeEncoder } from "./model.ts";

const Agreement = z.object({
  maxAbs: z.number().describe("Largest absolute error"),
  maxRel: z.number().describe("The same over the largest absolute reference value"),
});

const Result = z.object({
  z: Agreement.optional().describe("encode(x)"),
  eps: Agreement.optional().describe("U-Net(x, t, z)"),
  xT: Agreement.optional().describe("encode_stochastic(x, z)"),
  rec: Agreement.optional().describe("render(xT, z)"),
  edit: Agreement.optional().describe("render(xT, z_edit)"),
  parameters: z.int().describe("Number of parameters"),
  weights: z.string().describe("Which weights of the checkpoint were taken"),
  assumed: z.string().optional().describe("What the checkpoint does not say and was assumed"),
  seconds: z.record(z.string(), z.number()).describe("Wall time per stage"),
});

/** What a checkpoint may not say about itself. */
const HINTS = {
  heads: z.int().min(1).max(1024).optional().describe(
    "Attention heads, where the checkpoint does not say",
  ),
  imageRange: z.tuple([z.number(), z.number()]).optional().describe(
    "Intensities of black and white that the model was trained with, where they are not as usual",
  ),
};

const Options = z.strictObject({
  checkpoint: z.string().min(1).describe("PyTorch or safetensors checkpoint"),
  reference: z.string().min(1).describe(
    "The reference's arrays, .npz: x, z, t, eps, xT, rec, z_edit, edit",
  ),
  inversionSteps: z.int().min(1).max(1000).default(20).describe("T_inv of the reference run"),
  renderSteps: z.int().min(1).max(1000).default(10).describe("T_render of the reference run"),
  ...HINTS,
});

/**
 * Recomputes every array that the reference file has. Each stage takes its inputs from the file, so an error of one stage
 * does not count in the next.
 */
export const verifyEncoder: TaskPlugin<z.infer<typeof Options>, z.infer<typeof Result>> = {
  name: "verifyEncoder",
  description: "Compare a checkpoint's outputs with those of the PyTorch reference",
  local: true,
  options: () => Options,
  result: Result,
  async run(options, job) {
    const seconds: Record<string, number> = {};
    const timed = async <T>(stage: string, work: () => Promise<T>): Promise<T> => {
      job.signal.throwIfAborted();
      const start = performance.now();
      const value = await work();
      seconds[stage] = (performance.now() - start) / 1000;
      return value;
    };
    const { datasetContext } = job.host;
    const arrays = await timed(
      "reference",
      async () => readNpz(await readInputFile(options.reference, datasetContext)),
    );
    const has = (...names: string[]) => names.every((name) => arrays.has(name));
    const array = (name: string): Tensor => {
      const found = arrays.get(name)!;
      return tensor(found.shape, found.data as unknown as ArrayLike<number>);
    };
    if (!has("x")) {
      throw new InputError('Cannot verify: expected an array "x" in the reference', ["reference"]);
    }
    const model = await timed("load", async () => {
      using file = await openInputFile(options.checkpoint, datasetContext);
      const { heads, imageRange } = options;
      // Networks do not care, but images must be of the size that the model expects.
      const imageSize = array("x").shape[2];
      const { config, facts, weights } = openForeignModel(file, options.checkpoint, {
        heads,
        imageRange,
        imageSize,
      });
      return {
        config,
        facts,
        weights: new Map([...weights].map(([name, stored]) => [name, stored.read()])),
      };
    });

    await using encoder = new DaeEncoder(model);
    const sampler = {
      name: "ddim",
      inversionSteps: options.inversionSteps,
      renderSteps: options.renderSteps,
    };
    const toUnit = (t: Tensor) => fromModelRange(t, model.config);
    const fromUnit = (t: Tensor) => toModelRange(t, model.config);
    const stages: Record<string, { needs: string[]; run: () => Promise<Tensor> }> = {
      z: { needs: ["x"], run: () => encoder.encode(toUnit(array("x"))) },
      eps: {
        needs: ["x", "t", "z"],
        run: () => encoder.predict(array("x"), array("t"), array("z")),
      },
      xT: {
        needs: ["x", "z"],
        run: () =>
          encoder.encodeStochastic(toUnit(array("x")), array("z"), { sampler, signal: job.signal }),
      },
      rec: {
        needs: ["xT", "z"],
        run: async () =>
          fromUnit(await encoder.render({ codes: array("z"), noise: array("xT") }, { sampler })),
      },
      edit: {
        needs: ["xT", "z_edit"],
        run: async () =>
          fromUnit(
            await encoder.render({ codes: array("z_edit"), noise: array("xT") }, { sampler }),
          ),
      },
    };
    const agreements: Record<string, z.infer<typeof Agreement>> = {};
    const names = Object.keys(stages).filter((name) => has(name, ...stages[name].needs));
    for (const [i, name] of names.entries()) {
      agreements[name] = agreement(await timed(name, stages[name].run), array(name), name);
      job.emit({ type: "progress", step: i + 1, total: names.length, message: name });
    }
    return {
      ...agreements,
      parameters: parameterCount(daeParameters(model.config)),
      weights: model.facts.weights ?? "as stored",
      assumed: model.facts.assumed,
      seconds,
    };
  },
};

function agreement(ours: Tensor, theirs: Tensor, name: string): z.infer<typeof Agreement> {
  if (ours.shape.join() !== theirs.shape.join()) {
    throw new InputError(
      `Cannot compare "${name}": expected shape [${ours.shape.join(", ")}], current shape is [${
        theirs.shape.join(", ")
      }]`,
      ["reference"],
    );
  }
  let maxAbs = 0;
  let largest = 0;
  ours.data.forEach((value, i) => {
    maxAbs = Math.max(maxAbs, Math.abs(value - theirs.data[i]));
    largest = Math.max(largest, Math.abs(theirs.data[i]));
  });
  return { maxAbs, maxRel: maxAbs / largest };
}
