/** Which part of a map is looked at: larger and smaller by buttons, keys and wheel, moved by dragging. */

/// <reference lib="dom" />

import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useDrag } from "./drag.ts";
import { WHOLE, zoomed } from "./layout.ts";
import type { Place } from "./operations.ts";

/** The window on a map in an element of this size; the whole again for another map. */
export function useMapView(
  map: object,
  element: RefObject<HTMLElement | null>,
  width: number,
  height: number,
) {
  const [view, setView] = useState(WHOLE);
  useEffect(() => setView(WHOLE), [map]);
  const zoom = (factor: number, around: Place = { x: width / 2, y: height / 2 }) =>
    setView((before) => zoomed(before, factor, around, width, height));
  useEffect(() => {
    const wheel = (event: WheelEvent) => {
      // Without a key the wheel scrolls the page, as everywhere.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 200), pixelOf(event, element.current!));
    };
    element.current?.addEventListener("wheel", wheel, { passive: false });
    return () => element.current?.removeEventListener("wheel", wheel);
  }, [width, height]);
  const drag = useDrag((dx, dy) =>
    setView(({ zoom, ...from }) => ({ zoom, dx: from.dx + dx, dy: from.dy + dy }))
  );
  return { view, zoom, drag, showWhole: () => setView(WHOLE) };
}

/** Where in an element the pointer is. */
export function pixelOf({ clientX, clientY }: MouseEvent, element: HTMLElement): Place {
  const { left, top } = element.getBoundingClientRect();
  return { x: clientX - left, y: clientY - top };
}
