/** What is chosen in the explorer: a model, a split, an image; by hand or by the address. */

import { signal } from "@preact/signals";
import { address, isWritten } from "../shared/address.ts";
import { insist } from "../shared/client.ts";
import { forgetFilter, gallery, GALLERY_SIZE, split, turnTo } from "./choose/gallery_state.ts";
import { editors, loadModels, models, probesOf, splitsOf } from "./choose/model_state.ts";
import type { Model, Scale } from "../shared/operations.ts";
import { type GalleryItem, IMAGES_AT, type ImagesAt } from "./operations.ts";
import { findImage, ownSubject } from "./choose/own_images.ts";
import {
  forgetKept,
  kept,
  main,
  method,
  model,
  rememberPath,
  startPath,
  subject,
} from "./path/main.ts";
import { PathSlot, type Subject } from "./path/slot.ts";
import {
  type Method,
  methodFrom,
  oddParameters,
  parametersOf,
  wholeNumber,
} from "./choose/method.ts";

/** What keeps the explorer from showing anything. */
export const problem = signal("");

/** What the address asks for and is not here. */
export const missing = signal<readonly string[]>([]);

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
  missing.value = [];
  if (subject.value && bare) return rememberPath();
  if (isWritten()) return;
  const choice = ++choices;
  const besides = asked.has("kept") ? new URLSearchParams(asked.get("kept")!) : undefined;
  const own = await ownIn(asked);
  const beside = besides && await ownIn(besides);
  if (choice !== choices) return;
  const found = besides ? missingFrom(besides, beside) : [];
  missing.value = [...missingFrom(asked, own), ...found.map((text) => `${text}, kept beside it`)];
  if (missing.value.length) return main.value.leave();
  const wanted = modelOf(asked)!;
  const other = besides && await imageOf(besides, beside);
  if (choice !== choices) return;
  forgetKept();
  if (other) showBeside(besides, other);
  main.value.modelId.value = wanted.id;
  main.value.method.value = methodIn(asked, wanted.scale);
  await showSplit(asked.get("split") ?? "", Number(asked.get("index") ?? 0), own);
}

/** The image of one's own that an address asks for, where it is here. */
async function ownIn(asked: URLSearchParams): Promise<Subject | undefined> {
  const image = asked.get("image");
  return image ? await findImage(image).catch(() => undefined) : undefined;
}

/** The image that an address asks for: one's own, or that of a data set. */
async function imageOf(asked: URLSearchParams, own?: Subject): Promise<Subject | undefined> {
  const wanted = modelOf(asked)!;
  if (own || !wanted.dataset) return own;
  const split = asked.get("split") ?? splitsOf(wanted)[0]?.name;
  const indices = [Number(asked.get("index") ?? 0)];
  const { dataset } = await insist<ImagesAt>(IMAGES_AT, { id: wanted.dataset.id, split, indices });
  return dataset ? subjectOf(dataset.images[0], wanted, split) : undefined;
}

/** Shows the path that was kept, as an address has it. */
function showBeside(asked: URLSearchParams, shown: Subject): void {
  const wanted = modelOf(asked)!;
  const slot = new PathSlot();
  slot.modelId.value = wanted.id;
  slot.method.value = methodIn(asked, wanted.scale);
  slot.start(shown);
  kept.value = slot;
}

/** The model that an address asks for; the first where it asks for none. */
function modelOf(asked: URLSearchParams): Model | undefined {
  const id = asked.get("model");
  return id === null ? models.value![0] : models.value!.find((model) => model.id === id);
}

/** What an address asks for and cannot have, in words. */
function missingFrom(asked: URLSearchParams, own: Subject | undefined): string[] {
  const wanted = modelOf(asked);
  if (!wanted) return [`The model ${asked.get("model")}`];
  const found: string[] = [];
  const [image, name, index] = ["image", "split", "index"].map((key) => asked.get(key));
  if (image && !own) found.push(`The image ${image}`);
  const splits = splitsOf(wanted);
  const split = name === null ? splits[0] : splits.find((split) => split.name === name);
  if (name !== null && !split) found.push(`The split “${name}” of the data set`);
  const most = (split?.size ?? 0) - 1;
  if (index !== null && split && wholeNumber(index, { least: 0, most }) === undefined) {
    found.push(`The image no. ${index} of “${split.name}”, which has 0 to ${most}`);
  }
  const names = editors.value.map(({ name }) => name);
  return [...found, ...oddParameters(asked, wanted.scale, names)];
}

/** Chooses an encoder, with the first of its probes. */
export async function chooseEncoder(id: string): Promise<void> {
  const [first] = probesOf(id);
  if (first) await chooseModel(first.id);
}

/** Chooses a probe. The image stays when its data set does, or when it is one's own. */
export async function chooseModel(id: string): Promise<void> {
  const { value: before } = model;
  main.value.modelId.value = id;
  // As far as the other scale has it, the method stays; what was said of one probe is not said of another.
  const stays = parametersOf({ ...method.value, uninformative: false, judge: undefined });
  main.value.method.value = methodIn(new URLSearchParams(stays), model.value!.scale);
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
  startPath(subjectOf(item, model.value!, split.value), { step: true });
}

/** Chooses an image by its place in the split. */
export async function chooseIndex(index: number): Promise<void> {
  await showSplit(split.value, index);
}

/** Chooses an image of one's own. */
export function chooseOwn(image: Parameters<typeof ownSubject>[0]): void {
  startPath(ownSubject(image), { step: true });
}

async function showSplit(wanted: string, index: number, own?: Subject): Promise<void> {
  const splits = splitsOf(model.value);
  const { name, size } = splits.find(({ name }) => name === wanted) ?? splits[0] ??
    { name: "val", size: 0 };
  split.value = name;
  forgetFilter();
  const inside = index < size ? index : 0;
  const choice = ++choices;
  await turnTo(Math.floor(inside / GALLERY_SIZE) * GALLERY_SIZE);
  // Something else was chosen meanwhile.
  if (choice !== choices) return;
  const items = gallery.value?.items ?? [];
  const item = items.find((each) => each.index === inside) ?? items[0];
  if (own) startPath(own);
  else if (item) startPath(subjectOf(item, model.value!, name));
  else main.value.leave();
}

function methodIn(asked: URLSearchParams, scale: Scale): Method {
  return methodFrom(asked, scale, editors.value.map(({ name }) => name));
}

function subjectOf(item: GalleryItem, { dataset }: Model, split: string): Subject {
  const { index, imageId, label, labelName, image, volume } = item;
  const source = { dataset: dataset!.id, split, index };
  return { name: imageId, url: image.url, label, labelName, volume: volume ?? undefined, source };
}
