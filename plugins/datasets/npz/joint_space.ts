/** Measures the width of a knee's joint space from the pixels alone: it knows how a knee looks, not what any model says. */

import { expectShape, type Images, type Measurement, row } from "@countergrade/countergrade";
import { resize } from "@countergrade/countergrade/images";
import { percentile } from "@countergrade/countergrade/linear";

/** What was measured; widths as shares of the image's height, NaN where nothing was found. */
export interface JointSpaceMeasurement {
  /** The compartment on the left of the image. */
  readonly left: number;
  /** … on the right. */
  readonly right: number;
  /** The lesser of the two: osteoarthritis mostly closes one. */
  readonly width: number;
  /** Whether the picture shows a joint line in both compartments. */
  readonly found: boolean;
}

/** Images are measured at this size, px; all lengths below are pixels of it. */
const SIZE = 64;
/** Columns of the two compartments, clear of the notch between the condyles and of the outer margins. */
const COMPARTMENTS = [[11, 25], [39, 53]] as const;
/** Rows in which the joint line lies. */
const ROWS = [26, 50] as const;
/** How far the bone next to the joint line is looked for. */
const REACH = 5;
/** Half the height of the second difference that finds dark lines. */
const SPAN = 2;
/** What a joint line pays for each row that it climbs, in intensity. */
const CLIMB = 0.04;
/** The least second difference along a joint line that counts as one, in intensity. */
const WEAKEST_LINE = 0.04;
/** The least contrast of bone and joint space, in intensity: a joint that has closed everywhere shows less. */
const LEAST_CONTRAST = 0.7;
/** Of the columns of a compartment: its narrow part counts, but not a single column. */
const NARROW = 25;

/**
 * Measures the joint space of one knee radiograph, seen from the front, upright and centered.
 *
 * At 64 pixels a joint space is two to four pixels wide, as wide as the picture's blur, so the distance between its steepest
 * edges hardly changes when it closes; the gap becomes shallow instead. The measure is therefore the *equivalent width*, as
 * of a spectral line: the area of the dark gap in a column's profile below the level of the bone (the lesser of the brightest
 * places above and below), over the contrast of bone and joint space in this image (the 90th percentile of the gaps' depths in
 * both compartments, at least 0.7 of the range of 2).
 *
 * Steps for each compartment: the joint line is the smoothest path along the darkest lines (largest second difference, by
 * dynamic programming); around it each column gives an equivalent width; the compartment's is their 25th percentile.
 *
 * On 600 of the training radiographs, 120 of each grade, Spearman's ρ with the readers' Kellgren–Lawrence grade is −0.63: means
 * of 3.5, 3.6, 3.5, 2.9 and 1.5 % of the height for KL 0 to 4.
 * Its weak spot: where a joint has closed altogether there is no dark line left, and the path may follow another one in the bone, which
 * then reads as a wide space.
 *
 * @param image Shape `[1, 1, s, s]`, in [-1, 1].
 * @throws {TypeError} When the shape differs.
 */
export function measureJointSpace(image: Images): JointSpaceMeasurement {
  expectShape("measure a joint space", image, [1, 1, null, image.shape[2]]);
  const none = { left: NaN, right: NaN, width: NaN, found: false };
  if (!image.data.every(Number.isFinite)) return none;
  const smooth = blurred(resize(image, SIZE, SIZE).data, 1, 1);
  const sharp = blurred(resize(image, SIZE, SIZE).data, 0.7, 0);
  const lines = COMPARTMENTS.map(([first, end]) => traceLine(smooth, first, end));
  if (lines.some(({ strength }) => strength < WEAKEST_LINE)) return none;
  const gaps = lines.map(({ rows }, i) =>
    rows.map((y, j) => gapAt(sharp, COMPARTMENTS[i][0] + j, y))
  );
  const contrast = Math.max(LEAST_CONTRAST, percentile(gaps.flat().map(({ depth }) => depth), 90));
  const [left, right] = gaps.map((columns) =>
    percentile(columns.map(({ area }) => area), NARROW) / contrast / SIZE
  );
  return { left, right, width: Math.min(left, right), found: true };
}

