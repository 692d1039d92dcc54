/** Curves over the steps of a training, with a scale that can be logarithmic, and the figures at a step. */

/// <reference lib="dom" />

import { dot, line as drawnLine, type Markish, ruleX } from "@observablehq/plot";
import { useState } from "preact/hooks";
import { Chart } from "../shared/chart.tsx";
import { rangeOf } from "../shared/range.ts";
import { nearest, thinned } from "./curve.ts";
import type { Line, Panel } from "./panels.ts";

/** A chart. The pointer, or the arrow keys, choose the step whose figures are told. */
export function TrainingChart({ panel: { lines, title }, log, height = 240 }: {
  panel: Panel;
  log: boolean;
  height?: number;
}) {
  const [chosen, setChosen] = useState<number>();
  const points = lines.flatMap(({ curve }) => curve);
  const last = points.reduce((most, { step }) => Math.max(most, step), 1);
  const at = Math.min(chosen ?? last, last);
  const digits = digitsFor(points.map(({ value }) => value));
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
      <Chart
        role="slider"
        tabIndex={0}
        aria-label={`${title} at a step`}
        aria-valuemin={1}
        aria-valuemax={last}
        aria-valuenow={at}
        aria-valuetext={spoken(lines, at)}
        onKeyDown={onKeyDown}
        onPoint={choose}
        onPointerLeave={() => setChosen(undefined)}
        onBlur={() => setChosen(undefined)}
        draw={({ width }) => ({
          height,
          x: { domain: [0, last], tickFormat: "~s", ticks: width / 90 },
          y: log ? { type: "log", tickFormat: "~r" } : {
            tickFormat: (value: number) => shown(value, digits),
            zero: isNearZero(points.map(({ value }) => value)),
            nice: true,
            ticks: 5,
          },
          marks: [
            ...lines.flatMap((line) => marksOf(line, width, log)),
            ruleX(chosen === undefined ? [] : [at], { stroke: "var(--quiet)" }),
          ],
        })}
      />
      <figcaption class="told" aria-live="off">
        {lines.map(({ name, curve, tone, faint }) => (
          <span key={name} data-tone={tone} class={faint ? "faint" : undefined}>
            {name} <b>{shown(nearest(curve, at)?.value, digits)}</b>
          </span>
        ))}
        <span class="quiet">at step {at.toLocaleString("en")}</span>
      </figcaption>
    </figure>
  );
}

const COLORS = { main: "var(--accent)", second: "var(--second)", third: "var(--third)" };

/** As many points as can be seen; a logarithmic scale has no place for those that are not above 0. */
function marksOf({ curve, tone, faint, marked }: Line, count: number, log: boolean): Markish[] {
  const points = thinned(curve, count)
    .filter(({ value }) => Number.isFinite(value) && (!log || value > 0));
  const place = { x: "step", y: "value" };
  const looks = faint ? { strokeWidth: 1, opacity: 0.35 } : { strokeWidth: 2 };
  return [
    drawnLine(points, { ...place, ...looks, stroke: COLORS[tone] }),
    dot(marked && points.length < 60 ? points : [], { ...place, r: 3, fill: COLORS[tone] }),
  ];
}

/** Whether an axis from 0 leaves the values room. */
function isNearZero(values: readonly number[]): boolean {
  const [low, high] = rangeOf(values.filter(Number.isFinite));
  return low <= 2 * (high - low);
}

/** The figures at a step, as screen readers say them. */
function spoken(lines: readonly Line[], step: number): string {
  const figures = lines.map(({ name, curve }) => `${name} ${shown(nearest(curve, step)?.value)}`);
  return `Step ${step}: ${figures.join(", ")}`;
}

/** Significant digits that tell values apart which lie close together. */
export function digitsFor(values: readonly number[]): number {
  const [low, high] = rangeOf(values.filter(Number.isFinite));
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (!(high > low) || !(size > 0)) return 3;
  return Math.min(7, Math.max(3, Math.ceil(Math.log10(size / (high - low))) + 2));
}

function shown(value: number | undefined, digits = 3): string {
  if (value === undefined) return "–";
  return Math.abs(value) < 1e-3 && value !== 0
    ? value.toExponential(1)
    : String(Number(value.toPrecision(digits)));
}
