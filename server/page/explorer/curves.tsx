/** Grade and probability along the path: of the edited codes, and of the pictures that came of them. */

import { dot, line, type Markish, type PlotOptions, ruleX, ruleY } from "@observablehq/plot";
import { Chart, type Room } from "../shared/chart.tsx";
import { model } from "./choose/model_state.ts";
import type { Frame } from "./operations.ts";
import { shown } from "./frame_target.ts";
import { frameTargets, path } from "./path_state.ts";
import { position } from "./position.ts";
import { valueAt } from "./value_at.ts";

/** A curve. */
interface Series {
  readonly name: string;
  readonly look: keyof typeof COLORS;
  /** One value per frame, as far as they are there. */
  readonly values: readonly (number | null | undefined)[];
}

interface Curve {
  readonly title: string;
  readonly series: readonly Series[];
  /** The axis covers at least this. */
  readonly range: readonly [low: number, high: number];
  readonly text: (value: number) => string;
}

/** Two charts with one legend. */
export function Curves() {
  const { names, type } = model.value?.scale ?? { names: [], type: "ORDINAL" };
  const byIndex = new Map(path.value.frames.map((frame) => [frame.index, frame]));
  const along = (part: (frame: Frame) => number | null) =>
    frameTargets.value.map((_, i) => byIndex.has(i) ? part(byIndex.get(i)!) : undefined);
  const targets = frameTargets.value.map(({ grade }, i) => byIndex.get(i)?.targetGrade ?? grade);
  const top = type === "CONTINUOUS" ? 1 : Math.max(1, names.length - 1);
  const told = (code: Series["values"], picture: Series["values"]): Series[] => [
    { name: "Edited code", look: "code", values: code },
    { name: "Picture", look: "shown", values: picture },
  ];
  return (
    <section class="curves" aria-label="Curves">
      <ul class="legend" aria-hidden="true">
        <li class="target">target</li>
        <li class="code">edited code</li>
        <li class="shown">picture, graded again</li>
      </ul>
      <div class="curve-pair">
        <Curve
          title={type === "CONTINUOUS" ? names[0] : "Grade"}
          range={[0, top]}
          text={(value) => shown(value).replace(/\.0$/, "")}
          series={[
            { name: "Target", look: "target", values: targets },
            ...told(along((frame) => frame.latentGrade), along((frame) => frame.imageGrade)),
          ]}
        />
        <Curve
          title="Probability of the severe side"
          range={[0, 1]}
          text={(value) => `${Math.round(value * 100)} %`}
          series={told(
            along((frame) => frame.latentProbability),
            along((frame) => frame.imageProbability),
          )}
        />
      </div>
    </section>
  );
}

function Curve(curve: Curve) {
  const byTarget = frameTargets.value.some(({ isScore }) => isScore)
    ? "by target in σ"
    : "by target";
  return (
    <figure class="curve">
      <figcaption>
        {curve.title} <small>{byTarget}</small>
      </figcaption>
      <Chart
        role="img"
        aria-label={spoken(curve)}
        draw={(room) => drawing(curve, room)}
      />
    </figure>
  );
}

/** Room for the text below a frame and height of a chart, in the page's letters. */
const [COLUMN, HEIGHT] = [2.8, 12.5];

function drawing({ series, range, text }: Curve, { width, letter }: Room): PlotOptions {
  const targets = frameTargets.value;
  const values = series.flatMap(({ values }) => values.filter((value) => value != null));
  const every = Math.max(1, Math.ceil(COLUMN * letter * targets.length / (width - 4 * letter)));
  return {
    height: HEIGHT * letter,
    x: {
      domain: [-0.5, Math.max(targets.length, 1) - 0.5],
      ticks: [...targets.keys()].filter((index) => index % every === 0),
      tickFormat: (index: number) => targets[index].mark,
    },
    y: {
      domain: [Math.min(range[0], ...values), Math.max(range[1], ...values)],
      ticks: 4,
      tickFormat: text,
    },
    marks: [
      ruleX([position.value], { stroke: "var(--ink)", strokeDasharray: "2 4" }),
      ...series.flatMap(marksOf),
    ],
  };
}

const COLORS = { target: "var(--quiet)", code: "var(--accent)", shown: "var(--severe)" };

/** The curve with a mark per frame, and a ring where the eye rests. */
function marksOf({ look, values }: Series): Markish[] {
  const stroke = COLORS[look];
  const points = values.flatMap((y, x) => y == null ? [] : [{ x, y }]);
  if (look === "target") {
    const ends = { x1: ({ x }: { x: number }) => x - 0.1, x2: ({ x }: { x: number }) => x + 0.1 };
    return [ruleY(points, { y: "y", ...ends, stroke, strokeWidth: 2 })];
  }
  const y = valueAt(values, position.value);
  const here = y === undefined ? [] : [{ x: position.value, y }];
  const place = { x: "x", y: "y" };
  return [
    line(points, { ...place, stroke, strokeWidth: 2 }),
    look === "code"
      ? dot(points, { ...place, r: 3.5, stroke, strokeWidth: 2, fill: "var(--card)" })
      : dot(points, { ...place, r: 4, symbol: "diamond2", fill: stroke }),
    dot(here, { ...place, r: 7, stroke, opacity: 0.6 }),
  ];
}

/** The same in words. */
function spoken({ title, series }: Curve): string {
  const curves = series.map(({ name, values }) => {
    const points = values.map((value, i) =>
      value == null ? "" : `${frameTargets.value[i].mark}: ${value.toFixed(2)}`
    );
    return `${name} ${points.filter(Boolean).join(", ") || "not there yet"}`;
  });
  return `${title}. ${curves.join(". ")}`;
}
