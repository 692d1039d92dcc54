/** The slider along the path: a finger moves it freely, keys go from frame to frame. */

/// <reference lib="dom" />

import { frameTargets } from "./path_state.ts";
import { frameIndex, goTo, jumpTo, position } from "./position.ts";

/** How far a key goes; to the ends with infinity. */
const STEPS: Record<string, number> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -4,
  PageUp: 4,
  Home: -Infinity,
  End: Infinity,
};

/** The slider; without a path to go along it is disabled. */
export function Slider() {
  const last = frameTargets.value.length - 1;
  const target = frameTargets.value[frameIndex.value];
  const onKey = (event: KeyboardEvent) => {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    goTo(Math.min(last, Math.max(0, frameIndex.value + STEPS[event.key])));
  };
  return (
    <input
      class="along"
      type="range"
      aria-label="Place on the path"
      aria-valuetext={target && `${target.mark} ${target.name}`}
      min={0}
      max={Math.max(last, 1)}
      step="any"
      disabled={last < 1}
      value={position.value}
      onKeyDown={onKey}
      onInput={({ currentTarget }) => jumpTo(currentTarget.valueAsNumber)}
      onChange={({ currentTarget }) => goTo(Math.round(currentTarget.valueAsNumber))}
    />
  );
}
