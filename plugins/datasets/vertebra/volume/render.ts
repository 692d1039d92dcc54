/** Draws a volume as a CT might show it: soft tissue, three vertebrae with cortex and trabeculae, discs between them, noise. */

import type { Random } from "@countergrade/countergrade";
import { archAt, type Body, type Depth, depthAt, smooth } from "./body.ts";
import type { DrawnVolume } from "./drawn.ts";
import { drawTexture } from "./texture.ts";

/** Volumes have `SIZE` voxels along each axis. */
export const SIZE = 32;

/** Standard deviation of the noise, in units of the range [-1, 1]. */
const NOISE = 0.02;

/** The neighbors lean by this share of a wedge; the disc between takes up the rest. */
const FOLLOW = 0.5;

/** Edges fade over this many voxels on both sides. */
const SOFT = 0.75;

/** A body with its place and its lean in the sagittal plane. */
interface Placed {
  readonly body: Body;
  readonly x: number;
  readonly y: number;
  readonly cos: number;
  readonly sin: number;
}

/** Draws one volume, `[SIZE³]` in [-1, 1], slices from left to right. Texture and noise come from `random`. */
export function renderVolume(drawn: DrawnVolume, random: Random): Float32Array {
  const { center, gain, offset } = drawn;
  const [roll, turn] = [drawn.roll, drawn.turn].map((degrees) => degrees * Math.PI / 180);
  const [cosRoll, sinRoll, cosTurn, sinTurn] = [
    Math.cos(roll),
    Math.sin(roll),
    Math.cos(turn),
    Math.sin(turn),
  ];
  const haze = drawTexture(random, 9, SIZE);
  const struts = drawTexture(random, 2.5, SIZE);
  const spine = placeSpine(drawn);
  const out = new Float32Array(SIZE ** 3);
  const depth: Depth = { edge: 0, plate: 0, wall: 0 };
  let at = 0;
  for (let k = 0; k < SIZE; k++) {
    for (let j = 0; j < SIZE; j++) {
      for (let i = 0; i < SIZE; i++, at++) {
        const dx = i + 0.5 - center.x;
        const dy = j + 0.5 - center.y;
        const dz = k + 0.5 - center.z;
        // Undoes the roll about the x axis, then the turn about the long axis.
        const y = dy * cosRoll + dz * sinRoll;
        const side = dz * cosRoll - dy * sinRoll;
        const x = dx * cosTurn + side * sinTurn;
        const z = side * cosTurn - dx * sinTurn;
        let value = -0.55 + 0.05 * haze(k, j, i) + discAt(drawn, x, z);
        for (const placed of spine) {
          value = drawnOver(placed, x, y, z, value, depth, struts(k, j, i));
        }
        const bright = gain * value + offset + NOISE * random.normal();
        out[at] = Math.max(-1, Math.min(1, bright));
      }
    }
  }
  return out;
}

/** Discs are a column of denser soft tissue, which the bodies are drawn over. */
function discAt({ halfDepth, halfWidth }: DrawnVolume, x: number, z: number): number {
  return 0.2 * smooth((1 - Math.hypot(x / halfDepth, z / halfWidth)) * 4 + 0.5);
}

/** The value at a point behind a vertebra is drawn over it. */
function drawnOver(
  { body, x: cx, y: cy, cos, sin }: Placed,
  px: number,
  py: number,
  z: number,
  value: number,
  depth: Depth,
  strut: number,
): number {
  const dx = px - cx;
  const dy = py - cy;
  if (Math.abs(dy) > 0.75 * body.height) return value;
  const x = dx * cos + dy * sin;
  const y = dy * cos - dx * sin;
  const arch = archAt(body, x, y, z);
  const behind = arch ? value + (0.45 - value) * arch : value;
  const { height, halfDepth, halfWidth } = body;
  const outside = Math.max(
    Math.abs(x) - halfDepth,
    Math.abs(z) - halfWidth,
    Math.abs(y) - height / 2,
  );
  if (outside > SOFT) return behind;
  depthAt(body, x, y, z, depth);
  if (depth.edge <= -SOFT) return behind;
  const cover = smooth((depth.edge + SOFT) / (2 * SOFT));
  const shell = Math.exp(-((depth.plate - 0.6) ** 2) / 0.8) * 0.35;
  const wall = Math.exp(-((depth.wall - 0.6) ** 2) / 0.8) * 0.25;
  const bone = 0.25 + 0.08 * strut * smooth(depth.edge / 3) + Math.max(shell, wall);
  return behind + (bone - behind) * cover;
}

/** The body in the middle and its neighbors, in the frame of the first before it leans. */
function placeSpine(drawn: DrawnVolume): Placed[] {
  const { height, halfDepth, halfWidth, heightLoss, form, disc, curvature } = drawn;
  const lean = drawn.lean * Math.PI / 180;
  const body = { height, halfDepth, halfWidth, heightLoss, form };
  const wedge = FOLLOW * (1 - form) * heightLoss * height / (2 * halfDepth);
  const neighbors = [-1, 1].map((side): Placed => {
    const angle = lean + side * (curvature * Math.PI / 180 + wedge);
    const half = side * (height + disc) / 2;
    // Hinged on the posterior edge, which keeps its height.
    const hinge = 0.6 * halfDepth;
    const [hx, hy] = rotated(hinge, half, lean);
    const [nx, ny] = rotated(-hinge, half, angle);
    return placedAt({ ...body, heightLoss: 0 }, hx + nx, hy + ny, angle);
  });
  return [...neighbors, placedAt(body, 0, 0, lean)];
}

function placedAt(body: Body, x: number, y: number, angle: number): Placed {
  return { body, x, y, cos: Math.cos(angle), sin: Math.sin(angle) };
}

function rotated(x: number, y: number, angle: number): [number, number] {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [x * cos - y * sin, x * sin + y * cos];
}
