/** Choosing the model. */

import { chooseModel, model, modelId, models } from "./explorer_state.ts";

/** A list of all models whose data set is present. */
export function ModelPicker() {
  const able = models.value?.filter(({ dataset }) => dataset) ?? [];
  const { encoder, dataset } = model.value ?? {};
  return (
    <section class="model" aria-label="Model">
      <label for="model">Model</label>
      <select
        id="model"
        value={modelId.value}
        onChange={({ currentTarget }) => chooseModel(currentTarget.value)}
      >
        {able.map(({ id, title }) => <option key={id} value={id}>{title}</option>)}
      </select>
      <p class="note">{encoder?.title ?? "Encoder missing"} · {dataset?.title}</p>
    </section>
  );
}
