/** Digits as strokes: lines and arcs in a box from −1 to 1, y downwards, drawn with round pens. */

/** A point of a stroke. */
type Place = readonly [x: number, y: number];

/** A stroke: points joined by lines. */
export type Stroke = readonly Place[];

/** Points of an arc, in degrees, clockwise from the right. */
function arc(x: number, y: number, rx: number, ry: number, from: number, to: number): Place[] {
  const steps = Math.ceil(Math.abs(to - from) / 15);
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = (from + (to - from) * i / steps) * Math.PI / 180;
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)] as const;
  });
}

/** The strokes of every digit, 0 to 9. */
export const DIGITS: readonly (readonly Stroke[])[] = [
  [arc(0, 0, 0.62, 1, 0, 360)],
  [[[-0.3, -0.65], [0.1, -1], [0.1, 1]]],
  [[...arc(0, -0.45, 0.6, 0.55, -170, 40), [-0.6, 1], [0.65, 1]]],
  [arc(-0.05, -0.5, 0.55, 0.5, -150, 90), arc(-0.05, 0.5, 0.62, 0.5, -90, 150)],
  [[[0.3, 1], [0.3, -1], [-0.6, 0.4], [0.65, 0.4]]],
  [[[0.5, -1], [-0.42, -1], [-0.47, -0.15], ...arc(0, 0.38, 0.6, 0.62, -130, 145)]],
  [[[0.4, -1], [-0.2, -0.5], ...arc(0, 0.42, 0.56, 0.58, 180, 540)]],
  [[[-0.6, -1], [0.6, -1], [-0.1, 1]]],
  [arc(0, -0.5, 0.48, 0.5, 0, 360), arc(0, 0.5, 0.6, 0.5, 0, 360)],
  [[...arc(0, -0.45, 0.52, 0.55, 0, 360), [0.45, 0.3], [0.1, 1]]],
];

/** How a digit is drawn. */
export interface Pen {
  readonly digit: number;
  /** Of the strokes, px. */
  readonly thickness: number;
  /** How far the digit leans, degrees to the right. */
  readonly slant: number;
  /** Of the strokes, 0 to 1 on black. */
  readonly intensity: number;
  /** Half the digit's width and height, px. */
  readonly width: number;
  readonly height: number;
}

/** Height and width of an image, px. */
export const SIZE = 28;

/** The pixels `[28 · 28]` of a digit, in [-1, 1]; its edges are mixed by how far they are inside. */
export function drawn({ digit, thickness, slant, intensity, width, height }: Pen): Float32Array {
  const shear = Math.tan(slant * Math.PI / 180);
  const strokes = DIGITS[digit].map((stroke) =>
    stroke.map(([x, y]) =>
      [
        SIZE / 2 + width * x - shear * height * y,
        SIZE / 2 + height * y,
      ] as const
    )
  );
  return Float32Array.from({ length: SIZE * SIZE }, (_, i) => {
    const [x, y] = [i % SIZE + 0.5, Math.floor(i / SIZE) + 0.5];
    let nearest = Infinity;
    for (const stroke of strokes) {
      for (let k = 1; k < stroke.length; k++) {
        nearest = Math.min(nearest, distance(x, y, stroke[k - 1], stroke[k]));
      }
    }
    const ink = Math.min(1, Math.max(0, thickness / 2 - nearest + 0.5));
    return 2 * intensity * ink - 1;
  });
}

/** From a point to a line between two others, px. */
function distance(x: number, y: number, [ax, ay]: Place, [bx, by]: Place): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy || 1;
  const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}
