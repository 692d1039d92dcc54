/** MetaImage volumes: `.mha`, and `.mhd` with its voxels beside it. */

import { byteSwapped } from "./byte_order.ts";
import { elementBytes, type ElementType, float32Of } from "./element.ts";
import { inflate, mostInflated } from "./inflate.ts";
import {
  affineOf,
  assumed,
  checkedAffine,
  fromLps,
  MAX_VOXELS,
  type Volume,
  voxelCount,
} from "./volume.ts";
import { refusal } from "../refusal.ts";

const refused = refusal("Cannot read the MetaImage file");

const TYPES: Readonly<Record<string, ElementType>> = {
  MET_CHAR: "i8",
  MET_UCHAR: "u8",
  MET_SHORT: "i16",
  MET_USHORT: "u16",
  MET_INT: "i32",
  MET_UINT: "u32",
  MET_LONG: "i32",
  MET_ULONG: "u32",
  MET_LONG_LONG: "i64",
  MET_ULONG_LONG: "u64",
  MET_FLOAT: "f32",
  MET_DOUBLE: "f64",
};

/** Headers are texts of a few hundred bytes. */
const LONGEST_HEADER = 65_536;

/** Slices of a volume in files of their own are no more than this. */
const MOST_FILES = 10_000;

/** Whether a file is a MetaImage file by its first bytes: a text of fields. */
export function isMetaImage(file: Uint8Array): boolean {
  return /^(ObjectType|Comment|NDims) *=/.test(new TextDecoder().decode(file.subarray(0, 40)));
}

/**
 * The files that hold the voxels of a header, in their order: none where they follow in the same one.
 *
 * @throws {FormatError} When the header is damaged, or names a file outside of its folder.
 */
export function metaImageDataFiles(file: Uint8Array): string[] {
  const { fields, end } = headerOf(file);
  const name = fields.get("ElementDataFile")!;
  if (/^local$/i.test(name)) return [];
  const names = /^list\b/i.test(name)
    ? listed(file.subarray(end))
    : name.includes("%")
    ? numbered(name)
    : [name];
  for (const one of names) {
    const outside = /[\\\0]/.test(one) || one.startsWith("/") ||
      one.split("/").some((part) => part === ".." || part === "." || part === "");
    if (outside) {
      throw refused(
        `expected its voxels in a file beside it or below, it names ${JSON.stringify(one)}`,
      );
    }
  }
  return names;
}

/** `LIST`: a name in each of the lines that follow. */
function listed(rest: Uint8Array): string[] {
  const lines = new TextDecoder().decode(rest.subarray(0, 256 * MOST_FILES)).split(/\r?\n/);
  const names = lines.map((line) => line.trim()).filter((line) => line !== "");
  if (names.length && names.length <= MOST_FILES) return names;
  throw refused(`expected 1 to ${MOST_FILES} files in its list, there are ${names.length}`);
}

/** `slice%03d.raw 1 20 1`: first number, last and step. */
function numbered(text: string): string[] {
  const [pattern, ...rest] = text.split(/\s+/);
  const [first = NaN, last = NaN, step = 1] = rest.map(Number);
  const count = Math.floor((last - first) / step) + 1;
  const [, before, width, after] = pattern.match(/^([^%]*)%(?:0(\d))?d([^%]*)$/) ?? [];
  if (before === undefined || !(count >= 1 && count <= MOST_FILES) || !Number.isInteger(step)) {
    throw refused(`its slices are in files as ${JSON.stringify(text)}, which is not understood`);
  }
  return Array.from(
    { length: count },
    (_, i) => `${before}${String(first + i * step).padStart(Number(width ?? 1), "0")}${after}`,
  );
}

/**
 * Reads a file of two or three axes; a fourth, as time, is read as channels.
 *
 * @param parts The files that {@linkcode metaImageDataFiles} names, in their order.
 * @throws {FormatError} When it is not MetaImage, is cut off, or holds more than `most` numbers.
 */
