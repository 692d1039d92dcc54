/** A figure as PNG of so many dots per inch, which the file tells. */

/// <reference lib="dom" />

/** CSS pixels per inch. */
const INCH = 96;

/** Draws an SVG as PNG. @throws {TypeError} Where the browser cannot. */
export async function pngOf(svg: string, dpi: number): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;base64,${base64(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.naturalWidth * dpi / INCH);
  canvas.height = Math.round(image.naturalHeight * dpi / INCH);
  const context = canvas.getContext("2d")!;
  context.imageSmoothingEnabled = false;
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new TypeError(`Cannot draw ${canvas.width} × ${canvas.height} pixels`);
  return new Blob([withResolution(new Uint8Array(await blob.arrayBuffer()), dpi)], {
    type: "image/png",
  });
}

/** A text as UTF-8 in base64. */
export function base64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters);
}

/** Signature and header of a PNG: what says the resolution comes behind them. */
const HEAD = 8 + 25;

/** The same PNG with a chunk pHYs (PNG, 11.3.5.3): dots per meter. */
export function withResolution(png: Uint8Array, dpi: number): Uint8Array<ArrayBuffer> {
  const chunk = new Uint8Array(21);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, 9);
  chunk.set([0x70, 0x48, 0x59, 0x73], 4);
  const dots = Math.round(dpi / 0.0254);
  view.setUint32(8, dots);
  view.setUint32(12, dots);
  chunk[16] = 1;
  view.setUint32(17, crc32(chunk.subarray(4, 17)));
  const out = new Uint8Array(png.length + chunk.length);
  out.set(png.subarray(0, HEAD));
  out.set(chunk, HEAD);
  out.set(png.subarray(HEAD), HEAD + chunk.length);
  return out;
}

/** The check sum of PNG chunks (ISO 3309). */
function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let k = 0; k < 8; k++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}
