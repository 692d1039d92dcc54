/** The way in for an image of one's own, by a dialog of the browser. */

/// <reference lib="dom" />

import { chooseOwn } from "../state.ts";
import { send, sending } from "./own_images.ts";

/** Sends a file and shows its path. */
export async function take(file: File | undefined): Promise<void> {
  const image = file && await send(file);
  if (image) chooseOwn(image);
}

/** A button, and how sending goes. */
export function OwnImage() {
  const { name, error } = sending.value;
  return (
    <div class="own-image">
      <label class="action" aria-busy={name !== undefined}>
        <input
          type="file"
          accept="image/png,image/jpeg,image/tiff,.dcm,application/dicom,.nii,.gz,.mha,.zip"
          aria-label="Choose an image of your own"
          onChange={({ currentTarget }) => {
            take(currentTarget.files?.[0]);
            currentTarget.value = "";
          }}
        />
        Own image …
      </label>
      <span class="note" role="status">
        {name !== undefined ? `Sending ${name} …` : error ? "" : "or drop it here"}
      </span>
      {error && <p class="problem" role="alert">{error}</p>}
    </div>
  );
}
