/** The shape of the images that somebody else's encoder takes. */

import { InputError } from "@countergrade/countergrade";

/**
 * The shape `[c, h, w]` that the encoder states, with what it leaves free from the option.
 *
 * @throws {InputError} When something stays free, the two differ, or the encoder does not take images.
 */
export function imageShapeOf(
  stated: readonly (number | null)[],
  asked: readonly number[] | undefined,
): [number, number, number] {
  if (stated.length !== 3) {
    throw new InputError(
      `Cannot import: expected an encoder of images [n, c, h, w], its input has ${
        stated.length + 1
      } axes`,
      ["encoder"],
    );
  }
  const shape = stated.map((length, axis) => length ?? asked?.[axis] ?? 0);
  const states = stated.map((length) => length ?? "free").join(", ");
  if (shape.includes(0) || asked && shape.join() !== asked.join()) {
    throw new InputError(
      `Cannot import: expected imageShape to fill in what the encoder leaves free of ` +
        `[${states}], it is ${asked ? `[${asked.join(", ")}]` : "not given"}`,
      ["imageShape"],
    );
  }
  return shape as [number, number, number];
}
