/** What is chosen in the explorer: a model, a split, an image; by hand or by the address. */

import { computed, signal } from "@preact/signals";
import { address, isWritten } from "../shared/address.ts";
import { gallery, GALLERY_SIZE, split, turnTo } from "./choose/gallery_state.ts";
import {
  editors,
  loadModels,
  model,
  modelId,
  models,
  probesOf,
  splitsOf,
} from "./choose/model_state.ts";
import type { Model, Scale } from "../shared/operations.ts";
import type { GalleryItem } from "./operations.ts";
import { findImage, ownSubject, sending } from "./choose/own_images.ts";
import {
  leavePath,
  method,
  path,
  rememberPath,
  startPath,
  type Subject,
  subject,
} from "./path_state.ts";
import { type Method, methodFrom, parametersOf, wholeNumber } from "./choose/method.ts";

/** What keeps the explorer from showing anything. */
export const problem = signal("");

/** Whether a path is on its way. */
export const busy = computed(() => path.value.status !== "done" && path.value.status !== "failed");

/** Loads the models, which may be more than before, then shows what the address asks for. */
export async function load(): Promise<void> {
  try {
    await loadModels();
    problem.value = "";
  } catch (error) {
    problem.value = (error as Error).message;
  }
  await arrive();
}

/** Counts what was chosen, so that an answer that comes too late is dropped. */
let choices = 0;

/** Follows the address, unless it says what is shown already. */
export async function arrive(): Promise<void> {
  const asked = address.value;
  if (!models.value?.length || (asked.get("view") ?? "explorer") !== "explorer") return;
  const bare = [...asked.keys()].every((key) => key === "view");
  if (subject.value && bare) return rememberPath();
  if (isWritten()) return;
  const wanted = models.value.find(({ id }) => id === asked.get("model")) ?? models.value[0];
  modelId.value = wanted.id;
  method.value = methodIn(asked, wanted.scale);
  const image = asked.get("image");
  const choice = ++choices;
  // An image that cannot be had any more gives way to the first of the data set.
  const own = image ? await findImage(image).catch(() => undefined) : undefined;
  if (choice !== choices) return;
  if (image && !own) sending.value = { error: "The image of this address is not here any more." };
  const index = wholeNumber(asked.get("index"), { least: 0, most: Number.MAX_SAFE_INTEGER });
  await showSplit(asked.get("split") ?? "", index ?? 0, own);
}

/** Chooses an encoder, with the first of its probes. */
export async function chooseEncoder(id: string): Promise<void> {
  const [first] = probesOf(id);
  if (first) await chooseModel(first.id);
}

/** Chooses a probe. The image stays when its data set does, or when it is one's own. */
export async function chooseModel(id: string): Promise<void> {
  const { value: before } = model;
  modelId.value = id;
  // As far as the other scale has it, the method stays; what was said of one probe is not said of another.
  const kept = parametersOf({ ...method.value, uninformative: false, judge: undefined });
  method.value = methodIn(new URLSearchParams(kept), model.value!.scale);
  const own = subject.value && "image" in subject.value.source ? subject.value : undefined;
  const same = before?.dataset && before.dataset.id === model.value?.dataset?.id;
  if (same && subject.value) startPath(subject.value);
  else await showSplit(split.value, 0, own);
}

/** Chooses a split and its first image. */
export async function chooseSplit(name: string): Promise<void> {
  await showSplit(name, 0);
}

/** Chooses an image of the gallery. */
export function chooseItem(item: GalleryItem): void {
  startPath(subjectOf(item, model.value!, split.value));
}

/** Chooses an image of one's own. */
export function chooseOwn(image: Parameters<typeof ownSubject>[0]): void {
  startPath(ownSubject(image));
}

async function showSplit(wanted: string, index: number, own?: Subject): Promise<void> {
  const splits = splitsOf(model.value);
  const { name, size } = splits.find(({ name }) => name === wanted) ?? splits[0] ??
    { name: "val", size: 0 };
  split.value = name;
  const inside = index < size ? index : 0;
  const choice = ++choices;
  await turnTo(Math.floor(inside / GALLERY_SIZE) * GALLERY_SIZE);
  // Something else was chosen meanwhile.
  if (choice !== choices) return;
  const items = gallery.value?.items ?? [];
  const item = items.find((each) => each.index === inside) ?? items[0];
  if (own) startPath(own);
  else if (item) startPath(subjectOf(item, model.value!, name));
  else leavePath();
}

function methodIn(asked: URLSearchParams, scale: Scale): Method {
  return methodFrom(asked, scale, editors.value.map(({ name }) => name));
}

function subjectOf(item: GalleryItem, { dataset }: Model, split: string): Subject {
  const { index, imageId, label, labelName, image } = item;
  const source = { dataset: dataset!.id, split, index };
  return { name: imageId, url: image.url, label, labelName, source };
}
