/** What can be done with pictures: the ways to compare them, window, zoom, and the keys for all of it. */

/// <reference lib="dom" />

import {
  drag,
  flicker,
  intensities,
  isUsual,
  mode,
  MODES,
  moveBy,
  overlay,
  reference,
  REFERENCES,
  reset,
  smooth,
  type Window,
  zoomBy,
} from "./look.ts";
import { Check } from "../../shared/check.tsx";

/** The tools; those that are seldom needed are folded away. */
export function Tools() {
  return (
    <div class="tools">
      <div class="modes" role="group" aria-label="View">
        {Object.entries(MODES).map(([name, title]) => (
          <button
            key={name}
            type="button"
            data-mode={name}
            aria-pressed={mode.value === name}
            onClick={() => mode.value = name as keyof typeof MODES}
          >
            {title}
          </button>
        ))}
      </div>
      <button
        type="button"
        class="flicker"
        title="Hold, or hold the key F: the original in the place of the frame"
        aria-pressed={flicker.value}
        onPointerDown={() => flicker.value = true}
        onPointerUp={() => flicker.value = false}
        onPointerLeave={() => flicker.value = false}
        onKeyDown={({ key }) => {
          if (key === " " || key === "Enter") flicker.value = true;
        }}
        onKeyUp={() => flicker.value = false}
        onBlur={() => flicker.value = false}
      >
        Flicker
      </button>
      <details class="more-tools">
        <summary>Adjust</summary>
        <div class="tool-panel">
          <Zoom />
          <Windowing />
          <Comparing />
        </div>
      </details>
    </div>
  );
}

function Zoom() {
  return (
    <div class="tool-row" role="group" aria-label="Zoom">
      <button type="button" aria-label="Larger" onClick={() => zoomBy(1.5)}>+</button>
      <button type="button" aria-label="Smaller" onClick={() => zoomBy(1 / 1.5)}>−</button>
      {MOVES.map(({ name, sign, dx, dy }) => (
        <button
          key={name}
          type="button"
          aria-label={name}
          onClick={() => moveBy(dx, dy)}
        >
          {sign}
        </button>
      ))}
      <button type="button" disabled={isUsual.value} onClick={reset}>Reset</button>
    </div>
  );
}

const MOVES = [
  { name: "To the left", sign: "←", dx: -0.2, dy: 0 },
  { name: "To the right", sign: "→", dx: 0.2, dy: 0 },
  { name: "Up", sign: "↑", dx: 0, dy: -0.2 },
  { name: "Down", sign: "↓", dx: 0, dy: 0.2 },
];

function Windowing() {
  const { level, width, inverted } = intensities.value;
  const change = (news: Partial<Window>) => intensities.value = { ...intensities.value, ...news };
  return (
    <>
      <Amount
        label="Brightness"
        min={-1}
        max={1}
        value={-level}
        change={(value) => change({ level: -value })}
      />
      <Amount
        label="Contrast"
        min={-2}
        max={-0.05}
        value={-width}
        change={(value) => change({ width: -value })}
      />
      <div class="tool-row">
        <Check label="Invert" checked={inverted} change={(inverted) => change({ inverted })} />
        <Check label="Smooth pixels" checked={smooth.value} change={(on) => smooth.value = on} />
        <Check
          label="Drag moves"
          checked={drag.value === "move"}
          change={(on) => drag.value = on ? "move" : "window"}
        />
      </div>
    </>
  );
}

function Comparing() {
  return (
    <>
      <Amount
        label="Difference laid over"
        min={0}
        max={1}
        value={overlay.value}
        change={(value) => overlay.value = value}
      />
      <label class="tool-row">
        Compare with
        <select
          value={reference.value}
          onChange={({ currentTarget }) =>
            reference.value = currentTarget.value as keyof typeof REFERENCES}
        >
          {Object.entries(REFERENCES).map(([name, title]) => (
            <option key={name} value={name}>{title}</option>
          ))}
        </select>
      </label>
      <p class="note">
        Wheel: zoom. Drag: window (sideways contrast, up and down brightness), with Shift: move.
      </p>
    </>
  );
}

interface AmountProps {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly value: number;
  change(value: number): void;
}

function Amount({ label, min, max, value, change }: AmountProps) {
  return (
    <label class="amount">
      {label}
      <input
        type="range"
        min={min}
        max={max}
        step={0.01}
        value={value}
        onInput={({ currentTarget }) => change(currentTarget.valueAsNumber)}
      />
    </label>
  );
}
