/** Grade and probability along the path: of the edited codes, and of the pictures that came of them. */

import { Chart } from "../shared/chart.tsx";
import { model } from "./choose/model_state.ts";
import type { Frame } from "../shared/operations.ts";
import { frameTargets, path } from "./path_state.ts";
import { position } from "./position.ts";
import { shown } from "./frame_target.ts";

/** Two charts with one legend. */
export function Curves() {
  const { names, type } = model.value?.scale ?? { names: [], type: "ORDINAL" };
  const columns = frameTargets.value.map(({ mark }) => mark);
  const byIndex = new Map(path.value.frames.map((frame) => [frame.index, frame]));
  const byTarget = frameTargets.value.some(({ isScore }) => isScore)
    ? "by target in σ"
    : "by target";
  const along = (part: (frame: Frame) => number | null) =>
    columns.map((_, i) => byIndex.has(i) ? part(byIndex.get(i)!) : undefined);
  const targets = frameTargets.value.map(({ grade }, i) => byIndex.get(i)?.targetGrade ?? grade);
  const top = type === "CONTINUOUS" ? 1 : Math.max(1, names.length - 1);
  return (
    <section class="curves" aria-label="Curves">
      <ul class="legend" aria-hidden="true">
        <li class="target">target</li>
        <li class="code">edited code</li>
        <li class="shown">picture, graded again</li>
      </ul>
      <div class="curve-pair">
        <Chart
          title={type === "CONTINUOUS" ? names[0] : "Grade"}
          along={byTarget}
          columns={columns}
          range={[0, top]}
          at={position.value}
          text={(value) => shown(value).replace(/\.0$/, "")}
          series={[
            { name: "Target", look: "target", values: targets },
            { name: "Edited code", look: "code", values: along((frame) => frame.latentGrade) },
            { name: "Picture", look: "shown", values: along((frame) => frame.imageGrade) },
          ]}
        />
        <Chart
          title="Probability of the severe side"
          along={byTarget}
          columns={columns}
          range={[0, 1]}
          at={position.value}
          text={(value) => `${Math.round(value * 100)} %`}
          series={[
            {
              name: "Edited code",
              look: "code",
              values: along((frame) => frame.latentProbability),
            },
            { name: "Picture", look: "shown", values: along((frame) => frame.imageProbability) },
          ]}
        />
      </div>
    </section>
  );
}
