/** The path on stage: one frame large, beside what it comes from, above the strip of all frames. */

import { Fade } from "./fade.tsx";
import { path, subject } from "./path_state.ts";
import { frameIndex, position } from "./position.ts";
import { Readout } from "./readout.tsx";
import { Results } from "./results.tsx";
import { differences, SliderFrame } from "./slider_frame.tsx";
import { StageTitle } from "./stage_title.tsx";
import { Strip } from "./strip.tsx";

/** The stage. */
export function Stage() {
  return (
    <section class="stage" aria-label="Path">
      <StageTitle />
      <div class="scene">
        <Sources />
        <SliderFrame />
        <Strip />
        <div class="side">
          <Readout />
          <Results />
        </div>
      </div>
    </section>
  );
}

function Sources() {
  const { path: finished } = path.value;
  const range = finished?.differenceRange;
  const shown = differences.value[frameIndex.value];
  return (
    <div class="sources">
      <Picture title="Original" url={subject.value?.url} />
      <Picture title="Reconstruction" url={finished?.reconstruction?.url} />
      <figure title={range ? `Full color at ±${range}; images go from −1 to 1` : undefined}>
        <span class="picture">
          {shown
            ? <Fade urls={differences.value} at={position.value} alt="Difference" />
            : <span class="blank" />}
        </span>
        <figcaption>Difference{range ? ` ±${range}` : ""}</figcaption>
      </figure>
    </div>
  );
}

function Picture({ title, url }: { title: string; url?: string }) {
  return (
    <figure>
      <span class="picture">{url ? <img src={url} alt={title} /> : <span class="blank" />}</span>
      <figcaption>{title}</figcaption>
    </figure>
  );
}
