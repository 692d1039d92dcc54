/** A map of codes as SVG, readable on light and dark pages. */

import * as Plot from "@observablehq/plot";
import { hexOf } from "@countergrade/countergrade/figures";
import { chart } from "../report/chart.ts";
import { colorOfLabel, type LatentMap, layout, type MapPath } from "./latent_map_layout.ts";
import type { Point } from "./latent_map.ts";

const SIZE = { width: 700, height: 544, marginRight: 180, marginLeft: 40, marginTop: 16 };
/** Right of the plot: from its edge to the dots and the words, and from line to line, in pixels. */
const LEGEND = { dot: 20, words: 32, line: 20, top: 12 };

/**
 * A dot per code in the color of its label, a legend, and where there is a path its edited codes (filled) and the codes of its images
 * (hollow), from the original on.
 */
export function latentMapChart(title: string, map: LatentMap): string {
  const { points, axes, explained, names, path } = map;
  const at = layout(map, { left: 0, top: 0, size: 1 });
  const color = (label: number) => hexOf(colorOfLabel(label, names));
  const axis = (i: number) => ({
    label: axes[i] + (explained ? `, ${(100 * explained[i]).toFixed(1)} % of the variance` : ""),
    ...{ ticks: [], labelOffset: 24 },
  });
  const count = (label: number) => points.filter((point) => point.label === label).length;
  const lines = names.map((name, label) => ({ name: shortened(name, label), label }));
  if (count(-1)) lines.push({ name: "not known", label: -1 });
  return chart(title, [{
    heading: "",
    ...SIZE,
    x: { ...axis(0), domain: [0, 1] },
    y: { ...axis(1), domain: [1, 0] },
    marks: [
      Plot.frame({ stroke: "currentColor", strokeOpacity: 0.3 }),
      Plot.dot(points, {
        x: (point) => at(point).x,
        y: (point) => at(point).y,
        fill: ({ label }) => color(label),
        ...{ r: 3, fillOpacity: 0.9 },
      }),
      ...lines.flatMap(({ name, label }, i) =>
        legendLine(i, `${name} (${count(label)})`, { fill: color(label), r: 5 })
      ),
      ...(path ? pathMarks(path, at, lines.length + 0.7) : []),
    ],
  }]);
}

/** Both lines of a path, and what they are. */
function pathMarks(path: MapPath, at: (point: Point) => Point, below: number): Plot.Markish[] {
  const filled = { className: "second", fill: "currentColor", stroke: "currentColor", r: 3.5 };
  const kinds = [
    { words: "edited codes", places: [path.original, ...path.edited], dots: filled },
    {
      words: "codes of the images",
      places: [path.original, ...path.images],
      dots: { ...filled, fill: "none" },
    },
  ];
  return kinds.flatMap(({ words, places, dots }, i) => {
    const line = {
      className: "second",
      stroke: "currentColor",
      strokeWidth: 2,
      ariaDescription: words,
    };
    return [
      Plot.line(places.map(at), { x: "x", y: "y", ...line, ...(i && { strokeDasharray: "4 3" }) }),
      Plot.dot(places.map(at), { x: "x", y: "y", ...dots }),
      ...legendLine(below + i, words, dots),
    ];
  });
}

function legendLine(line: number, words: string, dot: Plot.DotOptions): Plot.Markish[] {
  const place = { frameAnchor: "top-right", dy: LEGEND.top + line * LEGEND.line } as const;
  return [
    Plot.dot([0], { ...place, ...dot, dx: LEGEND.dot }),
    Plot.text([words], {
      ...{ ...place, dx: LEGEND.words, textAnchor: "start", lineAnchor: "middle" },
      fill: "currentColor",
    }),
  ];
}

/** The name, with its label where it does not say it itself. */
function shortened(name: string, label: number): string {
  const words = name.includes(String(label)) ? name : `${label} ${name}`;
  return words.length > 20 ? `${words.slice(0, 19)}…` : words;
}
