/** Planes of volumes as pictures: how an address names one, and cutting it. */

import { FormatError, type Images, InputError } from "@countergrade/countergrade";
import { ofPng, planeOf, sheetOf, toPng, type VolumeAxis } from "@countergrade/countergrade/images";

/** A plane of a volume, or all slices. */
export interface PlaneCut {
  readonly axis: VolumeAxis | "all";
  readonly index: number;
  /** How many slices a stored sheet has. */
  readonly depth?: number;
}

const AXES: readonly string[] = ["slice", "row", "column", "all"];

/** The part of an address that names it. */
export function cutText({ axis, index, depth }: PlaneCut): string {
  const entries = { axis, index, ...depth !== undefined && { depth } };
  return Object.entries(entries).map((entry) => entry.join("=")).join("&");
}

/** What an address asks for; nothing where it asks for the whole. @throws {InputError} */
export function cutIn(asked: URLSearchParams): PlaneCut | undefined {
  const axis = asked.get("axis");
  if (axis === null) return undefined;
  const depth = asked.get("depth");
  const numbers = [asked.get("index") ?? "0", depth ?? "1"];
  if (!AXES.includes(axis) || !numbers.every((text) => /^\d{1,5}$/.test(text))) {
    throw new InputError(
      `Cannot cut the volume: expected an axis (${
        AXES.join(", ")
      }) with whole numbers as index and depth`,
      ["axis"],
    );
  }
  return {
    axis: axis as PlaneCut["axis"],
    index: Number(numbers[0]),
    ...depth !== null && { depth: Number(depth) },
  };
}

/** The PNG of a plane of a volume `[1, c, d, h, w]`. @throws {InputError} When there is no such plane. */
export function planePng(volume: Images, { axis, index }: PlaneCut): Uint8Array<ArrayBuffer> {
  if (volume.shape.length !== 5) {
    throw new InputError("Cannot cut the image: expected a volume, it is a picture", ["axis"]);
  }
  return toPng(axis === "all" ? sheetOf(volume) : planeOf(volume, axis, index), 0);
}

/** The same of a stored sheet. @throws {InputError} When it has not so many slices, or no such plane. */
export function planeOfSheet(png: Uint8Array, cut: PlaneCut): Uint8Array<ArrayBuffer> {
  const { depth = 0 } = cut;
  const { shape: [n, c, height, width], data } = sheetIn(png);
  if (depth < 1 || height % depth) {
    throw new InputError(
      `Cannot cut the sheet: its ${height} rows are not those of ${depth} slices`,
      [
        "depth",
      ],
    );
  }
  return planePng({ shape: [n, c, depth, height / depth, width], data }, cut);
}

function sheetIn(png: Uint8Array): Images {
  try {
    return ofPng(png);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new InputError("Cannot cut the file: expected a sheet of slices", ["axis"], {
      cause: error,
    });
  }
}
