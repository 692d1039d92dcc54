/** What lies under the pointer, and how large pictures are shown. */

import { crosshair, part, pointed } from "./look.ts";
import { AXES, type Voxel, voxelAt, voxelOf } from "./planes.ts";
import { intensityAt } from "./raster.ts";

interface Props {
  readonly frame?: ImageData;
  readonly original?: ImageData;
  /** Of a pane, px. */
  readonly width: number;
  /** Of three planes: the voxels of their volume. */
  readonly volume?: Voxel;
}

/** Two lines of small print. */
export function PixelValue({ frame, original, width, volume }: Props) {
  const image = frame ?? original;
  if (!image) return <p class="pixel note">&nbsp;</p>;
  const times = (width / image.width * part.value.zoom).toFixed(1);
  return (
    <p class="pixel note">
      <span>
        {volume
          ? `${volume.column} × ${volume.row} × ${volume.slice} voxels`
          : `${image.width} × ${image.height} px`}, shown {times}×
      </span>
      <span>
        {pointed.value &&
          placeText(pointed.value, volume) + valueText(pointed.value, frame, original)}
      </span>
    </p>
  );
}

/** "pixel 3, 4: ", of volumes "slice 2, row 3, column 4: ". */
function placeText({ x, y }: { x: number; y: number }, volume: Voxel | undefined): string {
  if (!volume) return `pixel ${x}, ${y}: `;
  const voxel = voxelAt({ x, y }, volume, voxelOf(crosshair.value, volume));
  return voxel ? AXES.map((axis) => `${axis} ${voxel[axis]}`).join(", ") + ": " : "";
}

function valueText(
  { x, y }: { x: number; y: number },
  frame: ImageData | undefined,
  original: ImageData | undefined,
): string {
  const at = (image: ImageData | undefined) =>
    image && x < image.width && y < image.height ? intensityAt(image, x, y) : undefined;
  const [before, after] = [at(original), at(frame)];
  const text = (value: number | undefined) => value === undefined ? "–" : hundredths(value);
  const change = before === undefined || after === undefined
    ? ""
    : ` (${after > before ? "+" : ""}${hundredths(after - before)})`;
  return `${text(before)} → ${text(after)}${change}`;
}

function hundredths(value: number): string {
  return value.toFixed(2).replace("-", "−").replace("−0.00", "0.00");
}
