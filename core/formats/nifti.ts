/** NIfTI volumes: `.nii` and `.nii.gz`, versions 1 and 2. */

import { byteSwapped } from "./byte_order.ts";
import { elementBytes, type ElementType, float32Of } from "./element.ts";
import { gunzipStart } from "./gunzip.ts";
import { mostInflated } from "./inflate.ts";
import { affineOf, assumed, checkedAffine, MAX_VOXELS, type Volume, voxelCount } from "./volume.ts";
import { refusal } from "../refusal.ts";

const refused = refusal("Cannot read the NIfTI file");

/** datatype codes of nifti1.h. Complex and color types hold more than one number per voxel and are not read. */
const TYPES: Readonly<Record<number, ElementType>> = {
  2: "u8",
  4: "i16",
  8: "i32",
  16: "f32",
  64: "f64",
  256: "i8",
  512: "u16",
  768: "u32",
  1024: "i64",
  1280: "u64",
};

/** Where the fields stand: `[offset, kind]` in both versions. */
const LAYOUTS = {
  1: {
    length: 348,
    magic: 344,
    dim: [40, "i16"],
    type: [70, "i16"],
    pixdim: [76, "f32"],
    offset: [108, "f32"],
    slope: [112, "f32"],
    intercept: [116, "f32"],
    qformCode: [252, "i16"],
    sformCode: [254, "i16"],
    quaternion: [256, "f32"],
    sform: [280, "f32"],
  },
  2: {
    length: 540,
    magic: 4,
    dim: [16, "i64"],
    type: [12, "i16"],
    pixdim: [104, "f64"],
    offset: [168, "i64"],
    slope: [176, "f64"],
    intercept: [184, "f64"],
    qformCode: [344, "i32"],
    sformCode: [348, "i32"],
    quaternion: [352, "f64"],
    sform: [400, "f64"],
  },
} as const;

type Field =
  | "dim"
  | "type"
  | "pixdim"
  | "offset"
  | "slope"
  | "intercept"
  | "qformCode"
  | "sformCode";

/**
 * Reads a file, compressed or not, and expands no more of it than its header asks for. Numbers are scaled by scl_slope and scl_inter where the slope is not zero; the affine is
 * the sform where there is one, else the qform, else the spacing alone, which is told as a warning. The fourth axis and those beyond are channels.
 *
 * @throws {FormatError} When it is not NIfTI, is cut off, holds colors or complex numbers, is one half of a pair of
 * files, or holds more than `most` numbers.
 */
export async function readNifti(file: Uint8Array, most = MAX_VOXELS): Promise<Volume> {
  const header = await startOf(file, LAYOUTS[2].length);
  const { version, littleEndian } = versionOf(header);
  const layout = LAYOUTS[version];
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const get = (field: Field | "quaternion" | "sform", index = 0): number => {
    const [at, kind] = layout[field];
    return READ[kind](view, at + index * elementBytes(kind), littleEndian);
  };
  const axes = get("dim");
  if (!(axes >= 1 && axes <= 7)) throw refused(`expected 1 to 7 axes, it says ${axes}`);
  const lengths = Array.from({ length: 7 }, (_, i) => i < axes ? get("dim", i + 1) : 1);
  const size = lengths.slice(0, 3) as [number, number, number];
  const channels = lengths.slice(3).reduce((a, b) => a * b, 1);
  const count = voxelCount("the NIfTI file", size, channels, most);
  const type = TYPES[get("type")];
  if (!type) throw refused(`numbers of type ${get("type")} are not read`);
  const offset = Math.max(get("offset"), layout.length);
  const width = elementBytes(type);
  const needed = count * width;
  if (!Number.isInteger(offset)) throw refused(`its bytes of voxels begin at ${offset}`);
  const bytes = await startOf(file, offset + needed);
  if (offset + needed > bytes.length) {
    throw refused(`expected ${needed} bytes of voxels from ${offset}, it has ${bytes.length}`);
  }
  const stored = bytes.subarray(offset, offset + needed);
  const read = float32Of(type, littleEndian ? stored : byteSwapped(stored, width));
  // What is a view on the caller's file is not scaled in place.
  const data = read.buffer === file.buffer ? read.slice() : read;
  const slope = get("slope");
  const intercept = get("intercept");
  if (Number.isFinite(slope) && slope !== 0 && (slope !== 1 || intercept !== 0)) {
    const shift = Number.isFinite(intercept) ? intercept : 0;
    for (let i = 0; i < data.length; i++) data[i] = data[i] * slope + shift;
  }
  const affine = checkedAffine("the NIfTI file", affineFrom(get));
  return { size, channels, data, affine, ...assumed(missingIn(get)) };
}

