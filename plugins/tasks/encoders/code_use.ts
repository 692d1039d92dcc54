/** Whether an encoder's pictures follow its codes: a model can rebuild an image perfectly while its code carries nothing. */

import {
  type Codes,
  concatRows,
  type Dataset,
  type Encoder,
  type Images,
  Random,
  rows,
  zeros,
} from "@countergrade/countergrade";
import { meanSquaredError } from "@countergrade/countergrade/images";
import { z } from "zod";

/** Below this the code counts as unused: another image's code is as good. */
const UNUSED = 1.2;
/** Images that are looked at. */
const IMAGES = 16;
/** Evaluations of a sampler: what is seen at once from a code is enough. */
const STEPS = 4;

/** The field of results and metadata. */
export const CodeUseSchema = z.number().optional().describe(
  "Use of the code: the error of pictures rendered from another image's code over that from the own one, without the image's noise. About 1: the pictures do not follow the code, whatever reconstructions look like",
);

/**
 * The use of the code: mean squared error of images `[n, c, h, w]`, n ≥ 2, rendered from their neighbor's code over that from their own,
 * both from x_T = 0, which knows nothing of the image.
 *
 * @throws {CancelledError} Once the signal is aborted.
 */
export async function codeUseOf(
  encoder: Encoder,
  images: Images,
  signal: AbortSignal,
): Promise<number> {
  const [n] = images.shape;
  const codes = await encoder.encode(images, { signal });
  const others = concatRows([rows(codes, 1, n), rows(codes, 0, 1)]);
  const { defaultSampler } = encoder;
  const sampler = { ...defaultSampler, renderSteps: Math.min(STEPS, defaultSampler.renderSteps) };
  const error = async (from: Codes) => {
    const noise = zeros(images.shape);
    const shown = await encoder.render({ codes: from, noise }, { sampler, signal });
    return meanSquaredError(shown, images).reduce((sum, value) => sum + value, 0);
  };
  return await error(others) / await error(codes);
}

/** The use of the code on a few images of a data set, held-out ones where there are some; undefined where it has too few. */
export async function codeUseOn(
  encoder: Encoder,
  dataset: Dataset,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { splits } = dataset;
  const split = ["val", "test", ...Object.keys(splits)].find((name) => splits[name] > 1);
  if (split === undefined) return undefined;
  const order = new Random(0).fork("code use").permutation(splits[split]);
  const { images } = await dataset.get(split, order.subarray(0, IMAGES));
  return await codeUseOf(encoder, images, signal);
}

/** A sentence for an encoder whose pictures do not follow the code; undefined for others, and where it is not known. */
export function codeUseWarning(use: number | undefined): string | undefined {
  if (use === undefined || !(use < UNUSED)) return undefined;
  return `The pictures of this encoder do not follow its code: another image's code raises their error ${
    use.toFixed(2)
  } times, so an edit of the code shows little or nothing`;
}
