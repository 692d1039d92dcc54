/** What else changes along the path, measured from the pixels: something that goes along with the grade may be all that is edited. */

import { dot, line, type PlotOptions, ruleY } from "@observablehq/plot";
import { Chart, type Room } from "../../shared/chart.tsx";
import { useSlot } from "../path/context.ts";
import type { PathSlot } from "../path/slot.ts";
import { useRasters } from "../viewer/raster.ts";
import { type Look, lookOf } from "./look_of.ts";

const LINES = [
  { name: "brightness", of: ({ brightness }: Look) => brightness, color: "var(--second)" },
  { name: "contrast", of: ({ contrast }: Look) => contrast, color: "var(--third)" },
  { name: "sharpness", of: ({ sharpness }: Look) => sharpness, color: "var(--accent)" },
];

interface Point {
  readonly place: number;
  readonly look: Look;
}

/** The chart: changes from the reconstruction, as shares of its own contrast. */
export function Attributes() {
  const slot = useSlot();
  const stops = slot.stops.value;
  const base = slot.path.value.path?.reconstruction?.url;
  const [before, ...rasters] = useRasters([base, ...stops.map(({ frame }) => frame.image?.url)]);
  const points = before
    ? stops.flatMap(({ place }, i) =>
      rasters[i] ? [{ place, look: lookOf(rasters[i], before) }] : []
    )
    : [];
  return (
    <figure class="curve attributes">
      <figcaption>
        What else changes <small>from the reconstruction, % of its contrast</small>
      </figcaption>
      <Chart
        role="img"
        aria-label={spoken(points, slot)}
        here={slot.here}
        draw={(room) => drawing(points, slot, room)}
      />
      <ul class="legend" aria-hidden="true">
        {LINES.map(({ name }) => <li key={name} class={name}>{name}</li>)}
      </ul>
    </figure>
  );
}

function drawing(
  points: readonly Point[],
  slot: PathSlot,
  { width, letter }: Room,
): PlotOptions {
  const targets = slot.targets.value;
  const values = points.flatMap(({ look }) => LINES.map(({ of }) => of(look)));
  const every = Math.max(1, Math.ceil(2.8 * letter * targets.length / (width - 4 * letter)));
  return {
    height: 11 * letter,
    x: {
      domain: [-0.5, Math.max(targets.length, 1) - 0.5],
      ticks: [...targets.keys()].filter((index) => index % every === 0),
      tickFormat: (index: number) => targets[index].mark,
    },
    y: {
      domain: [Math.min(-0.2, ...values), Math.max(0.2, ...values)],
      ticks: 4,
      tickFormat: (value: number) => `${Math.round(100 * value)} %`.replace("-", "−"),
    },
    marks: [
      ruleY([0], { stroke: "var(--quiet)" }),
      ...LINES.flatMap(({ of, color }) => [
        line(points, {
          x: "place",
          y: ({ look }: Point) => of(look),
          stroke: color,
          strokeWidth: 2,
        }),
        dot(points.filter(({ place }) => Number.isInteger(place)), {
          x: "place",
          y: ({ look }: Point) => of(look),
          r: 3,
          fill: color,
        }),
      ]),
    ],
  };
}

function spoken(points: readonly Point[], slot: PathSlot): string {
  const frames = points.filter(({ place }) => Number.isInteger(place));
  const curves = LINES.map(({ name, of }) => {
    const told = frames.map(({ place, look }) =>
      `${slot.targets.value[place]?.mark}: ${Math.round(100 * of(look))} %`
    );
    return `${name} ${told.join(", ") || "not there yet"}`;
  });
  return `What else changes. ${curves.join(". ")}`;
}
