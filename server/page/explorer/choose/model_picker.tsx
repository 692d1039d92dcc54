/** Choosing the encoder, and a probe on its codes. */

import { chooseEncoder, chooseModel } from "../state.ts";
import { encoders, model, modelId, models, probesOf } from "./model_state.ts";

/** Two lists; the probes are those of the encoder. */
export function ModelPicker() {
  const { encoder, dataset } = model.value ?? {};
  return (
    <section class="model" aria-label="Model" aria-busy={!models.value}>
      <label for="encoder">Encoder</label>
      <select
        id="encoder"
        disabled={!models.value}
        value={encoder?.id}
        onChange={({ currentTarget }) => chooseEncoder(currentTarget.value)}
      >
        {encoders.value.map(({ id, title }) => <option key={id} value={id}>{title}</option>)}
      </select>
      <label for="probe">Probe</label>
      <select
        id="probe"
        disabled={!models.value}
        value={modelId.value}
        onChange={({ currentTarget }) => chooseModel(currentTarget.value)}
      >
        {probesOf(encoder?.id).map(({ id, title }) => <option key={id} value={id}>{title}</option>)}
      </select>
      <p class="note">
        {!models.value
          ? "Looking for models …"
          : dataset
          ? `Grades as in “${dataset.title}”`
          : "Without its data set"}
      </p>
    </section>
  );
}
