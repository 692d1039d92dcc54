/** What is known of a training, gathered from the events of its runs. */

import { type Curve, extended, type Point } from "./curve.ts";
import type { JobEvent } from "../jobs/operations.ts";

/** A picture that a training showed. */
export interface Sample {
  readonly step: number;
  readonly url: string;
}

/** A training. */
export interface Training {
  /** By the name of the figure. */
  readonly curves: Readonly<Record<string, Curve>>;
  /** By what the pictures show. */
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
  readonly warnings: readonly string[];
  /** The first step that was told; above 1 where a run goes on from a checkpoint. */
  readonly first?: number;
  readonly step: number;
  readonly total: number;
  readonly message: string;
  readonly imagesPerSecond?: number;
  /** In s. */
  readonly secondsLeft?: number;
}

export const UNKNOWN: Training = {
  curves: {},
  samples: {},
  warnings: [],
  step: 0,
  total: 0,
  message: "",
};

/** The training after some more events. */
export function afterEvents(before: Training, events: readonly JobEvent[]): Training {
  const points = new Map<string, Point[]>();
  const samples: Record<string, readonly Sample[]> = { ...before.samples };
  let training = before;
  for (const event of events) {
    if (event.__typename === "Progress") {
      const { step, total, metrics } = event;
      // Reading images comes before the first step, and counts something else.
      const counts = metrics !== null;
      training = {
        ...training,
        step: counts || training.first === undefined ? step : training.step,
        total: counts || training.first === undefined ? total : training.total,
        first: training.first ?? (counts ? step : undefined),
        message: event.message ?? "",
        imagesPerSecond: event.imagesPerSecond ?? training.imagesPerSecond,
        secondsLeft: event.secondsLeft ?? training.secondsLeft,
      };
      for (const [name, value] of Object.entries(metrics ?? {})) {
        if (!points.has(name)) points.set(name, []);
        points.get(name)!.push({ step, value });
      }
    }
    if (event.__typename === "TrainingSample" && event.sample) {
      const label = event.label ?? "Samples";
      const sample = { step: event.step, url: event.sample.url };
      samples[label] = [
        ...(samples[label] ?? []).filter(({ step }) => step < sample.step),
        sample,
      ];
    }
    if (event.__typename === "Warning" && !training.warnings.includes(event.warning)) {
      training = { ...training, warnings: [...training.warnings, event.warning] };
    }
  }
  const curves = { ...training.curves };
  for (const [name, more] of points) curves[name] = extended(curves[name] ?? [], more);
  return { ...training, curves, samples };
}

/** A run that goes on from a checkpoint, behind the run before it. */
export function continued(earlier: Training, later: Training): Training {
  const { first } = later;
  if (first === undefined) return earlier;
  const names = new Set([...Object.keys(earlier.curves), ...Object.keys(later.curves)]);
  const curves = Object.fromEntries(
    [...names].map((name) => [
      name,
      extended(
        (earlier.curves[name] ?? []).filter(({ step }) => step < first),
        later.curves[name] ?? [],
      ),
    ]),
  );
  const labels = new Set([...Object.keys(earlier.samples), ...Object.keys(later.samples)]);
  const samples = Object.fromEntries(
    [...labels].map((label) => [
      label,
      [
        ...(earlier.samples[label] ?? []).filter(({ step }) => step < first),
        ...later.samples[label] ?? [],
      ],
    ]),
  );
  return { ...later, curves, samples };
}
