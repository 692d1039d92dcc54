/** The slider along the path: it moves over pictures that were rendered, those asked for and those between them. */

/// <reference lib="dom" />

import { useSlot } from "./path/context.ts";
import { targetText } from "./path/frame_target.ts";
import { goToFrame, stepAlong } from "./path/main.ts";
import { along, goTo, jumpTo } from "./path/position.ts";

/** Which way a key goes, and whether from frame to frame. */
const STEPS: Record<string, { direction: number; byFrame?: boolean }> = {
  ArrowLeft: { direction: -1 },
  ArrowDown: { direction: -1 },
  ArrowRight: { direction: 1 },
  ArrowUp: { direction: 1 },
  PageDown: { direction: -1, byFrame: true },
  PageUp: { direction: 1, byFrame: true },
};

const ENDS: Record<string, number> = { Home: 0, End: 1 };

/** The slider; without a path to go along it is disabled. */
export function Slider() {
  const slot = useSlot();
  const last = slot.last.value;
  const onKey = (event: KeyboardEvent) => {
    if (!(event.key in STEPS) && !(event.key in ENDS)) return;
    event.preventDefault();
    if (event.key in ENDS) return goTo(ENDS[event.key]);
    const { direction, byFrame } = STEPS[event.key];
    stepAlong(slot, direction, byFrame);
  };
  return (
    <>
      <input
        class="along"
        type="range"
        aria-label="Place on the path"
        aria-valuetext={targetText(slot.target.value)}
        min={0}
        max={Math.max(last, 1)}
        step="any"
        disabled={last < 1}
        value={along.value * last}
        onKeyDown={onKey}
        onInput={({ currentTarget }) => jumpTo(currentTarget.valueAsNumber / last)}
        onChange={() => goToFrame(slot, slot.here.value)}
      />
      <div class="ticks" aria-hidden="true">
        {slot.stops.value.map(({ place }) => (
          <i key={place} style={{ left: `${100 * place / Math.max(1, last)}%` }} />
        ))}
      </div>
    </>
  );
}
