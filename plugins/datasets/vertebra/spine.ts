/** The stack of vertebrae: the central one and its neighbors, each with a frame in the image. */

import { type BodyShape, COLUMN, platesAt } from "./shape.ts";
import type { DrawnMeasures } from "./drawn_measures.ts";

/** The neighbors lean by this share of a broken end plate's tilt; the disc between takes up the rest. */
const FOLLOW = 0.6;

/** A vertebra placed in the image. */
export interface Vertebra {
  readonly shape: BodyShape;
  /** Center in image pixels. */
  readonly x: number;
  readonly y: number;
  /** Radians, clockwise as seen. */
  readonly angle: number;
  readonly scale: number;
}

/** Places the central vertebra and `levels` neighbors above and below, from head to foot. */
export function placeSpine(drawn: DrawnMeasures, levels = 2): Vertebra[] {
  const { pose, height, halfDepth, concavity } = drawn;
  const central: Vertebra = {
    shape: { height, halfDepth, concavity, heightLoss: drawn.heightLoss },
    x: pose.x,
    y: pose.y,
    angle: pose.rotation * Math.PI / 180,
    scale: pose.scale,
  };
  const spine = [central];
  for (let level = 0; level < levels; level++) {
    spine.unshift(neighbor(drawn, spine[0], -1));
    spine.push(neighbor(drawn, spine[spine.length - 1], 1));
  }
  return spine;
}

/** The next vertebra: `side` −1 towards the head, 1 towards the feet. */
function neighbor(drawn: DrawnMeasures, from: Vertebra, side: -1 | 1): Vertebra {
  const { height, halfDepth } = from.shape;
  const plate = side < 0 ? 0 : 1;
  const drop = Math.abs(platesAt(from.shape, -COLUMN)[plate]) -
    Math.abs(platesAt(from.shape, COLUMN)[plate]);
  const lean = FOLLOW * Math.atan2(-drop, 2 * COLUMN * halfDepth);
  // Kyphosis tips the upper neighbor forwards (anticlockwise), the lower one too (clockwise).
  const turn = side * (drawn.curvature * Math.PI / 180 + lean);
  // A broken body hinges on its posterior edge, a sound one bends about the middle of the disc.
  const hinge = lean > 0.02 ? 0.6 * halfDepth : 0;
  const toHinge = side * (height + drawn.disc) / 2;
  const [hx, hy] = rotate(hinge, toHinge, from.angle);
  const angle = from.angle + turn;
  const [nx, ny] = rotate(-hinge, toHinge, angle);
  return {
    shape: { ...from.shape, heightLoss: 0 },
    x: from.x + from.scale * (hx + nx),
    y: from.y + from.scale * (hy + ny),
    angle,
    scale: from.scale,
  };
}

function rotate(x: number, y: number, angle: number): [number, number] {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [x * cos - y * sin, x * sin + y * cos];
}
