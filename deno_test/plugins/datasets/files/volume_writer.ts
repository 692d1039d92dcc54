/** Writers of tiny volumes, for tests: MetaImage and NIfTI as the published data sets have them. */

import { gzipSync } from "fflate";

/** A volume to write: numbers with the first axis fastest, spacing in mm along i, j, k, axes to right, front, up. */
export interface TinyVolume {
  readonly size: readonly [number, number, number];
  readonly channels?: number;
  readonly spacing: readonly [number, number, number];
  readonly data: ArrayLike<number>;
}

/** A volume from a function of the voxel. */
export function tiny(
  size: TinyVolume["size"],
  spacing: TinyVolume["spacing"],
  value: (i: number, j: number, k: number, channel: number) => number,
  channels = 1,
): TinyVolume {
  const data: number[] = [];
  for (let c = 0; c < channels; c++) {
    for (let k = 0; k < size[2]; k++) {
      for (let j = 0; j < size[1]; j++) {
        for (let i = 0; i < size[0]; i++) data.push(value(i, j, k, c));
      }
    }
  }
  return { size, spacing, data, channels };
}

/** `.mha`, 16 bits; axes run left, back and up in LPS as DICOM has them, so x and y are turned. */
export function mha({ size, spacing, data }: TinyVolume): Uint8Array {
  const header = [
    "ObjectType = Image",
    "NDims = 3",
    "BinaryData = True",
    "BinaryDataByteOrderMSB = False",
    "CompressedData = False",
    "TransformMatrix = -1 0 0 0 -1 0 0 0 1",
    "Offset = 0 0 0",
    `ElementSpacing = ${spacing.join(" ")}`,
    `DimSize = ${size.join(" ")}`,
    "ElementType = MET_SHORT",
    "ElementDataFile = LOCAL\n",
  ].join("\n");
  const text = new TextEncoder().encode(header);
  const out = new Uint8Array(text.length + 2 * data.length);
  out.set(text);
  out.set(new Uint8Array(Int16Array.from(data).buffer), text.length);
  return out;
}

/** `.nii.gz`, float32, with an sform unless it shall not say where it lies. */
export function niiGz(
  { size, spacing, data, channels = 1 }: TinyVolume,
  sform = 1,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(352 + 4 * data.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 348, true);
  [channels > 1 ? 4 : 3, ...size, channels, 1, 1, 1].forEach((n, i) =>
    view.setInt16(40 + 2 * i, n, true)
  );
  view.setInt16(70, 16, true);
  view.setInt16(72, 32, true);
  [1, ...spacing, 1].forEach((mm, i) => view.setFloat32(76 + 4 * i, mm, true));
  view.setFloat32(108, 352, true);
  view.setInt16(254, sform, true);
  spacing.forEach((mm, axis) => view.setFloat32(280 + 16 * axis + 4 * axis, mm, true));
  bytes.set(new TextEncoder().encode("n+1\0"), 344);
  Array.from(data, (value, i) => view.setFloat32(352 + 4 * i, value, true));
  return gzipSync(bytes);
}
