/** The whole window takes an image that is dropped, and says so while one hangs over it. */

/// <reference lib="dom" />

import { useEffect, useState } from "preact/hooks";
import { take } from "./own_image.tsx";

/** The hint; nothing at other times. */
export function DropTarget() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const carriesFile = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const ends = new AbortController();
    const on = (kind: "dragover" | "dragleave" | "drop", act: (event: DragEvent) => void) =>
      addEventListener(kind, act, ends);
    on("dragover", (event) => {
      if (!carriesFile(event)) return;
      event.preventDefault();
      setOver(true);
    });
    // Without a next element the pointer has left the window.
    on("dragleave", ({ relatedTarget }) => {
      if (!relatedTarget) setOver(false);
    });
    on("drop", (event) => {
      if (!carriesFile(event)) return;
      event.preventDefault();
      setOver(false);
      take(event.dataTransfer?.files[0]);
    });
    return () => ends.abort();
  }, []);
  return over
    ? <div class="drop-target" aria-hidden="true">Drop an image to see its path</div>
    : null;
}
