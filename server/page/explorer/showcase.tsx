/** The gallery: the first patient of every grade, there and back, for each model that comes along. */

/// <reference lib="dom" />

import { signal } from "@preact/signals";

interface Shown {
  readonly name: string;
  readonly title: string;
  readonly sheets: readonly { readonly url: string; readonly caption: string }[];
}

const models = signal<readonly Shown[]>([]);
const trouble = signal("");

async function toggled({ currentTarget }: { currentTarget: HTMLDetailsElement }): Promise<void> {
  if (!currentTarget.open || models.value.length) return;
  try {
    models.value = await (await fetch("showcase/index.json")).json();
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
        The first patients of every grade that no model was trained on, from the mildest grade to
        the most severe and back, and what changed in between. All frames are rendered.
      </p>
      {trouble.value && <p class="note" role="status">{trouble.value}</p>}
      {models.value.map(({ name, title, sheets }) => (
        <section key={name}>
          <h3>{name}: {title}</h3>
          {sheets.map(({ url, caption }) => (
            <figure key={url}>
              <img src={url} alt={`${caption}, at every grade and back`} loading="lazy" />
              <figcaption>{caption}</figcaption>
            </figure>
          ))}
        </section>
      ))}
    </details>
  );
}
