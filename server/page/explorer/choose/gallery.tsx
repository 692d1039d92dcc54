/** Choosing an image: a page of the split at a time, or one's own. */

import { CaseFinder } from "./case_finder.tsx";
import { Choices } from "./choices.tsx";
import { chooseItem, chooseOwn, chooseSplit } from "../state.ts";
import { gallery, GALLERY_SIZE, galleryProblem, split, start, turnTo } from "./gallery_state.ts";
import { splitsOf } from "./model_state.ts";
import { OwnImage } from "./own_image.tsx";
import { OwnTools } from "./own_tools.tsx";
import { ownImages } from "./own_images.ts";
import { model, subject } from "../path/main.ts";
import { severity } from "../../shared/severity.ts";

/** Thumbnails with their labels. */
export function Gallery() {
  const { items, total } = gallery.value ?? {};
  const names = model.value?.scale.names ?? [];
  return (
    <div class="gallery" aria-busy={!items}>
      {items?.length === 0 ? <Missing /> : <Bar shown={items?.length ?? 0} total={total ?? 0} />}
      {items && items.length > 0 && <CaseFinder />}
      {galleryProblem.value && <p class="problem" role="alert">{galleryProblem.value}</p>}
      {!items && <Placeholders />}
      {items && items.length > 0 && (
        <Choices
          label="Images"
          class="thumbnails"
          items={items}
          keyOf={(item) => `${split.value} ${item.index}`}
          isChosen={({ image, imageId }) =>
            subject.value?.url === image.url && subject.value.name === imageId}
          choose={chooseItem}
          nameOf={(item) => `${item.imageId}, ${item.labelName}`}
        >
          {({ image, label, labelName }) => (
            <>
              <img src={image.url} alt="" />
              <span class="chip" style={severity(label, names.length)} title={labelName}>
                {label}
              </span>
            </>
          )}
        </Choices>
      )}
      {ownImages.value.length > 0 && (
        <Choices
          label="Your images"
          class="thumbnails own"
          items={ownImages.value}
          keyOf={({ id }) => id}
          isChosen={({ image }) => subject.value?.url === image.url}
          choose={chooseOwn}
          nameOf={({ title }) => `Your image ${title}`}
        >
          {({ image }) => <img src={image.url} alt="" />}
        </Choices>
      )}
      <OwnImage />
      <OwnTools />
    </div>
  );
}

/** Which split, and where in it. */
function Bar({ shown, total }: { shown: number; total: number }) {
  return (
    <div class="choosing">
      <label for="split">Images of</label>
      <select
        id="split"
        disabled={!total}
        value={split.value}
        onChange={({ currentTarget }) => chooseSplit(currentTarget.value)}
      >
        {splitsOf(model.value).map(({ name, size }) => (
          <option key={name} value={name}>{name} ({size})</option>
        ))}
      </select>
      <Turn shown={shown} total={total} />
    </div>
  );
}

function Missing() {
  const title = model.value?.dataset?.title;
  return (
    <p class="note">
      {title ? `“${title}” has no images here.` : "The data set of this model is not here."}
    </p>
  );
}

/** The way to the pages before and behind. */
function Turn({ shown, total }: { shown: number; total: number }) {
  const end = start.value + shown;
  return (
    <span class="turn">
      <button
        type="button"
        aria-label="Previous images"
        disabled={start.value === 0}
        onClick={() => turnTo(Math.max(0, start.value - GALLERY_SIZE))}
      >
        ‹
      </button>
      <span aria-live="polite">{shown ? `${start.value + 1}–${end} of ${total}` : "…"}</span>
      <button
        type="button"
        aria-label="Next images"
        disabled={end >= total}
        onClick={() => turnTo(end)}
      >
        ›
      </button>
    </span>
  );
}

function Placeholders() {
  return (
    <div class="thumbnails" aria-hidden="true">
      {Array.from({ length: GALLERY_SIZE }, (_, i) => <span key={i} class="blank" />)}
    </div>
  );
}
