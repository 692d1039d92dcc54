/** Which planes of a volume are seen: a slider for each, beside the click into a plane. */

/// <reference lib="dom" />

import { useMemo } from "preact/hooks";
import type { Volume } from "../operations.ts";
import { crosshair } from "./look.ts";
import { AXES, type Axis, montage, sizeOf, type Voxel, voxelOf } from "./planes.ts";

interface Props {
  readonly volume: Volume;
  /** In voxels. */
  readonly size: Voxel;
}

/** The sliders. */
export function Crosshair({ volume, size }: Props) {
  const at = voxelOf(crosshair.value, size);
  return (
    <div class="crosshair" role="group" aria-label="Planes">
      {AXES.map((axis) => (
        <label key={axis}>
          {volume[axis] ?? `Across ${axis}s`}
          <input
            type="range"
            min={0}
            max={size[axis] - 1}
            value={at[axis]}
            onInput={({ currentTarget }) =>
              lookAt({ ...at, [axis]: currentTarget.valueAsNumber }, size)}
          />
          <small>{at[axis] + 1} of {size[axis]}</small>
        </label>
      ))}
      <p class="note">Click into a plane: the others follow.</p>
    </div>
  );
}

/** Moves the crosshair to a voxel. */
export function lookAt(voxel: Voxel, size: Voxel): void {
  const share = (axis: Axis) => (voxel[axis] + 0.5) / size[axis];
  crosshair.value = { slice: share("slice"), row: share("row"), column: share("column") };
}

/** What is shown of an image: the planes of a volume, a picture as it is. */
export function useShown(
  raster: ImageData | undefined,
  volume: Volume | null | undefined,
): ImageData | undefined {
  const { value: shares } = crosshair;
  return useMemo(() => {
    if (!raster || !volume) return raster;
    const size = sizeOf(raster, volume);
    return montage(raster, size, voxelOf(shares, size));
  }, [raster, volume?.depth, shares]);
}
