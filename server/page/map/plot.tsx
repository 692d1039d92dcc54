/** The map itself: thousands of points on a canvas, the path and the chosen point above it. */

/// <reference lib="dom" />

import { useEffect, useMemo, useRef } from "preact/hooks";
import { MapAxes } from "./axes.tsx";
import { MapCard } from "./card.tsx";
import type { Group } from "./groups.ts";
import { layoutOf, nearestTo, nextToward, WHOLE } from "./layout.ts";
import type { LatentMap } from "./operations.ts";
import { drawPoints } from "./canvas.ts";
import { PathOverlay } from "./path.tsx";
import { pixelOf, useMapView } from "./view.ts";
import { useSize } from "../shared/size.ts";

interface Props {
  readonly map: LatentMap;
  readonly groups: readonly Group[];
  /** The group of every point. */
  readonly of: readonly number[];
  readonly hidden: ReadonlySet<number>;
  readonly chosen: number | undefined;
  choose(point: number | undefined): void;
  open(point: number): void;
  /** The image that the explorer shows, by its place in the split. */
  readonly here?: number;
}

/** How near the pointer must be, in pixels. */
const REACH = 18;

const DIRECTIONS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The plot. Arrow keys go from point to point, Enter opens one. */
export function MapPlot({ map, groups, of, hidden, chosen, choose, open, here }: Props) {
  const { element, width } = useSize<HTMLDivElement>();
  const height = Math.round(Math.min(width * 0.9, Math.max(360, 0.72 * innerHeight)));
  const { view, zoom, drag, showWhole } = useMapView(map, element, width, height);
  const canvas = useRef<HTMLCanvasElement>(null);
  const at = useMemo(() => layoutOf(map, width, height, view), [map, width, height, view]);
  const places = useMemo(
    () => map.points.map((point, i) => hidden.has(of[i]) ? undefined : at(point)),
    [at, hidden, of],
  );
  useEffect(() => {
    const draw = () => canvas.current && drawPoints(canvas.current, places, of, width, height);
    draw();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    return () => dark.removeEventListener("change", draw);
  }, [places, width, height]);
  const find = (event: MouseEvent) => nearestTo(places, pixelOf(event, element.current!), REACH);
  const onKeyDown = (event: KeyboardEvent) => {
    const direction = DIRECTIONS[event.key];
    if (event.key === "+" || event.key === "-") return zoom(event.key === "+" ? 1.5 : 1 / 1.5);
    if (event.key === "Escape") return choose(undefined);
    if (event.key === "Enter" && chosen !== undefined) return open(chosen);
    if (!direction) return;
    event.preventDefault();
    const middle = { x: width / 2, y: height / 2 };
    const next = chosen === undefined || !places[chosen]
      ? nearestTo(places, middle, Infinity)
      : nextToward(places, chosen, direction);
    if (next !== undefined) choose(next);
  };
  const shown = here === undefined
    ? undefined
    : places[map.points.findIndex(({ index }) => index === here)];
  const marked = chosen === undefined ? undefined : places[chosen];
  return (
    <>
      <div
        ref={element}
        class="plot"
        role="application"
        aria-roledescription="map"
        aria-label={`${map.points.length} codes. Arrow keys go from point to point, Enter opens one in the explorer.`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        {...drag.handlers}
        onPointerMove={(event) => {
          if (!drag.move(event) && event.pointerType === "mouse") choose(find(event));
        }}
        onPointerLeave={(event) => event.pointerType === "mouse" && choose(undefined)}
        onClick={(event) => {
          const point = drag.moved() ? undefined : find(event);
          if (point === undefined) return;
          // A finger has no way to look first.
          if (drag.byMouse()) open(point);
          else choose(point);
        }}
      >
        <canvas ref={canvas} />
        {width > 0 && (
          <svg width={width} height={height} aria-hidden="true">
            <MapAxes
              at={at}
              width={width}
              height={height}
              hasBoundary={map.axes[0].startsWith("distance to the boundary")}
            />
            {shown && <circle class="here" cx={shown.x} cy={shown.y} r={8} />}
            {map.path && <PathOverlay path={map.path} at={at} scale={map.scale} />}
            {marked && <circle class="ring" cx={marked.x} cy={marked.y} r={9} />}
          </svg>
        )}
        {marked && (
          <MapCard
            map={map}
            point={map.points[chosen!]}
            group={groups[of[chosen!]]}
            place={marked}
            width={width}
          />
        )}
      </div>
      <div class="zoom" role="group" aria-label="Zoom">
        <button type="button" aria-label="Larger" onClick={() => zoom(1.5)}>+</button>
        <button type="button" aria-label="Smaller" onClick={() => zoom(1 / 1.5)}>−</button>
        <button
          type="button"
          aria-label="Whole map"
          disabled={view === WHOLE}
          onClick={showWhole}
        >
          ⤢
        </button>
      </div>
    </>
  );
}
