/** A map of codes as SVG, readable on light and dark pages. */

import { hexOf } from "@countergrade/countergrade/images";
import { escaped } from "../report/chart_svg.ts";
import { colorOfLabel, type LatentMap, layout } from "./latent_map_layout.ts";
import type { Point } from "./latent_map.ts";

const BOX = { left: 40, top: 16, size: 480 };
const LEGEND = BOX.left + BOX.size + 20;
const WIDTH = LEGEND + 160;
const HEIGHT = BOX.top + BOX.size + 44;

const STYLE = `
  .page { fill: #fff } .ink { fill: #222 } .frame { fill: none; stroke: #bbb }
  .dot { stroke: #fff; stroke-width: 0.6 }
  .way { fill: none; stroke: #b3261e; stroke-width: 2 } .way.shown { stroke-dasharray: 4 3 }
  .stop { fill: #b3261e; stroke: #fff } .stop.shown { fill: #fff; stroke: #b3261e }
  @media (prefers-color-scheme: dark) {
    .page { fill: #16181c } .ink { fill: #e8e8e8 } .frame { stroke: #555 } .dot { stroke: #16181c }
    .way { stroke: #ff8a80 } .stop { fill: #ff8a80; stroke: #16181c } .stop.shown { fill: #16181c; stroke: #ff8a80 }
  }`;

/**
 * An SVG of 700 × 540: a dot per code in the color of its label, a legend, and where there is a path its edited codes (solid line) and
 * the codes of its images (dashed), from the original on.
 */
export function mapSvg(title: string, map: LatentMap): string {
  const { points, axes, explained, names, path } = map;
  const at = layout(map, BOX);
  const place = ({ x, y }: Point) => ({ x: round(x), y: round(y) });
  const dot = (point: Point, r: number, more: string) => {
    const { x, y } = place(point);
    return `<circle cx="${x}" cy="${y}" r="${r}" ${more}/>`;
  };
  const color = (label: number) => hexOf(colorOfLabel(label, names));
  const axis = (i: number) =>
    escaped(axes[i] + (explained ? `, ${(100 * explained[i]).toFixed(1)} % of the variance` : ""));
  const way = (stops: readonly Point[], kind: string) => [
    `<polyline class="way ${kind}" points="${
      stops.map((stop) => {
        const { x, y } = place(at(stop));
        return `${x},${y}`;
      }).join(" ")
    }"/>`,
    ...stops.map((stop) => dot(at(stop), 3.5, `class="stop ${kind}"`)),
  ];
  const count = (label: number) => points.filter((point) => point.label === label).length;
  const legend = names.flatMap((name, label) => {
    const y = BOX.top + 12 + 20 * label;
    return [
      dot({ x: LEGEND, y }, 5, `class="dot" fill="${color(label)}"`),
      `<text class="ink" x="${LEGEND + 12}" y="${y + 4}">${escaped(shortened(name, label))} (${
        count(label)
      })</text>`,
    ];
  });
  const below = BOX.top + 12 + 20 * names.length + 14;
  const key = (line: number, kind: string, words: string) => {
    const y = below + 20 * line;
    return `<line class="way ${kind}" x1="${LEGEND - 6}" y1="${y}" x2="${LEGEND + 8}" y2="${y}"/>` +
      `<text class="ink" x="${LEGEND + 14}" y="${y + 4}">${words}</text>`;
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" ` +
    `font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="page" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<rect class="frame" x="${BOX.left}" y="${BOX.top}" width="${BOX.size}" height="${BOX.size}"/>`,
    ...points.map((point) => dot(at(point), 3, `class="dot" fill="${color(point.label)}"`)),
    ...(path
      ? [
        ...way([path.original, ...path.edited], "edited"),
        ...way([path.original, ...path.images], "shown"),
        key(0, "edited", "edited codes"),
        key(1, "shown", "codes of the images"),
      ]
      : []),
    ...legend,
    `<text class="ink" x="${BOX.left + BOX.size / 2}" y="${HEIGHT - 12}" text-anchor="middle">${
      axis(0)
    }</text>`,
    `<text class="ink" transform="translate(22 ${
      BOX.top + BOX.size / 2
    }) rotate(-90)" text-anchor="middle">${axis(1)}</text>`,
    "</svg>\n",
  ].join("\n");
}

/** The name, with its label where it does not say it itself. */
function shortened(name: string, label: number): string {
  const words = name.includes(String(label)) ? name : `${label} ${name}`;
  return words.length > 20 ? `${words.slice(0, 19)}…` : words;
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
