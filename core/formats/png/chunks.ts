/** The chunks that a PNG file is a row of: to tell them apart, and to write them. */

import { crc32 } from "node:zlib";
import { refusal } from "../../refusal.ts";

/** Makes the error of a file that is not read. */
export const refused = refusal("Cannot decode PNG");

/** How every file begins. */
export const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** A part of a PNG file. */
export interface PngChunk {
  /** As `IDAT`. */
  readonly type: string;
  /** With length, type and CRC. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

/** Whether bytes begin as PNG does. */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/**
 * The chunks of a PNG file, from its header to its end. Their content and CRC are not looked at.
 *
 * @throws {FormatError} When the file is truncated, or has not exactly one header.
 */
export function pngChunks(bytes: Uint8Array): PngChunk[] {
  if (!isPng(bytes)) throw refused("it has no PNG signature");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks: PngChunk[] = [];
  let at = 8;
  while (chunks.at(-1)?.type !== "IEND") {
    if (at + 12 > bytes.length) throw refused("it is truncated");
    const length = view.getUint32(at);
    const end = at + 12 + length;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (end > bytes.length) throw refused(`its chunk ${JSON.stringify(type)} is truncated`);
    chunks.push({ type, whole: bytes.subarray(at, end), content: bytes.subarray(at + 8, end - 4) });
    at = end;
  }
  if (chunks.filter(({ type }) => type === "IHDR").length !== 1) {
    throw refused("expected one header");
  }
  return chunks;
}

/** Refuses a chunk that is not as it was written. @throws {FormatError} */
export function checkSum({ type, whole }: PngChunk): void {
  const told = new DataView(whole.buffer, whole.byteOffset, whole.length).getUint32(
    whole.length - 4,
  );
  if (crc32(whole.subarray(4, -4)) !== told) {
    throw refused(`the CRC of its chunk "${type}" is wrong`);
  }
}

/** A chunk as it is written: length, type, content and checksum. */
export function chunk(type: string, content: Uint8Array): Uint8Array {
  const body = joined([new TextEncoder().encode(type), content]);
  return joined([words(content.length), body, words(crc32(body))]);
}

/** Unsigned 32-bit numbers, big endian. */
export function words(...values: number[]): Uint8Array {
  const out = new Uint8Array(4 * values.length);
  const view = new DataView(out.buffer);
  values.forEach((value, i) => view.setUint32(4 * i, value));
  return out;
}

/** Bytes one after the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
