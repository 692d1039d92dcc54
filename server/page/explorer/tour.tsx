/** A short walk through the explorer, for whoever wants one: it points, and covers nothing. */

/// <reference lib="dom" />

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

/** The stations: what is pointed at, and what is said. */
const STATIONS = [
  {
    at: ".choice",
    text:
      "Choose a model and an image of its data set, or drop one of your own. Cases are found by grade, or most misread first.",
  },
  {
    at: ".viewer",
    text:
      "On the left the image as it is, on the right what the model expects of it at another grade. Zoom with the wheel, hold F to flicker.",
  },
  {
    at: ".strip",
    text:
      "The slider goes from grade to grade, over pictures that were all rendered. ✓ and ✗ say whether a picture has the grade that it was asked for.",
  },
  {
    at: ".side",
    text:
      "What was asked for, what came of it, and at what cost. Choose a word to read what it means. “Figure …” makes a picture for a paper.",
  },
];

const station = signal<number | undefined>(undefined);

/** Begins the tour, and the card of the station. */
export function Tour() {
  const { value: at } = station;
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (at === undefined) return;
    const shown = document.querySelector(STATIONS[at].at);
    shown?.setAttribute("data-pointed", "");
    shown?.scrollIntoView({ block: "nearest" });
    card.current?.focus();
    return () => shown?.removeAttribute("data-pointed");
  }, [at]);
  if (at === undefined) {
    return (
      <p class="tour-start">
        <button type="button" onClick={() => station.value = 0}>
          New here? A tour in four steps
        </button>
      </p>
    );
  }
  const last = at === STATIONS.length - 1;
  return (
    <div
      class="tour"
      role="dialog"
      aria-label={`Tour, step ${at + 1} of ${STATIONS.length}`}
      tabIndex={-1}
      ref={card}
      onKeyDown={({ key }) => {
        if (key === "Escape") station.value = undefined;
      }}
    >
      <p>{STATIONS[at].text}</p>
      <div>
        <small>{at + 1} of {STATIONS.length}</small>
        <button type="button" onClick={() => station.value = undefined}>
          {last ? "Done" : "Skip"}
        </button>
        {!last && (
          <button type="button" class="main" onClick={() => station.value = at + 1}>Next</button>
        )}
      </div>
    </div>
  );
}
