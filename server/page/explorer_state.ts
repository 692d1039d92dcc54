/** The state of the page: what is chosen, what can be chosen, and the path of it. */

import { computed, signal } from "@preact/signals";
import { address, remember } from "./address.ts";
import { request, ServerError } from "./client.ts";
import { followPath, type PathState, WAITING } from "./follow_path.ts";
import { GALLERY, type GalleryItem, type Model, MODELS } from "./operations.ts";

/** How many images the gallery shows at once. */
export const GALLERY_SIZE = 12;

export const models = signal<readonly Model[] | undefined>(undefined);
export const modelId = signal("");
export const model = computed(() => models.value?.find(({ id }) => id === modelId.value));
export const split = signal("val");
/** The index of the first image in the gallery. */
export const start = signal(0);
export const gallery = signal<{ items: readonly GalleryItem[]; total: number } | undefined>(
  undefined,
);
export const chosen = signal<GalleryItem | undefined>(undefined);
export const path = signal<PathState>(WAITING);
/** The index of the frame that is shown large; -1 before the first image is chosen. */
export const frameIndex = signal(-1);
/** What keeps the page from working at all. */
export const problem = signal("");

let following = new AbortController();
let latest = 0;

/** Loads the models and shows a path of the first; tries again until the server answers. */
export async function load(): Promise<void> {
  try {
    const { probes } = await request<{ probes: { nodes: Model[] } }>(MODELS);
    problem.value = "";
    models.value = probes.nodes;
    const asked = address.value;
    const able = probes.nodes.filter(({ dataset }) => dataset);
    const first = able.find(({ id }) => id === asked.get("model")) ?? able[0];
    if (!first) return;
    const index = Number(asked.get("index") ?? 0) || 0;
    await chooseModel(first.id, asked.get("split") ?? undefined, index);
  } catch (error) {
    complain(error);
    setTimeout(load, 2000);
  }
}

/** Chooses a model, and an image of its data set. */
export async function chooseModel(id: string, wanted?: string, index = 0): Promise<void> {
  modelId.value = id;
  const names = splitsOf(model.value).map(({ name }) => name);
  await chooseSplit(wanted && names.includes(wanted) ? wanted : names[0] ?? "val", index);
}

/** Chooses a split, and an image of it. */
export async function chooseSplit(name: string, index = 0): Promise<void> {
  split.value = name;
  const size = splitsOf(model.value).find((each) => each.name === name)?.size ?? 0;
  await turnTo(Math.floor(index / GALLERY_SIZE) * GALLERY_SIZE % Math.max(size, 1));
  const items = gallery.value?.items ?? [];
  const item = items.find((each) => each.index === index) ?? items[0];
  if (item) chooseImage(item);
}

/** Shows another page of the gallery. */
export async function turnTo(index: number): Promise<void> {
  const dataset = model.value?.dataset;
  if (!dataset) return;
  const turn = ++latest;
  try {
    const { dataset: answer } = await request<
      { dataset: { images: { totalCount: number; nodes: GalleryItem[] } } | null }
    >(GALLERY, {
      id: dataset.id,
      split: split.value,
      first: GALLERY_SIZE,
      after: index ? String(index - 1) : null,
    });
    if (turn !== latest || !answer) return;
    start.value = index;
    gallery.value = { items: answer.images.nodes, total: answer.images.totalCount };
    problem.value = "";
  } catch (error) {
    complain(error);
  }
}

/** Chooses an image: its path starts, that of the image before is cancelled. */
export function chooseImage(item: GalleryItem): void {
  const { value: current } = model;
  if (!current?.dataset) return;
  following.abort();
  following = new AbortController();
  chosen.value = item;
  path.value = WAITING;
  const top = current.scale.names.length - 1;
  // At first the frame that should differ most; later the one that the user looks at stays.
  const farthest = item.label * 2 > top ? 0 : top;
  frameIndex.value = frameIndex.value < 0 ? farthest : Math.min(frameIndex.value, top);
  remember("explorer", { model: current.id, split: split.value, index: String(item.index) });
  const input = {
    probe: current.id,
    dataset: current.dataset.id,
    split: split.value,
    index: item.index,
  };
  followPath(input, (state) => path.value = state, following.signal);
}

/** Starts the path of the chosen image once more. */
export function retry(): void {
  if (chosen.value) chooseImage(chosen.value);
}

/** The splits to look at: those that were not trained on, if there are any. */
export function splitsOf(model: Model | undefined): { name: string; size: number }[] {
  const splits = model?.dataset?.splits.filter(({ size }) => size > 0) ?? [];
  const held = splits.filter(({ name }) => name !== "train");
  return held.length ? held : splits;
}

function complain(error: unknown): void {
  problem.value = error instanceof ServerError
    ? error.message
    : "The server cannot be reached. Trying again …";
}
