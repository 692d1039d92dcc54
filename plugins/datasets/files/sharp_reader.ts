/** JPEG by sharp, native code that shrinks while it decodes: several times faster, and only for who asks for it. */

import { type DatasetContext, type Images, InputError } from "@countergrade/countergrade";
import { fitPicture } from "@countergrade/countergrade/images";
import { createRequire } from "node:module";
import { bytesOf, type Reading } from "./read_source.ts";
import type { Source } from "./source.ts";

/** Names the folder that `npm install sharp` was run in. */
const VARIABLE = "COUNTERGRADE_SHARP";

/** The part of sharp that is used. */
interface Sharp {
  metadata(): Promise<{
    width: number;
    height: number;
    orientation?: number;
    space?: string;
    hasProfile?: boolean;
  }>;
  rotate(): Sharp;
  resize(width: number, height: number, options: { fit: "fill" }): Sharp;
  raw(): Sharp;
  toBuffer(options: { resolveWithObject: true }): Promise<{
    data: Uint8Array;
    info: { width: number; height: number; channels: number };
  }>;
}
type MakeSharp = (bytes: Uint8Array, options?: { failOn: "error" }) => Sharp;

/** Reads a source; undefined where it is none for sharp, which is then read as all others. */
export type SharpReader = (source: Source) => Promise<Reading | undefined>;

/**
 * The reader, where the caller owns this machine and its environment names sharp's folder: native code sees the files of
 * the folder without a thread around it.
 *
 * @throws {InputError} When sharp cannot be loaded from there.
 */
export function sharpReader({ trusted }: DatasetContext): SharpReader | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: VARIABLE });
  const folder = trusted && state === "granted" ? Deno.env.get(VARIABLE) : undefined;
  if (!folder) return undefined;
  let sharp: MakeSharp;
  try {
    sharp = createRequire(`${folder}/`)("sharp");
  } catch (error) {
    throw new InputError(
      `Cannot read JPEG by sharp: expected it installed in the folder that ${VARIABLE} names, "${folder}" ` +
        `(npm install sharp), and \`deno task sharp\`, which may load it: ${
          error instanceof Error ? error.message.split("\n")[0] : error
        }`,
      [],
      { cause: error },
    );
  }
  return (source) => readBySharp(sharp, source);
}

async function readBySharp(sharp: MakeSharp, source: Source): Promise<Reading | undefined> {
  if (source.kind !== "picture" || source.intensity || !/\.jpe?g$/i.test(source.file)) {
    return undefined;
  }
  const { file, folder, imageShape, fit, item } = source;
  try {
    const bytes = await bytesOf(folder, file);
    const { width, height, orientation = 1, space, hasProfile } = await sharp(bytes).metadata();
    // Colors of profiles and of print it would turn into others.
    if (hasProfile || (space !== "srgb" && space !== "b-w")) return undefined;
    const by = shrunkBy(Math.min(width, height), imageShape[1]);
    const [w, h] = (orientation > 4 ? [height, width] : [width, height]).map((length) =>
      Math.ceil(length / by)
    );
    const { data, info } = await sharp(bytes, { failOn: "error" }).rotate()
      .resize(w, h, { fit: "fill" }).raw().toBuffer({ resolveWithObject: true });
    const images = fitPicture(planesOf(data, info), imageShape, fit);
    return { images, items: [item] };
  } catch {
    // Whoever reads all others says best what is wrong with it.
    return undefined;
  }
}

/** JPEG's own steps, as long as there are twice as many pixels as are needed. */
function shrunkBy(side: number, needed: number): number {
  return [8, 4, 2].find((by) => side >= 2 * needed * by) ?? 1;
}

function planesOf(
  data: Uint8Array,
  { width, height, channels }: { width: number; height: number; channels: number },
): Images {
  const plane = width * height;
  const out = new Float32Array(channels * plane);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < plane; i++) out[c * plane + i] = data[i * channels + c] / 127.5 - 1;
  }
  return { shape: [1, channels, height, width], data: out };
}
