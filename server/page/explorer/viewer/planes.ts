/** A volume as three linked planes in one picture: the slice, beside it the plane across a column, below it that across a row. */

/// <reference lib="dom" />

import type { Volume } from "../operations.ts";

/** The axes of a volume, and what a plane is across. */
export const AXES = ["slice", "row", "column"] as const;
export type Axis = (typeof AXES)[number];

/** A place in a volume, or how many voxels it has, by axis. */
export type Voxel = Readonly<Record<Axis, number>>;

/** Between two planes, as the server's own pictures have them. */
const GAP = 1;

/** What runs along a plane, and where it lies in the picture. */
const PLANES = {
  slice: { across: "column", down: "row", left: false, top: false },
  column: { across: "slice", down: "row", left: true, top: false },
  row: { across: "column", down: "slice", left: false, top: true },
} as const;

function cornerOf(axis: Axis, size: Voxel): { left: number; top: number } {
  const { left, top } = PLANES[axis];
  return { left: left ? size.column + GAP : 0, top: top ? size.row + GAP : 0 };
}

/** The voxels of a volume, from its slices one below the other. */
export function sizeOf({ width, height }: ImageData, { depth }: Pick<Volume, "depth">): Voxel {
  return { slice: depth, row: height / depth, column: width };
}

/** The voxel that shares of a volume's lengths name. */
export function voxelOf(shares: Voxel, size: Voxel): Voxel {
  const at = (axis: Axis) => Math.min(size[axis] - 1, Math.floor(shares[axis] * size[axis]));
  return { slice: at("slice"), row: at("row"), column: at("column") };
}

/** The three planes through a voxel. */
export function montage(sheet: ImageData, size: Voxel, at: Voxel): ImageData {
  const shown = new ImageData(size.column + GAP + size.slice, size.row + GAP + size.slice);
  const [from, to] = [sheet, shown].map(({ data }) => new Uint32Array(data.buffer));
  const stride = { slice: size.row * size.column, row: size.column, column: 1 };
  for (const axis of AXES) {
    const { across, down } = PLANES[axis];
    const { left, top } = cornerOf(axis, size);
    for (let y = 0; y < size[down]; y++) {
      const line = at[axis] * stride[axis] + y * stride[down];
      for (let x = 0; x < size[across]; x++) {
        to[(top + y) * shown.width + left + x] = from[line + x * stride[across]];
      }
    }
  }
  return shown;
}

/** The voxel under a pixel of the three planes; nothing between them. */
export function voxelAt(
  pixel: { x: number; y: number },
  size: Voxel,
  at: Voxel,
): Voxel | undefined {
  for (const axis of AXES) {
    const { across, down } = PLANES[axis];
    const { left, top } = cornerOf(axis, size);
    const [x, y] = [pixel.x - left, pixel.y - top];
    if (x >= 0 && y >= 0 && x < size[across] && y < size[down]) {
      return { ...at, [across]: x, [down]: y };
    }
  }
  return undefined;
}

/** The lines of the crosshair in the picture, in pixels: of each plane one across and one down. */
export function linesThrough(at: Voxel, size: Voxel): [number, number, number, number][] {
  return AXES.flatMap((axis) => {
    const { across, down } = PLANES[axis];
    const { left, top } = cornerOf(axis, size);
    const [x, y] = [left + at[across] + 0.5, top + at[down] + 0.5];
    return [[x, top, x, top + size[down]], [left, y, left + size[across], y]] as const;
  }).map((line) => [...line]);
}
