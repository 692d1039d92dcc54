/** Volumes: images in three dimensions that know where they are in the patient. */

import { FormatError } from "../errors.ts";

/**
 * Numbers on a grid of voxels. The number of voxel (i, j, k) of channel c is `data[((c·nk + k)·nj + j)·ni + i]`.
 */
export interface Volume {
  /** Voxels along each axis `[ni, nj, nk]`. */
  readonly size: readonly [number, number, number];
  /** Channels: times, contrasts or colors; 1 for most. */
  readonly channels: number;
  /** All numbers, in the order above. */
  readonly data: Float32Array;
  /**
   * `[4, 4]`, row by row: where the center of voxel (i, j, k, 1) lies, in mm, with x to the patient's right, y to the
   * front and z upwards (RAS).
   */
  readonly affine: readonly number[];
  /** What the file does not say of its place and had to be assumed. */
  readonly warning?: string;
}

/** The most numbers a volume may hold: 512 MiB of them. */
export const MAX_VOXELS = 2 ** 27;

/** Two of the three axes may be as long as this. */
const LONGEST = 65_536;

/**
 * Checks sizes before anything is allocated for them.
 *
 * @returns Voxels times channels.
 * @throws {FormatError} When a size is no whole number from 1, or there are more than {@linkcode MAX_VOXELS} numbers.
 */
export function voxelCount(
  what: string,
  size: readonly number[],
  channels = 1,
  most = MAX_VOXELS,
): number {
  const lengths = [...size, channels];
  const count = lengths.reduce((a, b) => a * b, 1);
  const odd = lengths.some((n) => !Number.isInteger(n) || n < 1 || n > LONGEST);
  if (!odd && count <= most) return count;
  throw new FormatError(
    `Cannot read ${what}: expected at least one and at most ${most} numbers, ` +
      `its size is ${size.join(" × ")} with ${channels} channels`,
  );
}

/**
 * Checks an affine.
 *
 * @throws {FormatError} When it is not finite, or an axis has no length or lies in the plane of the others.
 */
export function checkedAffine(what: string, affine: readonly number[]): number[] {
  const spacing = spacingOf({ affine });
  const sane = affine.every(Number.isFinite) && spacing.every((mm) => mm > 1e-6 && mm < 1e6);
  const skew = Math.abs(determinant(affine)) / spacing.reduce((a, b) => a * b, 1);
  if (sane && skew > 1e-3) return [...affine];
  throw new FormatError(
    `Cannot read ${what}: expected three axes in mm, the affine is [${affine.join(", ")}]`,
  );
}

/** A warning of a file that lacks what says where it lies, `{}` where nothing is missing. */
export function assumed(missing: readonly string[]): Pick<Volume, "warning"> {
  return missing.length ? { warning: `it does not say where it lies: ${missing.join("; ")}` } : {};
}

/** The distance of neighboring voxels along each axis, in mm. */
export function spacingOf({ affine }: Pick<Volume, "affine">): [number, number, number] {
  const length = (axis: number) => Math.hypot(affine[axis], affine[4 + axis], affine[8 + axis]);
  return [length(0), length(1), length(2)];
}

/** Where voxel (i, j, k) lies, in mm. Fractions are places between voxels. */
export function placeOf({ affine }: Pick<Volume, "affine">, voxel: readonly number[]): number[] {
  return [0, 4, 8].map((row) =>
    affine[row] * voxel[0] + affine[row + 1] * voxel[1] + affine[row + 2] * voxel[2] +
    affine[row + 3]
  );
}

/** The inverse of {@linkcode placeOf}: the voxel at a place in mm, with fractions. */
export function voxelOf({ affine }: Pick<Volume, "affine">, place: readonly number[]): number[] {
  const whole = determinant(affine);
  const offset = [0, 1, 2].map((row) => place[row] - affine[4 * row + 3]);
  // Cramer's rule.
  return [0, 1, 2].map((axis) =>
    determinant(affine.map((value, at) => at % 4 === axis && at < 12 ? offset[at >> 2] : value)) /
    whole
  );
}

/**
 * An affine from directions: columns `[3]` of unit length per axis (x, y, z each), spacing in mm, and the place of the
 * first voxel.
 */
export function affineOf(
  directions: readonly (readonly number[])[],
  spacing: readonly number[],
  origin: readonly number[],
): number[] {
  const rows = [0, 1, 2].flatMap((row) => [
    ...directions.map((direction, axis) => direction[row] * spacing[axis]),
    origin[row],
  ]);
  return [...rows, 0, 0, 0, 1];
}

/** From the coordinates of DICOM and MetaImage (left, back, up) to ours (right, front, up): x and y change sign. */
export function fromLps(affine: readonly number[]): number[] {
  return affine.map((value, i) => i < 8 && value !== 0 ? -value : value);
}

function determinant(a: readonly number[]): number {
  return a[0] * (a[5] * a[10] - a[6] * a[9]) - a[1] * (a[4] * a[10] - a[6] * a[8]) +
    a[2] * (a[4] * a[9] - a[5] * a[8]);
}
