/** The page of the data set that the gallery shows. */

import { signal } from "@preact/signals";
import { insist } from "../../shared/client.ts";
import { GALLERY, type GalleryItem, IMAGES_AT, type ImagesAt } from "../operations.ts";
import { model } from "../path/main.ts";
import { type CaseFilter, EVERY_CASE, orderOf } from "./case_order.ts";

/** How many images the gallery shows at once. */
export const GALLERY_SIZE = 12;

export const split = signal("val");
/** The place of the first image that is shown, among those that were asked for. */
export const start = signal(0);
/** Nothing while it is loaded for the first time. */
export const gallery = signal<{ items: readonly GalleryItem[]; total: number } | undefined>(
  undefined,
);
/** Why there is nothing to show. */
export const galleryProblem = signal("");
/** Which images are shown, and in which order. */
export const filter = signal<CaseFilter>(EVERY_CASE);
/** Whether the order is being found. */
export const finding = signal(false);

let order: readonly number[] | undefined;
let latest = 0;
let finds = new AbortController();

/** Shows the images that a filter asks for, from the first on. */
export async function findCases(wanted: CaseFilter): Promise<void> {
  const { value: current } = model;
  if (!current?.dataset) return;
  finds.abort();
  finds = new AbortController();
  const { signal } = finds;
  filter.value = wanted;
  galleryProblem.value = "";
  const isAll = wanted.label === undefined && wanted.order === "file";
  finding.value = !isAll;
  try {
    const source = { probe: current.id, dataset: current.dataset.id, split: split.value };
    const found = isAll ? undefined : await orderOf(source, wanted, signal);
    if (signal.aborted) return;
    order = found;
    await turnTo(0);
  } catch (error) {
    if (!signal.aborted) galleryProblem.value = (error as Error).message;
  } finally {
    if (!signal.aborted) finding.value = false;
  }
}

/** All images in their order again, as for another split or model. */
export function forgetFilter(): void {
  finds.abort();
  order = undefined;
  filter.value = EVERY_CASE;
  finding.value = false;
}

/** Shows the page that starts at a place. */
export async function turnTo(place: number): Promise<void> {
  const turn = ++latest;
  const dataset = model.value?.dataset;
  if (!dataset) {
    gallery.value = { items: [], total: 0 };
    return;
  }
  try {
    const page = await pageAt(dataset.id, place);
    if (turn !== latest || !page) return;
    start.value = place;
    gallery.value = page;
    galleryProblem.value = "";
  } catch (error) {
    if (turn === latest) galleryProblem.value = (error as Error).message;
  }
}

async function pageAt(id: string, place: number) {
  if (order) {
    const indices = order.slice(place, place + GALLERY_SIZE);
    const { dataset } = await insist<ImagesAt>(IMAGES_AT, {
      id,
      split: split.value,
      indices,
    });
    return dataset && { items: dataset.images, total: order.length };
  }
  const { dataset } = await insist<
    { dataset: { images: { totalCount: number; nodes: GalleryItem[] } } | null }
  >(GALLERY, {
    id,
    split: split.value,
    first: GALLERY_SIZE,
    after: place ? String(place - 1) : null,
  });
  return dataset && { items: dataset.images.nodes, total: dataset.images.totalCount };
}
