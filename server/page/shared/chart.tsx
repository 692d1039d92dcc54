/** A chart of Observable Plot on the page: as wide as its place, in the colors and letters of the page. */

/// <reference lib="dom" />

import { gridY, plot, type PlotOptions } from "@observablehq/plot";
import type { ReadonlySignal } from "@preact/signals";
import type { HTMLAttributes } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useSize } from "./size.ts";

/** How much room there is, and how large a letter is, in pixels. */
export interface Room {
  readonly width: number;
  readonly letter: number;
}

interface Props extends Omit<HTMLAttributes<HTMLDivElement>, "ref"> {
  /** What to draw. */
  draw(room: Room): PlotOptions;
  /** Where along x somebody looks: a line that moves without the chart being drawn again. */
  readonly here?: ReadonlySignal<number>;
  /** Told where along x the pointer is. */
  onPoint?(x: number): void;
}

/** The chart. Attributes are for the element around it. */
export function Chart({ draw, here, onPoint, ...attributes }: Props) {
  const { element, width, letter } = useSize<HTMLDivElement>();
  const shown = useRef<ReturnType<typeof plot>>(undefined);
  const line = useRef<SVGPathElement>(undefined);
  useLayoutEffect(() => {
    if (width === 0) return;
    shown.current = drawn(draw({ width, letter }), width, letter);
    element.current!.replaceChildren(shown.current);
    if (here) shown.current.append(line.current ??= dashedLine());
    moveLine();
  });
  const moveLine = () => {
    const [x, y] = ["x", "y"].map((name) => shown.current?.scale(name as "x"));
    if (here && x && y) {
      const [bottom, top] = y.range!;
      line.current!.setAttribute("d", `M${x.apply(here.value)} ${top}V${bottom}`);
    }
  };
  useLayoutEffect(() => here?.subscribe(moveLine), [here]);
  const point = ({ clientX }: PointerEvent) => {
    const { left } = element.current!.getBoundingClientRect();
    const x = shown.current?.scale("x")?.invert?.(clientX - left);
    if (x !== undefined) onPoint?.(x);
  };
  return <div {...attributes} ref={element} onPointerMove={onPoint && point} />;
}

function dashedLine(): SVGPathElement {
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("stroke", "var(--ink)");
  line.setAttribute("stroke-dasharray", "2 4");
  return line;
}

function drawn({ marks = [], x, y, ...options }: PlotOptions, width: number, letter: number) {
  const plain = { label: null, tickSize: 0, tickPadding: 0.5 * letter } as const;
  const svg = plot({
    width,
    marginLeft: 3.4 * letter,
    marginRight: letter,
    marginTop: 0.75 * letter,
    marginBottom: 1.7 * letter,
    style: { fontSize: "0.75rem", color: "var(--quiet)", display: "block" },
    x: { ...plain, ...x },
    y: { ...plain, ...y },
    marks: [gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: y?.ticks }), ...marks],
    ...options,
  });
  // The page's policy refuses styles within the document.
  svg.querySelector("style")?.remove();
  // The element around it says what it shows.
  for (const part of svg.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  return svg;
}
