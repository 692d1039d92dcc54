/** The colors of differences with what they stand for; the range is the same for all paths until somebody changes it. */

import { hexOf } from "@countergrade/countergrade/figures";
import { differenceColor } from "./paint.ts";
import { range, RANGES } from "./look.ts";

const STOPS = Array.from({ length: 11 }, (_, i) => hexOf(differenceColor(i / 5 - 1, 1)));

/** A bar with its ends, and the choice of the range. */
export function ColorBar() {
  const { value } = range;
  return (
    <span class="color-bar">
      <label>
        <span class="spoken">Full color at a difference of intensity of</span>
        <select
          value={String(value)}
          onChange={({ currentTarget }) => range.value = Number(currentTarget.value)}
        >
          {RANGES.map((range) => <option key={range} value={String(range)}>±{range}</option>)}
        </select>
      </label>
      <small>−{value}</small>
      <i style={{ background: `linear-gradient(90deg, ${STOPS.join()})` }} />
      <small>+{value}</small>
    </span>
  );
}
