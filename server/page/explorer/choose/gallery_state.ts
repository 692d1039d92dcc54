/** The page of the data set that the gallery shows. */

import { signal } from "@preact/signals";
import { insist } from "../../shared/client.ts";
import { GALLERY, type GalleryItem } from "../operations.ts";
import { model } from "../path/main.ts";

/** How many images the gallery shows at once. */
export const GALLERY_SIZE = 12;

export const split = signal("val");
/** The index of the first image. */
export const start = signal(0);
/** Nothing while it is loaded for the first time. */
export const gallery = signal<{ items: readonly GalleryItem[]; total: number } | undefined>(
  undefined,
);
/** Why there is nothing to show. */
export const galleryProblem = signal("");

let latest = 0;

/** Shows the page that starts at an index. */
export async function turnTo(index: number): Promise<void> {
  const turn = ++latest;
  const dataset = model.value?.dataset;
  if (!dataset) {
    gallery.value = { items: [], total: 0 };
    return;
  }
  try {
    const variables = {
      id: dataset.id,
      split: split.value,
      first: GALLERY_SIZE,
      after: index ? String(index - 1) : null,
    };
    const { dataset: answer } = await insist<
      { dataset: { images: { totalCount: number; nodes: GalleryItem[] } } | null }
    >(GALLERY, variables);
    if (turn !== latest || !answer) return;
    start.value = index;
    gallery.value = { items: answer.images.nodes, total: answer.images.totalCount };
    galleryProblem.value = "";
  } catch (error) {
    if (turn === latest) galleryProblem.value = (error as Error).message;
  }
}
