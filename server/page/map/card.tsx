/** The image behind a point, beside it. */

import { addressOf } from "../shared/address.ts";
import type { Group } from "./groups.ts";
import type { LatentMap, MapPoint, Place } from "./operations.ts";
import { useMapModel } from "./model.ts";

/** Size of the card with its distance from the point, in pixels. */
const [WIDTH, HEIGHT, GAP] = [148, 190, 16];

/** A card that stays within the plot. */
export function MapCard({ map, point, group, place, width }: {
  map: LatentMap;
  point: MapPoint;
  group: Group;
  place: Place;
  width: number;
}) {
  const left = place.x + GAP + WIDTH > width ? place.x - GAP - WIDTH : place.x + GAP;
  const top = Math.max(0, place.y - HEIGHT / 2);
  const { dataset, split } = map;
  const url = `datasets/${encodeURIComponent(dataset)}/${
    encodeURIComponent(split)
  }/${point.index}.png`;
  return (
    <figure
      class="map-card"
      style={{ left: `${Math.max(0, left)}px`, top: `${top}px`, width: `${WIDTH}px` }}
    >
      <span class="picture">
        <img src={url} alt="" width="64" height="64" />
      </span>
      <figcaption>
        <span role="status">{group.name}, {split} {point.index}</span>
        <a href={hrefOf(useMapModel(), split, point)} tabIndex={-1}>Open in the explorer</a>
      </figcaption>
    </figure>
  );
}

/** Where the explorer starts from a point. */
export function hrefOf(model: string, split: string, { index }: MapPoint): string {
  return addressOf("explorer", { model, split, index: String(index) });
}
