/** The axes of a map: numbers at round steps, and the boundary of the probe where the map shows how far from it codes lie. */

import type { Place } from "./operations.ts";

interface Props {
  /** From the map's units to pixels. */
  at(place: Place): Place;
  readonly width: number;
  readonly height: number;
  /** Whether the first axis is the distance to the boundary. */
  readonly hasBoundary: boolean;
}

/** Pixels between two numbers, at least. */
const APART = 70;
/** Pixels of the lower left corner in which numbers of both axes would lie over each other. */
const CORNER = 30;

/** Lines with their numbers, along the lower and the left edge. */
export function MapAxes({ at, width, height, hasBoundary }: Props) {
  const zero = at({ x: 0, y: 0 });
  const one = at({ x: 1, y: 1 });
  const x = ticksOf(zero.x, one.x - zero.x, width);
  const y = ticksOf(zero.y, one.y - zero.y, height);
  return (
    <g class="map-axes">
      {x.map(({ value, pixel }) => (
        <g key={value}>
          <line x1={pixel} x2={pixel} y1={0} y2={height} />
          {pixel > CORNER && (
            <text x={pixel} y={height - 5} text-anchor="middle">{textOf(value)}</text>
          )}
        </g>
      ))}
      {y.map(({ value, pixel }) => (
        <g key={value}>
          <line x1={0} x2={width} y1={pixel} y2={pixel} />
          {pixel < height - CORNER && <text x={5} y={pixel} dy="-0.25em">{textOf(value)}</text>}
        </g>
      ))}
      {hasBoundary && zero.x > 0 && zero.x < width && (
        <g class="boundary">
          <line x1={zero.x} x2={zero.x} y1={0} y2={height} />
          <text x={zero.x + 5} y={14}>boundary</text>
        </g>
      )}
    </g>
  );
}

/** Round numbers and where they lie; `unit` is the length of 1 in pixels, and may be negative. */
export function ticksOf(zero: number, unit: number, size: number) {
  const least = APART / Math.abs(unit);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least)!;
  const [from, to] = [(0 - zero) / unit, (size - zero) / unit].sort((a, b) => a - b);
  const ticks = [];
  for (let k = Math.ceil(from / step); k * step <= to; k++) {
    const value = Number((k * step).toPrecision(6));
    ticks.push({ value, pixel: zero + value * unit });
  }
  return ticks;
}

function textOf(value: number): string {
  return String(value).replace("-", "−");
}
