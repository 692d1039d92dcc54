/** A frame while it is sampled: its part of the strip that the server sends at every few steps. */

/// <reference lib="dom" />

import { useState } from "preact/hooks";
import { useSlot } from "./path/context.ts";

/** White pixels between two frames of a preview. */
const GAP = 2;

/** How wide pictures are: those of volumes hold a plane beside the slice. */
function widthOf([, ...space]: readonly number[]): number {
  return space.length === 3 ? space[2] + 1 + space[0] : space[1];
}

/** The frame as far as it has come; a blank before there is anything. */
export function Preview({ index }: { index: number }) {
  const slot = useSlot();
  const { preview } = slot.path.value;
  const [drawn, setDrawn] = useState<number>();
  if (!preview) return <span class="blank" />;
  const width = widthOf(slot.model.value?.encoder?.imageShape ?? [1, 64, 64]);
  const count = slot.targets.value.length;
  const onLoad = ({ currentTarget: { naturalWidth } }: { currentTarget: HTMLImageElement }) =>
    setDrawn(Math.round((naturalWidth + GAP) / (width + GAP)));
  const style = {
    width: `${(count * width + (count - 1) * GAP) / width * 100}%`,
    marginLeft: `${-index * (width + GAP) / width * 100}%`,
  };
  // Which targets were not reached is known at the end: until then nobody can tell whose picture it is.
  const hidden = drawn !== undefined && drawn !== count;
  return (
    <>
      {hidden && <span class="blank" />}
      <img class="preview" src={preview} alt="" style={style} hidden={hidden} onLoad={onLoad} />
    </>
  );
}
