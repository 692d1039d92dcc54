/** The large frame at the slider's place, where two stored frames fade into each other, and the heat map that may lie over it. */

import { computed, signal } from "@preact/signals";
import { models } from "./choose/model_state.ts";
import { Fade } from "./fade.tsx";
import { frameTargets, path, subject } from "./path_state.ts";
import { frameIndex, position } from "./position.ts";
import { Preview } from "./preview.tsx";

/** How strongly the heat map lies over the frame, from 0 to 1. */
const overlay = signal(0);

const frames = computed(() => urlsOf("image"));
/** Heat maps of the frames, as far as they are there. */
export const differences = computed(() => urlsOf("difference"));

function urlsOf(part: "image" | "difference"): (string | undefined)[] {
  const urls: (string | undefined)[] = frameTargets.value.map(() => undefined);
  for (const frame of path.value.frames) urls[frame.index] = frame[part]?.url;
  return urls;
}

/** The frame; a preview of it while it is sampled. */
export function SliderFrame() {
  const target = frameTargets.value[frameIndex.value];
  const there = frames.value[frameIndex.value] !== undefined;
  const title = target && `${target.mark} ${target.name}`;
  return (
    <figure class="large">
      <span class="picture">
        {subject.value || !models.value
          ? <Preview index={frameIndex.value} />
          : <span class="invite">Drop an image of your own here</span>}
        {there && <Fade urls={frames.value} at={position.value} alt={`The image at ${title}`} />}
        <span class="heat" style={{ opacity: overlay.value }}>
          {there && <Fade urls={differences.value} at={position.value} alt="" />}
        </span>
      </span>
      <figcaption>
        <label for="overlay">Difference laid over</label>
        <input
          id="overlay"
          type="range"
          min={0}
          max={1}
          step={0.05}
          disabled={!there}
          value={overlay.value}
          aria-valuetext={`${Math.round(overlay.value * 100)} %`}
          onInput={({ currentTarget }) => overlay.value = currentTarget.valueAsNumber}
        />
        <small>
          <i class="swatch brighter" />brighter <i class="swatch darker" />darker
        </small>
      </figcaption>
      <HeatFilter />
    </figure>
  );
}

/**
 * Makes a heat map, white where nothing changed, into color that is clear there: red and blue by which of them outweighs the
 * other, as opaque as green is missing. The style sheet refers to it.
 */
function HeatFilter() {
  const values = [
    [2.5, 0, -2.5, 0, 0.6],
    [0, 0, 0, 0, 0.4],
    [-2.5, 0, 2.5, 0, 0.6],
    [0, -1.6, 0, 0, 1.6],
  ];
  return (
    <svg class="filter" aria-hidden="true" width="0" height="0">
      <filter id="heat" color-interpolation-filters="sRGB">
        <feColorMatrix type="matrix" values={values.flat().join(" ")} />
      </filter>
    </svg>
  );
}