/** What a header lacks. */
function missingIn(get: Get): string[] {
  const placed = get("sformCode") > 0 || get("qformCode") > 0;
  const sized = get("sformCode") > 0 || [1, 2, 3].every((axis) => get("pixdim", axis));
  return [
    ...placed ? [] : ["without sform and qform its axes are taken as right, front and up"],
    ...sized ? [] : ["where pixdim is 0, voxels are taken as 1 mm"],
  ];
}

type Get = (field: Field | "quaternion" | "sform", index?: number) => number;

function affineFrom(get: Get): number[] {
  if (get("sformCode") > 0) {
    return [...Array.from({ length: 12 }, (_, i) => get("sform", i)), 0, 0, 0, 1];
  }
  const spacing = [1, 2, 3].map((axis) => Math.abs(get("pixdim", axis)) || 1);
  if (get("qformCode") <= 0) return affineOf([[1, 0, 0], [0, 1, 0], [0, 0, 1]], spacing, [0, 0, 0]);
  const [b, c, d, ...origin] = Array.from({ length: 6 }, (_, i) => get("quaternion", i));
  const a = Math.sqrt(Math.max(0, 1 - b * b - c * c - d * d));
  // A left-handed grid turns its third axis round (nifti1.h, qfac).
  const side = get("pixdim", 0) < 0 ? -1 : 1;
  const directions = [
    [a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)],
    [2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)],
    [2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c],
  ];
  return affineOf(directions, [spacing[0], spacing[1], spacing[2] * side], origin);
}

const READ = {
  i16: (view: DataView, at: number, little: boolean) => view.getInt16(at, little),
  i32: (view: DataView, at: number, little: boolean) => view.getInt32(at, little),
  i64: (view: DataView, at: number, little: boolean) => Number(view.getBigInt64(at, little)),
  f32: (view: DataView, at: number, little: boolean) => view.getFloat32(at, little),
  f64: (view: DataView, at: number, little: boolean) => view.getFloat64(at, little),
};

function versionOf(bytes: Uint8Array): { version: 1 | 2; littleEndian: boolean } {
  for (const version of [1, 2] as const) {
    const { length, magic } = LAYOUTS[version];
    if (bytes.length < length) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const littleEndian of [true, false]) {
      if (view.getInt32(0, littleEndian) !== length) continue;
      const word = String.fromCharCode(...bytes.subarray(magic, magic + 3));
      if (word === `n+${version}`) return { version, littleEndian };
      throw refused(
        word === `ni${version}`
          ? "it is the header of a pair of files; save it as one .nii"
          : `expected the word n+${version}, it has ${JSON.stringify(word)}`,
      );
    }
  }
  throw refused("it has no NIfTI header");
}

/** The first `most` bytes of a file, compressed or not; all where there are fewer. */
async function startOf(file: Uint8Array, most: number): Promise<Uint8Array> {
  if (!isGzip(file)) return file.subarray(0, most);
  if (most > mostInflated(file.length)) throw refused(`it cannot expand to ${most} bytes`);
  try {
    return await gunzipStart(file, most);
  } catch (error) {
    throw refused("its gzip stream is damaged or cut off", error);
  }
}

/** Whether a file is a NIfTI file by its first bytes; what is gzipped counts as one. */
export function isNifti(file: Uint8Array): boolean {
  const word = (at: number) => String.fromCharCode(...file.subarray(at, at + 3));
  return isGzip(file) || word(344) === "n+1" || word(4) === "n+2";
}

const isGzip = (file: Uint8Array) => file[0] === 0x1f && file[1] === 0x8b;
