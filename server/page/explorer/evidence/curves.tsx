/** Grade and probability along the path: of the edited codes, of the pictures that came of them, and in the eyes of a judge. */

import { areaY, dot, line, type Markish, type PlotOptions, ruleY } from "@observablehq/plot";
import { Chart, type Room } from "../../shared/chart.tsx";
import { inWords } from "../../shared/words.ts";
import type { Frame } from "../operations.ts";
import { useSlot } from "../path/context.ts";
import { shown } from "../path/frame_target.ts";
import type { PathSlot } from "../path/slot.ts";
import type { Stop } from "../path/stops.ts";
import { Attributes } from "./attributes.tsx";

/** A curve: a value per picture, as far as it is there. */
interface Series {
  readonly name: string;
  readonly look: keyof typeof COLORS;
  readonly of: (frame: Frame) => number | null | undefined;
}

/** A chart. */
export interface Curve {
  readonly title: string;
  /** What its numbers are, where the title does not say it. */
  readonly unit?: string;
  readonly series: readonly Series[];
  /** The axis covers at least this. */
  readonly range: readonly [low: number, high: number];
  readonly text: (value: number) => string;
  /** Whether a judge's band is drawn around the targets. */
  readonly banded?: boolean;
}

/** The charts with one legend. */
export function Curves() {
  const slot = useSlot();
  if (!slot.isGraded.value) return null;
  const { names, type } = slot.model.value?.scale ?? { names: [], type: "ORDINAL" };
  const top = type === "CONTINUOUS" ? 1 : Math.max(1, names.length - 1);
  const judged = slot.path.value.frames.some(({ judge }) => judge?.grade != null);
  const isExample = slot.subject.value?.isRebuilt;
  const banded = slot.path.value.frames.some(({ band }) => band != null);
  return (
    <section class="curves" aria-label="Curves">
      <ul class="legend" aria-hidden="true">
        <li class="target">target</li>
        {!isExample && <li class="code">edited code</li>}
        <li class="shown">picture, graded again</li>
        {judged && <li class="judge">picture, in the eyes of the judge</li>}
        {banded && <li class="band">where a judge mostly reads it</li>}
      </ul>
      <div class="curve-pair">
        <CurveChart
          title={type === "CONTINUOUS" ? names[0] : "Grade"}
          range={[0, top]}
          text={(value) => shown(value).replace(/\.0$/, "")}
          banded
          series={[
            { name: "Target", look: "target", of: ({ targetGrade }) => targetGrade },
            { name: "Edited code", look: "code", of: ({ latentGrade }) => latentGrade },
            { name: "Picture", look: "shown", of: ({ imageGrade }) => imageGrade },
            ...judged
              ? [{ name: "Judge", look: "judge" as const, of: ({ judge }: Frame) => judge?.grade }]
              : [],
          ]}
        />
        {!isExample && (
          <CurveChart
            title={`Probability of ${severeSide(names)}`}
            range={[0, 1]}
            text={(value) => `${Math.round(value * 100)} %`}
            series={[
              {
                name: "Edited code",
                look: "code",
                of: ({ latentProbability }) => latentProbability,
              },
              { name: "Picture", look: "shown", of: ({ imageProbability }) => imageProbability },
              ...judged
                ? [{
                  name: "Judge",
                  look: "judge" as const,
                  of: ({ judge }: Frame) => judge?.probability,
                }]
                : [],
            ]}
          />
        )}
        <Measured />
        <Attributes />
      </div>
    </section>
  );
}

/** What the data set measures in the pictures, as the width of a joint space. */
function Measured() {
  const frames = useSlot().stops.value.map(({ frame }) => frame);
  const first = frames.find(({ measured }) => measured)?.measured ?? [];
  return (
    <>
      {first.map(({ name, unit }) => {
        const of = ({ measured }: Frame) => measured?.find((one) => one.name === name)?.value;
        const values = frames.map(of).filter((value) => value != null);
        return values.length > 0 && (
          <CurveChart
            key={name}
            title={inWords(name)}
            unit={unit}
            range={[Math.min(...values), Math.max(...values)]}
            text={(value) => String(Number(value.toPrecision(2))).replace("-", "−")}
            series={[{ name: "Picture", look: "shown", of }]}
          />
        );
      })}
    </>
  );
}

