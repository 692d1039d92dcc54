/** RLE of DICOM (PS3.5 annex G): one segment per byte of a sample, each packed by PackBits. */

import { refusal } from "../../refusal.ts";

const refused = refusal("Cannot read the DICOM file: RLE");

/**
 * One frame.
 *
 * @param size Bytes of the frame.
 * @param width Bytes of a sample.
 * @param samples Samples of a pixel.
 * @returns Little-endian samples `[pixel, sample]`.
 * @throws {FormatError} When the segments are not as many as needed, or one is damaged.
 */
export function decodeRle(
  bytes: Uint8Array,
  size: number,
  width: number,
  samples: number,
): Uint8Array {
  const segments = width * samples;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 64 || view.getUint32(0, true) !== segments) {
    throw refused(
      `expected ${segments} segments, it says ${
        bytes.length < 64 ? "nothing" : view.getUint32(0, true)
      }`,
    );
  }
  const starts = Array.from({ length: segments }, (_, i) => view.getUint32(4 + 4 * i, true));
  const pixels = size / segments;
  const out = new Uint8Array(size);
  starts.forEach((start, segment) => {
    const end = starts[segment + 1] ?? bytes.length;
    if (start < 64 || start > end || end > bytes.length) throw refused("a segment lies outside");
    // The most significant byte of a sample comes first.
    const sample = Math.floor(segment / width);
    const place = sample * width + (width - 1 - segment % width);
    unpack(bytes.subarray(start, end), pixels, (i, value) => out[i * segments + place] = value);
  });
  return out;
}

function unpack(packed: Uint8Array, pixels: number, put: (i: number, value: number) => void): void {
  let at = 0;
  let done = 0;
  while (done < pixels) {
    if (at >= packed.length) throw refused(`a segment ends after ${done} of ${pixels} pixels`);
    const control = packed[at++];
    if (control === 128) continue;
    const literal = control < 128;
    const count = Math.min(literal ? control + 1 : 257 - control, pixels - done);
    if (at + (literal ? count : 1) > packed.length) throw refused("a segment is cut off");
    for (let i = 0; i < count; i++) put(done + i, packed[literal ? at + i : at]);
    at += literal ? control + 1 : 1;
    done += count;
  }
}
