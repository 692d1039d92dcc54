/** Curves of a training: figures by step. */

/** A figure at a step. */
export interface Point {
  readonly step: number;
  readonly value: number;
}

/** A curve; its steps rise. */
export type Curve = readonly Point[];

/**
 * A curve with points added behind. A training that goes on from its checkpoint repeats some steps: what was known of them and
 * later ones gives way.
 */
export function extended(curve: Curve, points: Curve): Curve {
  if (!points.length) return curve;
  const kept = curve.length && curve.at(-1)!.step >= points[0].step
    ? curve.slice(0, firstAt(curve, points[0].step))
    : curve;
  const out = [...kept];
  for (const point of points) {
    while (out.length && out.at(-1)!.step >= point.step) out.pop();
    out.push(point);
  }
  return out;
}

/** The index of the first point at a step or after it; the length when there is none. */
export function firstAt(curve: Curve, step: number): number {
  let [low, high] = [0, curve.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (curve[middle].step < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The point nearest to a step. */
export function nearest(curve: Curve, step: number): Point | undefined {
  const at = firstAt(curve, step);
  const [before, after] = [curve[at - 1], curve[at]];
  if (!before || !after) return before ?? after;
  return step - before.step <= after.step - step ? before : after;
}

/** Running mean that forgets: of each point a share goes in, as the trainings of encoders do it. */
export function smoothed(curve: Curve, share = 0.02): Curve {
  let mean: number | undefined;
  return curve.map(({ step, value }) => {
    mean = mean === undefined ? value : (1 - share) * mean + share * value;
    return { step, value: mean };
  });
}

/** At most about `count` points, evenly over the steps, and always the last: more than pixels cannot be seen. */
export function thinned(curve: Curve, count: number): Curve {
  if (curve.length <= count) return curve;
  const stride = curve.length / count;
  const out = Array.from({ length: count }, (_, i) => curve[Math.floor(i * stride)]);
  return [...out, curve.at(-1)!];
}
