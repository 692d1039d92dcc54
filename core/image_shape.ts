/** What an image measures: pictures have two axes of space, volumes three. */

import { InputError } from "./errors.ts";

/** The lengths of the axes of one image: `[c, h, w]`, or of a volume `[c, d, h, w]`, whose slices come one after the other. */
export type ImageShape =
  | readonly [number, number, number]
  | readonly [number, number, number, number];

/**
 * The shape `[c, h, w]`, for what takes pictures alone.
 *
 * @param what What cannot be done, as "train a baseline".
 * @param field The option that names the images.
 * @throws {InputError} When it is that of volumes.
 * @example
 * ```ts
 * import { InputError, pictureShape } from "@countergrade/countergrade";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => pictureShape("judge images", [1, 8, 8, 8], "dataset"), InputError, "volumes");
 * ```
 */
export function pictureShape(
  what: string,
  shape: readonly number[],
  field: string,
): readonly [number, number, number] {
  const [c, h, w, more] = shape;
  if (more === undefined) return [c, h, w];
  throw new InputError(
    `Cannot ${what}: expected images of shape [c, h, w], these are volumes of shape [${
      shape.join(", ")
    }]`,
    [field],
  );
}
