/** Images as a network wants them: its channels, its size, its range. */

import {
  type Images,
  InputError,
  pictureShape,
  type Tensor,
  zeros,
} from "@countergrade/countergrade";
import { resize } from "@countergrade/countergrade/images";

/** What a network takes; lengths that are null may be any. */
export interface NetworkInput {
  /** `[c, h, w]` */
  readonly shape: readonly (number | null)[];
  /** What −1 and 1 become. */
  readonly range: readonly [number, number];
  /** Taken off, then divided by; one number for all channels, or one for each. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Red, green and blue in gray (Rec. 601). */
const LUMA = [0.299, 0.587, 0.114];

/**
 * Images `[n, c, h, w]` in [-1, 1] as the network's input: gray is repeated for three channels, color becomes gray for one, and the
 * size is brought to the network's.
 *
 * @throws {InputError} When the channels cannot be brought to the network's.
 */
export function networkInput(images: Images, { shape, range, mean, std }: NetworkInput): Tensor {
  pictureShape("judge images", images.shape.slice(1), "judge");
  const [channels, height, width] = shape;
  const seen = withChannels(images, channels ?? images.shape[1]);
  const [n, c, h, w] = seen.shape;
  const sized = resize(seen, height ?? h, width ?? w);
  const plane = sized.shape[2] * sized.shape[3];
  const [low, high] = range;
  const data = sized.data.map((x, i) => {
    const channel = Math.floor(i / plane) % c;
    const value = low + (x + 1) / 2 * (high - low);
    return (value - mean[channel % mean.length]) / std[channel % std.length];
  });
  return { shape: [n, c, sized.shape[2], sized.shape[3]], data };
}

function withChannels(images: Images, wanted: number): Images {
  const [n, c, h, w] = images.shape;
  if (c === wanted) return images;
  if (!(c === 1 && wanted === 3 || c === 3 && wanted === 1)) {
    throw new InputError(
      `Cannot judge images: expected ${wanted} channels as the judge takes, current number is ${c}`,
      ["judge"],
    );
  }
  const out = zeros([n, wanted, h, w]);
  const plane = h * w;
  out.data.forEach((_, i) => {
    const [image, pixel] = [Math.floor(i / (wanted * plane)), i % plane];
    const at = image * c * plane + pixel;
    out.data[i] = c === 1
      ? images.data[at]
      : LUMA.reduce((sum, weight, k) => sum + weight * images.data[at + k * plane], 0);
  });
  return out;
}
