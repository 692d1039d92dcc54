/** What a model in training makes of some images, over time. */

import { useId, useState } from "preact/hooks";
import type { Training } from "./state.ts";

/** The pictures of a step, the latest unless the slider chooses another. */
export function Samples({ samples }: Pick<Training, "samples">) {
  const [chosen, setChosen] = useState<number>();
  const id = useId();
  const steps = [...new Set(Object.values(samples).flat().map(({ step }) => step))]
    .sort((a, b) => a - b);
  if (!steps.length) {
    return <p class="note">The first pictures come when the training has looked at itself.</p>;
  }
  const at = Math.min(chosen ?? steps.length - 1, steps.length - 1);
  const step = steps[at];
  return (
    <>
      <div class="slide">
        <label for={id}>Step</label>
        <input
          id={id}
          type="range"
          min={0}
          max={steps.length - 1}
          value={at}
          disabled={steps.length < 2}
          aria-valuetext={`step ${step}`}
          onInput={({ currentTarget }) => {
            const index = Number(currentTarget.value);
            // At the end the pictures go on coming.
            setChosen(index === steps.length - 1 ? undefined : index);
          }}
        />
        <output for={id}>{step.toLocaleString("en")}</output>
      </div>
      {Object.entries(samples).map(([label, list]) => {
        const shown = list.findLast((sample) => sample.step <= step) ?? list[0];
        return (
          <figure key={label} class="sample">
            <img src={shown.url} alt={`${label}, at step ${shown.step}`} />
            <figcaption>{label}</figcaption>
          </figure>
        );
      })}
    </>
  );
}
