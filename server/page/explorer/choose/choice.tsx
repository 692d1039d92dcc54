/** What can be chosen: model, image, and how the path is made; one list is open at a time, so that the path stays in sight. */

import { useState } from "preact/hooks";
import { method, model, subject } from "../path/main.ts";
import { Gallery } from "./gallery.tsx";
import { MethodPicker } from "./method_picker.tsx";
import { ModelPicker } from "./model_picker.tsx";
import { methodText } from "./method_text.ts";

/** The choices; the lists are folded away at first where there is little room. */
export function Choice() {
  const [open] = useState(() => matchMedia("(min-width: 64rem)").matches);
  return (
    <div class="choice">
      <ModelPicker />
      <section class="lists" aria-label="Image and method">
        <details name="choice" open={open}>
          <summary>
            Image <small>{subject.value?.name}</small>
          </summary>
          <Gallery />
        </details>
        <details name="choice">
          <summary>
            How the path is made <small>{model.value && methodText(method.value)}</small>
          </summary>
          <MethodPicker />
        </details>
      </section>
    </div>
  );
}
