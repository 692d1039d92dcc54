/** Images the way an encoder sees them: one that takes all from one side mirrors those of the other. */

import type { Codes, Encoder, Images } from "@countergrade/countergrade";
import { mirroredWhere } from "@countergrade/countergrade/images";

/** Images `[n, …]` with codes `[n, d]`, those mirrored that the encoder saw mirrored. Its own inverse. */
export function facing(encoder: Encoder, images: Images, codes: Codes): Images {
  const mirrored = encoder.mirrors?.(codes);
  return mirrored ? mirroredWhere(images, (i) => mirrored[i]) : images;
}

/** Images, or masks, mirrored left to right. */
export function mirror(images: Images): Images {
  return mirroredWhere(images, () => true);
}