/** What the severe side is. */
function severeSide(_names: readonly string[]): string {
  return "the severe side";
}

/** One chart over the places of the path. */
export function CurveChart(curve: Curve) {
  const slot = useSlot();
  const byTarget = slot.targets.value.some(({ isScore }) => isScore)
    ? "by target in σ"
    : "by target";
  return (
    <figure class="curve">
      <figcaption>
        {curve.title} <small>{[curve.unit, byTarget].filter(Boolean).join(", ")}</small>
      </figcaption>
      <Chart
        role="img"
        aria-label={spoken(curve, slot)}
        here={slot.here}
        draw={(room) => drawing(curve, slot, room)}
      />
    </figure>
  );
}

/** Room for the text below a frame and height of a chart, in the page's letters. */
const [COLUMN, HEIGHT] = [2.8, 12.5];

function drawing(
  { series, range, text, banded }: Curve,
  slot: PathSlot,
  { width, letter }: Room,
): PlotOptions {
  const targets = slot.targets.value;
  const stops = slot.stops.value;
  const values = stops.flatMap(({ frame }) =>
    series.map(({ of }) => of(frame)).filter((value) => value != null)
  );
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
      // A band ends with the scale.
      clamp: true,
      ticks: 4,
      tickFormat: text,
    },
    marks: [
      ...(banded ? [bandOf(stops)] : []),
      ...series.flatMap((one) => marksOf(one, stops)),
    ],
  };
}

const COLORS = {
  target: "var(--quiet)",
  code: "var(--accent)",
  shown: "var(--severe)",
  judge: "var(--third)",
};

/** Where a judge reads pictures in most cases. */
function bandOf(stops: readonly Stop[]): Markish {
  const banded = stops.filter(({ frame }) => frame.band != null && frame.targetGrade != null);
  return areaY(banded, {
    x: "place",
    y1: ({ frame }: Stop) => frame.targetGrade! - frame.band!,
    y2: ({ frame }: Stop) => frame.targetGrade! + frame.band!,
    fill: "var(--third)",
    fillOpacity: 0.14,
  });
}

/** The curve with a mark per frame. */
function marksOf({ look, of }: Series, stops: readonly Stop[]): Markish[] {
  const stroke = COLORS[look];
  const points = stops.flatMap(({ place, frame }) => {
    const y = of(frame);
    return y == null ? [] : [{ x: place, y }];
  });
  const place = { x: "x", y: "y" };
  const frames = points.filter(({ x }) => Number.isInteger(x));
  if (look === "target") {
    const ends = { x1: ({ x }: { x: number }) => x - 0.1, x2: ({ x }: { x: number }) => x + 0.1 };
    return [ruleY(frames, { y: "y", ...ends, stroke, strokeWidth: 2 })];
  }
  return [
    line(points, { ...place, stroke, strokeWidth: 2 }),
    look === "code"
      ? dot(frames, { ...place, r: 3.5, stroke, strokeWidth: 2, fill: "var(--card)" })
      : dot(frames, {
        ...place,
        r: 4,
        symbol: look === "judge" ? "triangle" : "diamond2",
        fill: stroke,
      }),
  ];
}

/** The same in words. */
function spoken({ title, unit, series, text }: Curve, slot: PathSlot): string {
  const frames = slot.stops.value.filter(({ place }) => Number.isInteger(place));
  const curves = series.map(({ name, of }) => {
    const points = frames.map(({ place, frame }) => {
      const value = of(frame);
      return value == null
        ? ""
        : `${slot.targets.value[place].mark}: ${unit ? text(value) : value.toFixed(2)}`;
    });
    return `${name} ${points.filter(Boolean).join(", ") || "not there yet"}`;
  });
  return `${title}. ${curves.join(". ")}`;
}
