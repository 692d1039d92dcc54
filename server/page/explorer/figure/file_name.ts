/** The names of files: they tell data set, image and model. */

import type { PathSlot } from "../path/slot.ts";

/** As "countergrade-knee_kl_64-val-0-KL-grade-ordinal.svg". */
export function fileNameOf(slots: readonly PathSlot[], ending: string): string {
  const [slot] = slots;
  const source = slot.subject.value?.source;
  const words = [
    "countergrade",
    source && "dataset" in source ? source.dataset : "own",
    ...slots.map(({ subject }) => subject.value?.name),
    slot.model.value?.title,
  ];
  return words.map((word) => plain(word ?? "")).filter(Boolean).join("-") + ending;
}

/** A word with nothing in it that a file's name cannot have. */
function plain(word: string): string {
  return word.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").replaceAll(/^-+|-+$/g, "");
}
