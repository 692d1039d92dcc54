/** Curves over the steps of a training, with a scale that can be logarithmic, and the figures at a step. */

/// <reference lib="dom" />

import { useState } from "preact/hooks";
import { linearAxis, logAxis, tickText } from "../shared/chart_axis.ts";
import { nearest, thinned } from "./curve.ts";
import type { Line, Panel } from "./panels.ts";
import { useSize } from "../shared/size.ts";

const MARGIN = { left: 52, right: 14, top: 10, bottom: 26 };

/** A chart. The pointer, or the arrow keys, choose the step whose figures are told. */
export function Chart({ panel, log, height = 240 }: {
  panel: Panel;
  log: boolean;
  height?: number;
}) {
  const { element, width } = useSize<HTMLDivElement>();
  const [chosen, setChosen] = useState<number>();
  const { lines, title } = panel;
  const all = lines.flatMap(({ curve }) => curve);
  const last = all.reduce((most, { step }) => Math.max(most, step), 1);
  const values = all.map(({ value }) => value).filter((value) =>
    Number.isFinite(value) && (!log || value > 0)
  );
  const [low, high] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
  const x = linearAxis(0, last, MARGIN.left, Math.max(width, 120) - MARGIN.right, width / 90);
  const axis = log ? logAxis : linearAxis;
  // A little room, so that no line runs along the frame.
  const room = log ? 1 : 0.06 * (high - low || Math.abs(high) || 1);
  const from = log || low < room || low > 2 * (high - low) ? low - (log ? 0 : room) : 0;
  const y = axis(from, high + (log ? 0 : room), height - MARGIN.bottom, MARGIN.top, 5);
  const at = Math.min(chosen ?? last, last);
  const choose = (step: number) => setChosen(Math.max(1, Math.min(last, Math.round(step))));
  const onKeyDown = (event: KeyboardEvent) => {
    const stride = Math.max(1, Math.round(last / 50));
    const moves: Record<string, number> = {
      ArrowLeft: at - stride,
      ArrowDown: at - stride,
      ArrowRight: at + stride,
      ArrowUp: at + stride,
      Home: 1,
      End: last,
    };
    if (!(event.key in moves)) return;
    event.preventDefault();
    choose(moves[event.key]);
  };
  return (
    <figure class="curves">
      <div ref={element}>
        {width > 0 && values.length > 0 && (
          <svg
            width={width}
            height={height}
            role="slider"
            tabIndex={0}
            aria-label={`${title} at a step`}
            aria-valuemin={1}
            aria-valuemax={last}
            aria-valuenow={at}
            aria-valuetext={spoken(lines, at)}
            onKeyDown={onKeyDown}
            onPointerMove={({ offsetX }) => choose(x.value(offsetX))}
            onPointerLeave={() => setChosen(undefined)}
            onBlur={() => setChosen(undefined)}
          >
            {y.ticks.map((tick) => (
              <g key={tick} class="tick">
                <line x1={MARGIN.left} x2={width - MARGIN.right} y1={y.at(tick)} y2={y.at(tick)} />
                <text x={MARGIN.left - 8} y={y.at(tick)} dy="0.32em" text-anchor="end">
                  {tickText(tick)}
                </text>
              </g>
            ))}
            {x.ticks.map((tick) => (
              <text key={tick} class="tick" x={x.at(tick)} y={height - 6} text-anchor="middle">
                {tickText(tick)}
              </text>
            ))}
            {lines.map((line) => (
              <Drawn key={line.name} line={line} x={x.at} y={y.at} count={width} />
            ))}
            {chosen !== undefined && (
              <line class="cursor" x1={x.at(at)} x2={x.at(at)} y1={MARGIN.top} y2={y.at(from)} />
            )}
          </svg>
        )}
      </div>
      <figcaption class="told" aria-live="off">
        {lines.map(({ name, curve, tone, faint }) => (
          <span key={name} data-tone={tone} class={faint ? "faint" : undefined}>
            {name} <b>{shown(nearest(curve, at)?.value)}</b>
          </span>
        ))}
        <span class="quiet">at step {at.toLocaleString("en")}</span>
      </figcaption>
    </figure>
  );
}

function Drawn({ line, x, y, count }: {
  line: Line;
  x(step: number): number;
  y(value: number): number;
  count: number;
}) {
  const points = thinned(line.curve, count).filter(({ value }) => Number.isFinite(value));
  const d = points.map(({ step, value }, i) =>
    `${i ? "L" : "M"}${x(step).toFixed(1)} ${y(value).toFixed(1)}`
  ).join("");
  return (
    <g data-tone={line.tone} class={line.faint ? "faint" : undefined}>
      <path d={d} />
      {line.marked && points.length < 60 &&
        points.map(({ step, value }) => <circle key={step} cx={x(step)} cy={y(value)} r={3} />)}
    </g>
  );
}

/** The figures at a step, as screen readers say them. */
function spoken(lines: readonly Line[], step: number): string {
  const figures = lines.map(({ name, curve }) => `${name} ${shown(nearest(curve, step)?.value)}`);
  return `Step ${step}: ${figures.join(", ")}`;
}

function shown(value: number | undefined): string {
  if (value === undefined) return "–";
  return Math.abs(value) < 1e-3 && value !== 0
    ? value.toExponential(1)
    : String(Number(value.toPrecision(3)));
}
