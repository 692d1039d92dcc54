/** Compressed frames: which fragments belong to which (PS3.5, A.4). */

import type { DataSet, Element } from "dicom-parser";
import { PIXELS } from "./layout.ts";
import { refused } from "./refused.ts";

/** The bytes of each frame. @throws {FormatError} When fragments cannot be told apart. */
export function encapsulatedFrames(set: DataSet, frames: number): Uint8Array[] {
  const element = set.elements[PIXELS.whole];
  const fragments = element.fragments ?? [];
  const parts = fragments.map(({ position, length }) =>
    (set.byteArray as Uint8Array).subarray(position, position + length)
  );
  if (parts.length === frames) return parts;
  if (frames === 1 && parts.length) return [joined(...parts)];
  const starts = startsOf(set, element, frames);
  if (!starts) {
    throw refused(`expected ${frames} frames, it has ${parts.length} pieces and no list of them`);
  }
  return starts.map((start, frame) => {
    const end = starts[frame + 1] ?? Infinity;
    const own = parts.filter((_, i) => fragments[i].offset >= start && fragments[i].offset < end);
    if (!own.length) throw refused(`frame ${frame + 1} has no pixels`);
    return joined(...own);
  });
}

/** Where frames begin, by the basic table of offsets or the extended one. */
function startsOf(set: DataSet, { basicOffsetTable }: Element, frames: number) {
  if (basicOffsetTable?.length === frames) return basicOffsetTable as number[];
  const extended = set.elements.x7fe00001;
  if (extended?.length !== 8 * frames) return undefined;
  const bytes = set.byteArray as Uint8Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset + extended.dataOffset, extended.length);
  return Array.from({ length: frames }, (_, i) => Number(view.getBigUint64(8 * i, true)));
}

/** Bytes one after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const ITEM = 0xe000_fffe;

/** Tells an element of compressed pixels, where the parser did not, its fragments. */
export function findFragments(set: DataSet): void {
  const element = set.elements[PIXELS.whole];
  if (!element?.hadUndefinedLength) return;
  const bytes = set.byteArray as Uint8Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const items: { offset: number; position: number; length: number }[] = [];
  for (let at = element.dataOffset; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    if (view.getUint32(at, true) !== ITEM || at + 8 + length > bytes.length) break;
    items.push({ offset: 0, position: at + 8, length });
    at += 8 + length;
  }
  const [table, ...fragments] = items;
  if (!fragments.length) throw refused("its compressed pixels are not in pieces");
  const first = fragments[0].position;
  element.encapsulatedPixelData = true;
  element.basicOffsetTable = Array.from(
    { length: table.length >> 2 },
    (_, i) => view.getUint32(table.position + 4 * i, true),
  );
  element.fragments = fragments.map((one) => ({ ...one, offset: one.position - first }));
}
