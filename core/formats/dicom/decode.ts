/** Compressed frames as if they were not: little-endian samples, pixel by pixel. */

import { attempt, attemptLater } from "../../refusal.ts";
import { frameOf, saysColors } from "../jpeg/frame.ts";
import { decodeLs } from "../jpeg/ls.ts";
import { decodeLossless } from "../jpeg/lossless.ts";
import { segmentsOf } from "../jpeg/segments.ts";
import { decodeSequential } from "../jpeg/sequential.ts";
import { turbo } from "../jpeg/turbo.ts";
import { inflate } from "../inflate.ts";
import type { CodecFrame } from "../script_codec.ts";
import type { PixelLayout } from "./layout.ts";
import { jpeg2000Frame } from "./jpeg2000_frame.ts";
import { openJpeg } from "./openjpeg.ts";
import { refused } from "./refused.ts";
import { decodeRle } from "./rle.ts";
import type { Coding } from "./syntax.ts";

/** A frame's samples, `allocated` bits each. */
type Decoder = (bytes: Uint8Array, layout: PixelLayout) => Uint8Array | Promise<Uint8Array>;

const DECODERS: Record<Exclude<Coding, "native" | "big">, Decoder> = {
  rle(bytes, layout) {
    // Eight pixels of one bit are one byte.
    return decodeRle(bytes, packedBytes(layout), Math.ceil(layout.allocated / 8), layout.samples);
  },
  deflated(bytes, layout) {
    const most = packedBytes(layout);
    const raw = attempt(() => inflate(bytes, most, { raw: true }), refused);
    if (raw.length < most) throw refused("its deflated picture is incomplete");
    return raw;
  },
  baseline: byCosines,
  extended: byCosines,
  lossless: byOurs,
  "jpeg-ls": byJpegLs,
  "jpeg-2000": byOpenJpeg,
};

/** Decodes a frame. @throws {FormatError} When it is damaged, or not what the file says. */
export async function decodeFrame(
  bytes: Uint8Array,
  coding: keyof typeof DECODERS,
  layout: PixelLayout,
): Promise<Uint8Array> {
  return await DECODERS[coding](bytes, layout);
}

function packedBytes({ columns, rows, samples, allocated }: PixelLayout): number {
  return Math.ceil(columns * rows * samples * allocated / 8);
}

/** Holds a compressed picture to what the file says of it. */
function checkSize(
  { columns, rows, samples, allocated }: PixelLayout,
  { width, height, components, bits }: {
    width: number;
    height: number;
    components: number;
    bits: number;
  },
): void {
  if (width !== columns || height !== rows || components !== samples) {
    throw refused(
      `expected ${columns} × ${rows} pixels of ${samples} samples, ` +
        `its compressed picture has ${width} × ${height} of ${components}`,
    );
  }
  if (bits > allocated) throw refused(`its compressed samples have ${bits} bits in ${allocated}`);
}

const checkFrame =
  (layout: PixelLayout) => ({ width, height, componentCount, bitsPerSample }: CodecFrame) =>
    checkSize(layout, { width, height, components: componentCount, bits: bitsPerSample });

function byCosines(bytes: Uint8Array, layout: PixelLayout): Uint8Array | Promise<Uint8Array> {
  const { bits } = attempt(() => frameOf(bytes), refused);
  // Where nothing in the picture says so, libjpeg would take RGB for YCbCr.
  const isRgb = layout.photometric === "RGB" && !saysColors(bytes);
  return bits === 8 && !isRgb ? byTurbo(bytes, layout) : byOurs(bytes, layout);
}

async function byTurbo(bytes: Uint8Array, layout: PixelLayout): Promise<Uint8Array> {
  const check = checkFrame(layout);
  attempt(() => checkSize(layout, frameOf(bytes)), refused);
  return await attemptLater(
    () =>
      turbo.decode(bytes, (frame, data) => {
        check(frame);
        return widened(data, 8, layout);
      }),
    refused,
  );
}

async function byOpenJpeg(bytes: Uint8Array, layout: PixelLayout): Promise<Uint8Array> {
  const check = checkFrame(layout);
  checkSize(layout, jpeg2000Frame(bytes));
  return await attemptLater(
    () =>
      openJpeg.decode(bytes, (frame, data) => {
        check(frame);
        return widened(data, frame.bitsPerSample, layout);
      }),
    refused,
  );
}

function byJpegLs(bytes: Uint8Array, layout: PixelLayout): Uint8Array {
  return attempt(() => {
    checkSize(layout, frameOf(bytes));
    const picture = decodeLs(bytes);
    checkSize(layout, picture);
    return widened(new Uint8Array(picture.data.buffer), 16, layout);
  }, refused);
}

/** What libjpeg-turbo does not read: lossless, and more than 8 bits. */
function byOurs(bytes: Uint8Array, layout: PixelLayout): Uint8Array {
  return attempt(() => {
    const file = segmentsOf(bytes);
    checkSize(layout, { ...file, components: file.components.length });
    const data = file.process === 3
      ? decodeLossless(file)
      : file.process <= 1
      ? decodeSequential(file)
      : undefined;
    if (!data) throw refused("JPEG in several passes of more than 8 bits is not read");
    return widened(new Uint8Array(data.buffer), 16, layout);
  }, refused);
}

/** Samples at the width that the file says: those of up to 8 bits take a byte in some codecs, two in the file. */
function widened(data: Uint8Array, bits: number, layout: PixelLayout): Uint8Array {
  const { columns, rows, samples, allocated } = layout;
  const count = columns * rows * samples;
  const from = bits > 8 ? 2 : 1;
  const to = allocated / 8;
  if (data.length !== count * from) throw refused("its compressed picture is incomplete");
  if (from === to) return data.slice();
  if (allocated === 1) return packedBits(data);
  const out = new Uint8Array(count * to);
  const least = Math.min(from, to);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < least; k++) out[i * to + k] = data[i * from + k];
  }
  return out;
}

/** Bits in bytes of their own as they lie in a file, the first pixel lowest. */
function packedBits(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil(data.length / 8));
  data.forEach((bit, i) => out[i >> 3] |= (bit & 1) << (i & 7));
  return out;
}