/** {@linkcode measureJointSpace} as data sets of knees offer it. */
export const jointSpaceWidth: Measurement = {
  name: "jointSpaceWidth",
  unit: "share of the image's height",
  description:
    "Equivalent width of the narrower compartment's joint space, from the profiles across the joint line",
  measure: (images) =>
    Float64Array.from(
      { length: images.shape[0] },
      (_, i) => measureJointSpace(row(images, i)).width,
    ),
};

/** The compartments by themselves: an edit may narrow one and leave the other. */
export const jointSpaceSides: readonly Measurement[] = (["left", "right"] as const).map((side) => ({
  name: `${side}Gap`,
  unit: "share of the image's height",
  description: `Equivalent width of the joint space in the compartment on the ${side} of the image`,
  part: true,
  measure: (images) =>
    Float64Array.from(
      { length: images.shape[0] },
      (_, i) => measureJointSpace(row(images, i))[side],
    ),
}));

/** The dark line through the columns `first` to `end` (exclusive): its row in each, and its mean second difference. */
function traceLine(plane: Float32Array, first: number, end: number) {
  const [top, bottom] = ROWS;
  const count = bottom - top;
  const curve = (x: number, i: number) => {
    const at = (y: number) => plane[y * SIZE + x];
    const y = top + i;
    return at(y - SPAN) + at(y + SPAN) - 2 * at(y);
  };
  let best = Float64Array.from({ length: count }, (_, i) => curve(first, i));
  const from: Int32Array[] = [];
  for (let x = first + 1; x < end; x++) {
    const back = new Int32Array(count);
    best = best.map((_, i) => {
      const steps = [i, i - 1, i + 1].filter((k) => k >= 0 && k < count);
      const worth = (k: number) => best[k] - (k === i ? 0 : CLIMB);
      back[i] = steps.reduce((a, b) => worth(b) > worth(a) ? b : a);
      return worth(back[i]) + curve(x, i);
    });
    from.push(back);
  }
  let i = best.indexOf(Math.max(...best));
  const strength = best[i] / (end - first);
  const rows = [top + i];
  for (const back of from.toReversed()) rows.unshift(top + (i = back[i]));
  return { rows, strength };
}

/** The gap in column `x` around row `y`: its depth below the bone on both sides, and the area under that level, px × intensity. */
function gapAt(plane: Float32Array, x: number, y: number): { depth: number; area: number } {
  const at = (dy: number) => plane[(y + dy) * SIZE + x];
  let [above, below] = [-Infinity, -Infinity];
  for (let dy = 0; dy <= REACH; dy++) {
    above = Math.max(above, at(-dy));
    below = Math.max(below, at(dy));
  }
  const bone = Math.min(above, below);
  let area = 0;
  for (let dy = -REACH; dy <= REACH; dy++) area += Math.max(0, bone - at(dy));
  return { depth: bone - at(0), area };
}

/** A plane blurred by Gaussians of these standard deviations along x and y, px; edges are continued. */
function blurred(plane: Float32Array, sigmaX: number, sigmaY: number): Float32Array {
  return along(along(plane, sigmaX, 1), sigmaY, SIZE);
}

function along(plane: Float32Array, sigma: number, stride: number): Float32Array {
  if (!sigma) return plane;
  const radius = Math.ceil(3 * sigma);
  const weights = Array.from(
    { length: 2 * radius + 1 },
    (_, k) => Math.exp(-((k - radius) ** 2) / (2 * sigma * sigma)),
  );
  const total = weights.reduce((a, b) => a + b);
  return plane.map((_, p) => {
    const place = Math.floor(p / stride) % SIZE;
    return weights.reduce((sum, weight, k) => {
      const moved = Math.min(SIZE - 1, Math.max(0, place + k - radius));
      return sum + weight / total * plane[p + (moved - place) * stride];
    }, 0);
  });
}
