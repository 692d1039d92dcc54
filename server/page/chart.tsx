/** Curves over the frames of a path, drawn as SVG: axes, lines with marks, and the place that is looked at. */

/// <reference lib="dom" />

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ticksOf, valueAt } from "./chart_scale.ts";

/** A curve. */
export interface Series {
  readonly name: string;
  /** Its looks: `target`, `code` or `shown`. */
  readonly look: "target" | "code" | "shown";
  /** One value per frame, as far as they are there. */
  readonly values: readonly (number | null | undefined)[];
}

interface Props {
  readonly title: string;
  /** What stands below each frame. */
  readonly columns: readonly string[];
  readonly series: readonly Series[];
  /** The axis covers at least this. */
  readonly range: readonly [low: number, high: number];
  readonly at: number;
  readonly text: (value: number) => string;
}

/** Room around the curves, and the height of all, in pixels. */
const [LEFT, RIGHT, TOP, BOTTOM, HEIGHT] = [44, 14, 12, 26, 210];

/** The least room for the text below a frame, in pixels. */
const COLUMN = 44;

/** The chart, as wide as its place. */
export function Chart({ title, columns, series, range, at, text }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const values = series.flatMap(({ values }) => values.filter((value) => value != null));
  const ticks = ticksOf(Math.min(range[0], ...values), Math.max(range[1], ...values));
  const [low, high] = [ticks[0], ticks[ticks.length - 1]];
  const step = (width - LEFT - RIGHT) / Math.max(columns.length, 1);
  const x = (index: number) => LEFT + step * (index + 0.5);
  const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low);
  const every = Math.max(1, Math.ceil(COLUMN / step));
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={place}>
        <svg width={width} height={HEIGHT} role="img" aria-label={spoken(title, columns, series)}>
          {ticks.map((tick) => (
            <g key={tick}>
              <line class="grid" x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
              <text x={LEFT - 8} y={y(tick)} dy="0.32em" text-anchor="end">{text(tick)}</text>
            </g>
          ))}
          {columns.map((column, i) =>
            i % every === 0 && (
              <text key={i} x={x(i)} y={HEIGHT - 6} text-anchor="middle">{column}</text>
            )
          )}
          <line class="here" x1={x(at)} x2={x(at)} y1={TOP} y2={HEIGHT - BOTTOM} />
          {series.map(({ name, look, values }) => (
            <g key={name} class={`series ${look}`}>
              <path d={lineOf(values, x, y)} />
              {values.map((value, i) =>
                value != null && <Mark key={i} look={look} x={x(i)} y={y(value)} />
              )}
              <Here value={valueAt(values, at)} x={x(at)} y={y} />
            </g>
          ))}
        </svg>
      </div>
    </figure>
  );
}

function Mark({ look, x, y }: { look: Series["look"]; x: number; y: number }) {
  if (look === "target") return <line x1={x - 6} x2={x + 6} y1={y} y2={y} />;
  if (look === "code") return <circle cx={x} cy={y} r="3.5" />;
  return <path d={`M${x} ${y - 5}l5 5l-5 5l-5-5z`} class="point" />;
}

/** The curve at the place that is looked at. */
function Here({ value, x, y }: { value?: number; x: number; y: (value: number) => number }) {
  return value === undefined ? null : <circle class="halo" cx={x} cy={y(value)} r="7" />;
}

/** A line through the points that are there. */
function lineOf(
  values: Series["values"],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  const points = values.flatMap((value, i) => value == null ? [] : [`${x(i)} ${y(value)}`]);
  return points.length ? `M${points.join("L")}` : "";
}

/** The same in words. */
function spoken(title: string, columns: readonly string[], series: readonly Series[]): string {
  const curves = series.map(({ name, values }) => {
    const points = values.map((value, i) =>
      value == null ? "" : `${columns[i]}: ${value.toFixed(2)}`
    );
    return `${name} ${points.filter(Boolean).join(", ") || "not there yet"}`;
  });
  return `${title}. ${curves.join(". ")}`;
}

function useWidth(place: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(320);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([{ contentRect }]) => setWidth(contentRect.width));
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  return width;
}
