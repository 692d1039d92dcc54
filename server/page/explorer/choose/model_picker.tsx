/** Choosing the encoder, and a probe on its codes. */

/// <reference lib="dom" />

import { chooseEncoder, chooseModel } from "../state.ts";
import type { Model } from "../../shared/operations.ts";
import { changeMethod, main, method, model } from "../path/main.ts";
import { encoders, models, probesOf, tellsNothing } from "./model_state.ts";
import { Check } from "../../shared/check.tsx";

/** Two lists; the probes are those of the encoder. */
export function ModelPicker() {
  const { encoder, dataset } = model.value ?? {};
  return (
    <section class="model" aria-label="Model" aria-busy={!models.value}>
      <span>
        <label for="encoder">Encoder</label>
        <select
          id="encoder"
          disabled={!models.value}
          value={encoder?.id}
          onChange={({ currentTarget }) => chooseEncoder(currentTarget.value)}
        >
          {encoders.value.map(({ id, title }) => <option key={id} value={id}>{title}</option>)}
        </select>
      </span>
      <span>
        <label for="probe">Probe</label>
        <select
          id="probe"
          disabled={!models.value}
          value={main.value.modelId.value}
          onChange={({ currentTarget }) => chooseModel(currentTarget.value)}
        >
          {probesOf(encoder?.id).map((probe) => (
            <option key={probe.id} value={probe.id}>{titleOf(probe)}</option>
          ))}
        </select>
      </span>
      <p class="note">
        {!models.value
          ? "Looking for models …"
          : dataset
          ? `Grades as in “${dataset.title}”`
          : "Without its data set"}
      </p>
      {model.value && tellsNothing(model.value) && <Chance model={model.value} />}
    </section>
  );
}

function titleOf(probe: Model): string {
  return tellsNothing(probe) ? `${probe.title} (tells no more than chance)` : probe.title;
}

/** What shuffled labels say of the probe; its paths are rendered for those who ask for them. */
function Chance({ model: { chance } }: { model: Model }) {
  return (
    <div class="warning chance">
      <p>
        This probe tells no more than chance: {Math.round(100 * chance!.p)}{" "}
        of 100 shuffles of its labels are told as well.
      </p>
      <Check
        label="Show its paths all the same"
        checked={method.value.uninformative}
        change={(uninformative) => changeMethod({ uninformative })}
      />
    </div>
  );
}
