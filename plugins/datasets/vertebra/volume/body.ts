/** A vertebra in its own frame: x from front (−) to back (+), y from head (−) to foot (+), z from left (−) to right (+), in voxels. */

/** Heights are compared at this share of the half depth in front of and behind the middle. */
export const COLUMN = 0.7;

/** The upper end plate gives way more than the lower one. */
const UPPER_SHARE = 0.7;

/** The form of one vertebral body. */
export interface Body {
  readonly height: number;
  readonly halfDepth: number;
  readonly halfWidth: number;
  readonly heightLoss: number;
  readonly form: number;
}

/** How far the body has come down at `u` (−1 front … 1 back) and `v` (−1 left … 1 right), as a share of its posterior height. */
function lossAt({ heightLoss, form }: Body, u: number, v: number): number {
  if (heightLoss === 0) return 0;
  const s = u / COLUMN;
  const wedge = smooth((1.15 - s) / 2.3);
  // A hollow with a level ground, and a rim all around.
  const bowl = smooth((1.1 - Math.abs(s)) / 0.85) * smooth((1 - Math.abs(v)) / 0.45);
  // Where the greater of the losses in front and in the middle is one.
  const most = Math.max(1 - form, 0.5 + 0.5 * form);
  return heightLoss * ((1 - form) * wedge + form * bowl) / most;
}

/** Distances of a point to the outline, positive inside. */
export interface Depth {
  /** To the nearest part. */
  edge: number;
  /** To the nearest end plate. */
  plate: number;
  /** To the wall around. */
  wall: number;
}

/** Measures how deep a point lies in a body; writes to `out` so that a volume does not make thousands of objects. */
export function depthAt(body: Body, x: number, y: number, z: number, out: Depth): void {
  const { height, halfDepth, halfWidth } = body;
  const [u, v] = [x / halfDepth, z / halfWidth];
  const loss = lossAt(body, Math.max(-1.2, Math.min(1.2, u)), v) * height;
  const above = y + height / 2 - UPPER_SHARE * loss;
  const below = height / 2 - (1 - UPPER_SHARE) * loss - y;
  // Between a circle and a square, waisted between the end plates.
  const radius = (Math.abs(u) ** 2.6 + Math.abs(v) ** 2.6) ** (1 / 2.6);
  const middle = Math.max(0, 1 - (2 * y / height) ** 2);
  out.wall = (1 - 0.06 * middle - radius) * Math.min(halfDepth, halfWidth);
  out.plate = Math.min(above, below);
  out.edge = Math.min(out.plate, out.wall);
}

/** How dense the arch is at a point, 0 to 1: two pedicles, laminae and the spinous process, around the canal. */
export function archAt({ height, halfDepth, halfWidth }: Body, x: number, y: number, z: number) {
  const side = Math.abs(z);
  if (x < halfDepth - 2 || side > 0.8 * halfWidth) return 0;
  const [upper, middle] = [y + 0.22 * height, y - 0.12 * height];
  const behind = x - halfDepth;
  const aside = side - 0.52 * halfWidth;
  const pedicle = behind < 6 ? 2.1 - Math.sqrt(aside * aside + upper * upper) : -1;
  const off = behind - 6.5 + 0.2 * aside;
  const lamina = 1.6 - Math.sqrt(off * off + upper * upper / 4);
  const spinous = Math.min(1.7 - side, 2.6 - Math.abs(middle), behind - 6);
  return Math.min(
    1,
    Math.max(0, 0.5 + Math.max(pedicle, side < 0.6 * halfWidth ? lamina : -1, spinous)),
  );
}

/** From 0 to 1 with level ends. */
export function smooth(t: number): number {
  if (t <= 0) return 0;
  if (t >= 1) return 1;
  return t * t * (3 - 2 * t);
}