export function readMetaImage(
  file: Uint8Array,
  parts: readonly Uint8Array[] = [],
  most = MAX_VOXELS,
): Volume {
  const { fields, end } = headerOf(file);
  const apart = metaImageDataFiles(file);
  if (apart.length !== parts.length) throw refused(`its voxels are in "${apart[0]}"`);
  const axes = numbers(fields, "NDims", 1)![0];
  if (![2, 3, 4].includes(axes)) throw refused(`expected 2 to 4 axes, it says ${axes}`);
  const lengths = numbers(fields, "DimSize", axes)!;
  const size = [...lengths, 1].slice(0, 3) as [number, number, number];
  const components = numbers(fields, "ElementNumberOfChannels", 1, [1])![0];
  const times = lengths[3] ?? 1;
  if (times > 1 && components > 1) throw refused("colors over time are not read");
  const channels = components * times;
  const count = voxelCount("the MetaImage file", size, channels, most);
  const type = TYPES[fields.get("ElementType")?.toUpperCase() ?? ""];
  if (!type) throw refused(`numbers of type ${fields.get("ElementType")} are not read`);
  const width = elementBytes(type);
  const needed = count * width;
  const stored = parts.length > 1
    ? inParts(fields, parts, needed)
    : storedVoxels(fields, parts[0] ?? file.subarray(end), needed);
  const big = isTrue(fields, "BinaryDataByteOrderMSB") || isTrue(fields, "ElementByteOrderMSB");
  const mixed = float32Of(type, big ? byteSwapped(stored, width) : stored.slice());
  return {
    size,
    channels,
    // A fourth axis is stored volume by volume, components voxel by voxel.
    data: components > 1 ? apartByChannel(mixed, components) : mixed,
    affine: checkedAffine("the MetaImage file", fromLps(affineFrom(fields, axes))),
    ...assumed(missingIn(fields)),
  };
}

/** Equal parts of a volume, each with what stands before its voxels. */
function inParts(
  fields: Map<string, string>,
  parts: readonly Uint8Array[],
  needed: number,
): Uint8Array {
  const each = needed / parts.length;
  if (!Number.isInteger(each)) throw refused(`${parts.length} files do not share its voxels`);
  const out = new Uint8Array(needed);
  parts.forEach((part, i) => out.set(storedVoxels(fields, part, each), i * each));
  return out;
}

function storedVoxels(fields: Map<string, string>, bytes: Uint8Array, needed: number): Uint8Array {
  const skip = numbers(fields, "HeaderSize", 1, [0])![0];
  // -1: the voxels are the end of the file.
  const start = skip === -1 ? bytes.length - needed : skip;
  if (!Number.isInteger(start) || start < 0) throw refused(`its HeaderSize is ${skip}`);
  if (/^false$/i.test(fields.get("BinaryData") ?? "true")) throw refused("its voxels are text");
  if (isTrue(fields, "CompressedData")) return inflated(bytes.subarray(start), needed);
  if (start + needed > bytes.length) {
    throw refused(`expected ${needed} bytes of voxels, it has ${bytes.length - start}`);
  }
  return bytes.subarray(start, start + needed);
}

function inflated(packed: Uint8Array, needed: number): Uint8Array {
  if (needed > mostInflated(packed.length)) throw refused(`it cannot expand to ${needed} bytes`);
  let out: Uint8Array | undefined;
  try {
    out = inflate(packed, needed);
  } catch (error) {
    if (!(error instanceof RangeError)) throw refused("its compressed voxels are damaged", error);
  }
  if (out?.length === needed) return out;
  throw refused(`expected ${needed} bytes of voxels, it expands to ${out?.length ?? "more"}`);
}

const DIRECTIONS = ["TransformMatrix", "Orientation", "Rotation"];
const SPACINGS = ["ElementSpacing", "ElementSize"];

