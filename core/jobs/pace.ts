/** How fast a job goes of late, from when its steps were done. */

/** The span that counts, in ms: long enough to hold a look at the model, short enough to notice a change. */
const SPAN = 60_000;
/** Moments that are kept of it. */
const MOMENTS = 60;

/**
 * Steps per second of the last minute. A resumed job makes a new one, so it does not boast of earlier work.
 *
 * @example
 * ```ts
 * import { Pace } from "./pace.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const pace = new Pace();
 * assertEquals(pace.after(10, 5000), undefined);
 * assertEquals(pace.after(20, 7000), 5);
 * ```
 */
export class Pace {
  #moments: { step: number; at: number }[] = [];

  /** Notes that `step` was done at the time `at` in ms. Undefined until a second step is; steps that go back start anew. */
  after(step: number, at: number): number | undefined {
    if (step < (this.#moments.at(-1)?.step ?? 0)) this.#moments = [];
    while (this.#moments.length > 1 && at - this.#moments[1].at > SPAN) this.#moments.shift();
    const [first] = this.#moments;
    const last = this.#moments.at(-1);
    if (!last || at - last.at >= SPAN / MOMENTS) this.#moments.push({ step, at });
    if (!first || step === first.step || at <= first.at) return undefined;
    return (step - first.step) / (at - first.at) * 1000;
  }
}
