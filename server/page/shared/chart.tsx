/** Curves over the frames of a path, drawn as SVG: axes, lines with marks, and the place that is looked at. */

/// <reference lib="dom" />

import { linearAxis } from "./chart_axis.ts";
import { valueAt } from "./chart_value.ts";
import { useSize } from "./size.ts";

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
  /** What the frames are told apart by. */
  readonly along: string;
  /** What stands below each frame. */
  readonly columns: readonly string[];
  readonly series: readonly Series[];
  /** The axis covers at least this. */
  readonly range: readonly [low: number, high: number];
  readonly at: number;
  readonly text: (value: number) => string;
}

/** Room around the curves, the height of all, and the least room for the text below a frame, in the page's letters. */
const ROOM = { left: 3.1, right: 0.4, top: 0.75, bottom: 1.7, height: 12.5, column: 2.8 };

/** The chart, as wide as its place. */
export function Chart({ title, along, columns, series, range, at, text }: Props) {
  const { element, width, letter } = useSize<HTMLDivElement>();
  const [left, right, top, bottom, height, column] = Object.values(ROOM).map((room) =>
    room * letter
  );
  const values = series.flatMap(({ values }) => values.filter((value) => value != null));
  const low = Math.min(range[0], ...values);
  const high = Math.max(range[1], ...values);
  const { ticks, at: y } = linearAxis(low, high, height - bottom, top, 4);
  const step = (width - left - right) / Math.max(columns.length, 1);
  const x = (index: number) => left + step * (index + 0.5);
  const every = Math.max(1, Math.ceil(column / step));
  return (
    <figure class="curve">
      <figcaption>
        {title} <small>{along}</small>
      </figcaption>
      <div ref={element}>
        <svg width={width} height={height} role="img" aria-label={spoken(title, columns, series)}>
          {ticks.map((tick) => (
            <g key={tick}>
              <line class="grid" x1={left} x2={width - right} y1={y(tick)} y2={y(tick)} />
              <text x={left - 8} y={y(tick)} dy="0.32em" text-anchor="end">{text(tick)}</text>
            </g>
          ))}
          {columns.map((column, i) =>
            i % every === 0 && (
              <text key={i} x={x(i)} y={height - 0.4 * letter} text-anchor="middle">{column}</text>
            )
          )}
          <line class="here" x1={x(at)} x2={x(at)} y1={top} y2={height - bottom} />
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
  return value === undefined ? null : <circle class="around" cx={x} cy={y(value)} r="7" />;
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
