/** A path drawn through a map: where the edited codes lie, and where the rendered images do. */

import type { LatentMap, Place } from "./operations.ts";
import { severity } from "../shared/severity.ts";

interface Props {
  readonly path: NonNullable<LatentMap["path"]>;
  readonly scale: LatentMap["scale"];
  at(place: Place): Place;
}

/** The line from frame to frame, with the number of each; a thin line leads to its image. */
export function PathOverlay({ path, scale, at }: Props) {
  const edited = path.edited.map(at);
  const images = path.images.map(at);
  const original = at(path.original);
  const line = edited.map(({ x, y }) => `${x},${y}`).join(" ");
  // As many frames as grades are one per grade; otherwise they are numbered in their order.
  const byGrade = edited.length === scale.names.length;
  return (
    <g class="path">
      <polyline class="halo" points={line} />
      <polyline points={line} />
      {images.map((image, i) => (
        <line key={i} class="miss" x1={edited[i].x} y1={edited[i].y} x2={image.x} y2={image.y} />
      ))}
      {images.map(({ x, y }, i) => (
        <rect key={i} class="image" x={x - 9} y={y - 9} width={18} height={18} />
      ))}
      <circle class="original" cx={original.x} cy={original.y} r={6} />
      {edited.map(({ x, y }, i) => (
        <g key={i} style={severity(i, edited.length)}>
          <circle class="frame" cx={x} cy={y} r={9} />
          <text x={x} y={y} dy="0.36em" text-anchor="middle">{byGrade ? i : i + 1}</text>
        </g>
      ))}
    </g>
  );
}
