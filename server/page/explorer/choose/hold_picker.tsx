/** Choosing what stays as it is: attributes, and everything outside of a region. */

/// <reference lib="dom" />

import { useState } from "preact/hooks";
import { changeMethod, method, model } from "../path/main.ts";
import { HOLDS, type Method, REGIONS, regionsOf } from "./method.ts";
import { Check } from "../../shared/check.tsx";

/** The choices; folded away unless something is chosen. */
export function HoldPicker() {
  const { hold, region } = method.value;
  const [open] = useState(() => hold.length > 0 || region !== "auto");
  return (
    <details open={open}>
      <summary>What stays as it is</summary>
      <div class="settings">
        <fieldset class="setting">
          <legend>Hold</legend>
          {Object.keys(HOLDS).map((name) => <Held key={name} name={name} />)}
        </fieldset>
        <RegionPicker />
      </div>
    </details>
  );
}

function Held({ name }: { name: string }) {
  const { hold } = method.value;
  const isHeld = (one: string, checked: boolean) => one === name ? checked : hold.includes(one);
  return (
    <Check
      label={HOLDS[name]}
      checked={hold.includes(name)}
      change={(checked) =>
        changeMethod({ hold: Object.keys(HOLDS).filter((one) => isHeld(one, checked)) })}
    />
  );
}

function RegionPicker() {
  const { region } = method.value;
  const scale = model.value?.scale;
  if (!scale) return null;
  return (
    <div class="setting">
      <label for="region">Region of change</label>
      <select
        id="region"
        value={region}
        aria-describedby="region-note"
        onChange={({ currentTarget: { value } }) =>
          changeMethod({ region: value as Method["region"] })}
      >
        {regionsOf(scale).map((name) => <option key={name} value={name}>{name}</option>)}
      </select>
      <p class="note" id="region-note">{REGIONS[region]}</p>
    </div>
  );
}