/** What a header lacks. */
function missingIn(fields: Map<string, string>): string[] {
  const has = (names: readonly string[]) => names.some((name) => fields.has(name));
  return [
    ...has(DIRECTIONS) ? [] : ["without TransformMatrix its axes are taken as left, back and up"],
    ...has(SPACINGS) ? [] : ["without ElementSpacing voxels are taken as 1 mm"],
  ];
}

function affineFrom(fields: Map<string, string>, axes: number): number[] {
  if (axes === 4) return affineFrom(inSpace(fields), 3);
  const flat = axes === 2 ? [1, 0, 0, 1] : [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const matrix = DIRECTIONS.flatMap((name) => numbers(fields, name, axes * axes) ?? [])
    .slice(0, axes * axes);
  const direction = matrix.length ? matrix : flat;
  const spacing = SPACINGS.map((name) => numbers(fields, name, axes)).find(Boolean) ??
    Array(axes).fill(1);
  const origin = ["Offset", "Position", "Origin"].flatMap((name) =>
    numbers(fields, name, axes) ?? []
  ).slice(0, axes);
  const place = origin.length ? origin : Array(axes).fill(0);
  if (axes === 3) {
    return affineOf([0, 3, 6].map((at) => direction.slice(at, at + 3)), spacing, place);
  }
  const [a, b, c, d] = direction;
  return affineOf([[a, b, 0], [c, d, 0], [0, 0, 1]], [...spacing, 1], [...place, 0]);
}

/** The same fields without what they say of the fourth axis. */
function inSpace(fields: Map<string, string>): Map<string, string> {
  return new Map(Array.from(fields, ([name, text]) => {
    const values = text.split(/\s+/);
    const kept = values.length === 16
      ? values.filter((_, i) => i % 4 < 3 && i < 12)
      : values.length === 4 && name !== "ElementDataFile"
      ? values.slice(0, 3)
      : values;
    return [name, kept.join(" ")];
  }));
}

/** `[voxel, channel]` to `[channel, voxel]`. */
function apartByChannel(mixed: Float32Array, channels: number): Float32Array {
  const out = new Float32Array(mixed.length);
  const voxels = mixed.length / channels;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < voxels; i++) out[c * voxels + i] = mixed[i * channels + c];
  }
  return out;
}

/** The lines `Name = value` up to ElementDataFile, which is the last, and where they end. */
function headerOf(file: Uint8Array): { fields: Map<string, string>; end: number } {
  const fields = new Map<string, string>();
  let at = 0;
  while (at < Math.min(file.length, LONGEST_HEADER)) {
    let stop = file.indexOf(10, at);
    if (stop < 0) stop = file.length;
    const line = new TextDecoder().decode(file.subarray(at, Math.min(stop, at + 4096)));
    const [, name, value] = line.match(/^\s*(\w+)\s*=\s*(.*?)\s*$/) ?? [];
    at = stop + 1;
    // Other keys, as `0008|0060` where the image was DICOM, and free text are for others.
    if (name === undefined) continue;
    if (!fields.has(name)) fields.set(name, value);
    if (name === "ElementDataFile" && value) return { fields, end: Math.min(at, file.length) };
  }
  throw refused("it has no MetaImage header that ends with ElementDataFile");
}

function numbers(
  fields: Map<string, string>,
  name: string,
  count: number,
  fallback?: number[],
): number[] | undefined {
  const text = fields.get(name);
  if (text === undefined) {
    if (fallback || !REQUIRED.has(name)) return fallback;
    throw refused(`it has no ${name}`);
  }
  const values = text.split(/\s+/).map(Number);
  if (values.length === count && values.every(Number.isFinite)) return values;
  throw refused(`expected ${count} numbers as ${name}, current text is ${JSON.stringify(text)}`);
}

const REQUIRED = new Set(["NDims", "DimSize"]);

function isTrue(fields: Map<string, string>, name: string): boolean {
  return /^(true|1)$/i.test(fields.get(name) ?? "");
}
