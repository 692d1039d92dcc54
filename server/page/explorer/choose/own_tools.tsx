/** Changing an image of one's own before it is graded: turned, mirrored, cut to the part and window that the viewer shows. */

/// <reference lib="dom" />

import { useState } from "preact/hooks";
import { path, subject } from "../path/main.ts";
import { chooseOwn } from "../state.ts";
import { intensities, isUsual, part, reset } from "../viewer/look.ts";
import { windowed } from "../viewer/paint.ts";
import { load } from "../viewer/raster.ts";
import { cutOut, mirrored, shownBox, turned } from "./own_change.ts";
import { send } from "./own_images.ts";

/** Buttons, where the image is one's own. */
export function OwnTools() {
  const [busy, setBusy] = useState(false);
  const { value: own } = subject;
  if (!own || !("image" in own.source)) return null;
  const change = (name: string, make: (image: ImageData) => ImageData) => async () => {
    setBusy(true);
    try {
      const raster = await load(own.url);
      const file = raster && await fileOf(make(raster), `${stem(own.name)} ${name}.png`);
      const stored = file && await send(file);
      if (stored) {
        reset();
        chooseOwn(stored);
      }
    } finally {
      setBusy(false);
    }
  };
  const asShown = (image: ImageData) => {
    const box = shownBox(part.value, image, path.value.path !== undefined);
    return cutOut(windowed(image, intensities.value), box);
  };
  return (
    <div class="own-tools" role="group" aria-label="Before it is graded" aria-busy={busy}>
      <button type="button" disabled={busy} onClick={change("turned", turned)}>Turn</button>
      <button type="button" disabled={busy} onClick={change("mirrored", mirrored)}>Mirror</button>
      <button
        type="button"
        disabled={busy || isUsual.value}
        title="Zoom in or change the window in the viewer first"
        onClick={change("cut", asShown)}
      >
        Use what is shown
      </button>
    </div>
  );
}

/** A name without its ending, and without what was done before. */
function stem(name: string): string {
  return name.replace(/\.\w{2,5}$/, "").replace(/( (turned|mirrored|cut))+$/, "");
}

async function fileOf(image: ImageData, name: string): Promise<File> {
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  return new File([blob], name, { type: "image/png" });
}
