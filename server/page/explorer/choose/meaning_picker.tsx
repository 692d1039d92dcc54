/** Choosing what a grade means, and whether targets may lie beyond real patients. */

/// <reference lib="dom" />

import { changeMethod, method } from "../path/main.ts";
import { CALIBRATIONS, type Method } from "./method.ts";
import { Check } from "../../shared/check.tsx";

/** A list, and a box to tick. */
export function MeaningPicker() {
  const { calibration, extrapolate } = method.value;
  return (
    <div class="setting">
      <label for="calibration">What a grade means</label>
      <select
        id="calibration"
        value={calibration}
        aria-describedby="calibration-note"
        onChange={({ currentTarget: { value } }) =>
          changeMethod({ calibration: value as Method["calibration"] })}
      >
        {Object.keys(CALIBRATIONS).map((name) => <option key={name} value={name}>{name}</option>)}
      </select>
      <p class="note" id="calibration-note">{CALIBRATIONS[calibration]}</p>
      <Check
        label="Go beyond real patients"
        checked={extrapolate}
        change={(extrapolate) => changeMethod({ extrapolate })}
      />
    </div>
  );
}
