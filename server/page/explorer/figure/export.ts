/** Files that need a library of their own, loaded when somebody wants one: PDF, GIF and video. */

/// <reference lib="dom" />

import { type Figure, type FigureLook, figurePdf } from "@countergrade/countergrade/figures";
// @ts-types="./gifenc.d.ts"
import { applyPalette, GIFEncoder, quantize } from "gifenc";
import {
  BufferTarget,
  CanvasSource,
  getFirstEncodableVideoCodec,
  Mp4OutputFormat,
  Output,
} from "mediabunny";
import type { Shot } from "./reel.ts";

/** A figure as PDF. */
export function pdfOf(figure: Figure, look: FigureLook): Blob {
  return new Blob([figurePdf(figure, look)], { type: "application/pdf" });
}

/** Every gray once: nothing is lost of a picture without colors. */
const GRAYS = Array.from({ length: 256 }, (_, value) => [value, value, value]);

/** Shots as GIF, which repeats. */
export function gifOf(shots: readonly Shot[]): Blob {
  const gif = GIFEncoder();
  for (const { image: { data, width, height }, delay } of shots) {
    const isGray = data.every((value, i) => i % 4 === 3 || value === data[i - i % 4]);
    const palette = isGray ? GRAYS : quantize(data, 256);
    const indices = isGray ? data.filter((_, i) => i % 4 === 0) : applyPalette(data, palette);
    gif.writeFrame(indices, width, height, { palette, delay });
  }
  gif.finish();
  return new Blob([gif.bytes()], { type: "image/gif" });
}

/** Shots as MP4, by the browser's own encoder. @throws {TypeError} Where it has none. */
export async function videoOf(shots: readonly Shot[]): Promise<Blob> {
  const [{ image: { width, height } }] = shots;
  const format = new Mp4OutputFormat();
  const codec = await getFirstEncodableVideoCodec(format.getSupportedVideoCodecs(), {
    width,
    height,
  });
  if (!codec) throw new TypeError("This browser cannot make videos: take the GIF");
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d")!;
  const target = new BufferTarget();
  const output = new Output({ format, target });
  const source = new CanvasSource(canvas, { codec, bitrate: 2_000_000 });
  output.addVideoTrack(source);
  await output.start();
  let at = 0;
  for (const { image, delay } of shots) {
    context.putImageData(image, 0, 0);
    await source.add(at, delay / 1000);
    at += delay / 1000;
  }
  await output.finalize();
  return new Blob([target.buffer!], { type: "video/mp4" });
}
