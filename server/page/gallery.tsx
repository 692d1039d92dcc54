/** Choosing an image: a page of the split at a time. */

import {
  chooseImage,
  chooseSplit,
  chosen,
  gallery,
  GALLERY_SIZE,
  model,
  split,
  splitsOf,
  start,
  turnTo,
} from "./explorer_state.ts";
import { Choices } from "./choices.tsx";
import { severity } from "./severity.ts";

/** Thumbnails with their labels. */
export function Gallery() {
  const { items = [], total = 0 } = gallery.value ?? {};
  const names = model.value?.scale.names ?? [];
  const end = start.value + items.length;
  return (
    <section class="gallery" aria-label="Image">
      <div class="bar">
        <label for="split">Images of</label>
        <select
          id="split"
          value={split.value}
          onChange={({ currentTarget }) => chooseSplit(currentTarget.value)}
        >
          {splitsOf(model.value).map(({ name, size }) => (
            <option key={name} value={name}>{name} ({size})</option>
          ))}
        </select>
        <span class="turn">
          <button
            type="button"
            aria-label="Previous images"
            disabled={start.value === 0}
            onClick={() => turnTo(Math.max(0, start.value - GALLERY_SIZE))}
          >
            ‹
          </button>
          <span aria-live="polite">
            {items.length ? `${start.value + 1}–${end} of ${total}` : "…"}
          </span>
          <button
            type="button"
            aria-label="Next images"
            disabled={end >= total}
            onClick={() => turnTo(end)}
          >
            ›
          </button>
        </span>
      </div>
      <Choices
        label="Images"
        class="thumbnails"
        items={items}
        keyOf={(item) => `${split.value} ${item.index}`}
        isChosen={(item) =>
          item.index === chosen.value?.index && item.image.url === chosen.value.image.url}
        choose={chooseImage}
        nameOf={(item) => `${item.imageId}, ${item.labelName}`}
      >
        {(item) => (
          <>
            <img src={item.image.url} alt="" />
            <span class="chip" style={severity(item.label, names.length)} title={item.labelName}>
              {item.label}
            </span>
          </>
        )}
      </Choices>
    </section>
  );
}
