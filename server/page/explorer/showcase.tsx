/** The gallery: the first patient of every grade at every grade, for each model that comes along. */

/// <reference lib="dom" />

import { signal } from "@preact/signals";
import { addressOf } from "../shared/address.ts";
import { models } from "./choose/model_state.ts";
import { loadShown, shown } from "./path/example.ts";

const trouble = signal("");

async function toggled({ currentTarget }: { currentTarget: HTMLDetailsElement }): Promise<void> {
  if (!currentTarget.open) return;
  try {
    await loadShown();
    trouble.value = "";
  } catch {
    trouble.value = "The gallery cannot be loaded now.";
  }
}

/** A part of the page that opens on request. */
export function Showcase() {
  return (
    <details class="showcase" onToggle={toggled}>
      <summary>Gallery of the models</summary>
      <p class="note">
        The first patients of every grade that no model was trained on, at every grade, and what
        changed. All pictures are rendered.
      </p>
      {trouble.value && <p class="note" role="status">{trouble.value}</p>}
      {shown.value.map(({ name, title, dataset, sheets }) => (
        <section key={name}>
          <h3>{name}: {title}</h3>
          {sheets.map(({ url, caption, split, index }) => (
            <figure key={url}>
              <img src={url} alt={`${caption}, at every grade`} loading="lazy" />
              <figcaption>
                {caption}. <Opens dataset={dataset} split={split} index={index} />
              </figcaption>
            </figure>
          ))}
        </section>
      ))}
    </details>
  );
}

/** The way to the same image in the explorer, where its data set is here. */
function Opens({ dataset, split, index }: { dataset: string; split: string; index: number }) {
  const model = models.value?.find((model) => model.dataset?.id === dataset);
  if (!model) return null;
  return (
    <a href={addressOf("explorer", { model: model.id, split, index: String(index) })}>
      Open in the explorer
    </a>
  );
}
