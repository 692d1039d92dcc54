/** A path on stage: its picture beside what it comes from, above the strip of all frames. */

import { NearPatients } from "./evidence/near_patients.tsx";
import { Readout } from "./evidence/readout.tsx";
import { FigureMaker } from "./figure/figure_maker.tsx";
import { SlotContext } from "./path/context.ts";
import { example } from "./path/example.ts";
import { kept, main, showOne } from "./path/main.ts";
import type { PathSlot } from "./path/slot.ts";
import { Results } from "./results.tsx";
import { StageTitle } from "./stage_title.tsx";
import { Strip } from "./strip.tsx";
import { Trust } from "./trust.tsx";
import { Viewer } from "./viewer/viewer.tsx";

/** The stage of a path. */
export function Stage({ slot }: { slot: PathSlot }) {
  const shown = slot === main.value ? example.value ?? slot : slot;
  const isOwn = shown === slot;
  return (
    <SlotContext.Provider value={shown}>
      <section class="stage" aria-label={slot === main.value ? "Path" : "Path kept to compare"}>
        <StageTitle own={slot} />
        <Trust />
        <div class="scene">
          <Viewer />
          <div class="below">
            <Strip />
            {isOwn && <NearPatients />}
            {isOwn && <FigureMaker />}
          </div>
          <div class="side">
            <Readout />
            {isOwn && <Results />}
          </div>
        </div>
      </section>
    </SlotContext.Provider>
  );
}

/** The stages: one, or two to compare. */
export function Stages() {
  const { value: other } = kept;
  return (
    <div class="stages" data-two={other ? true : undefined}>
      {other && (
        <div class="kept">
          <p>
            <b>Kept</b> to compare with: choices change the other path.{" "}
            <button type="button" onClick={showOne}>Show one again</button>
          </p>
          <Stage slot={other} />
        </div>
      )}
      <Stage slot={main.value} />
    </div>
  );
}
