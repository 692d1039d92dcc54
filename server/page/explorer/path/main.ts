/** The path that the choices of the explorer are about, and the one that was kept to compare it with. */

import { computed, signal } from "@preact/signals";
import { remember } from "../../shared/address.ts";
import { currentImage } from "../../shared/current.ts";
import type { Model } from "../../shared/operations.ts";
import { type Method, parametersOf } from "../choose/method.ts";
import { along, goTo, jumpTo } from "./position.ts";
import { PathSlot, type Subject } from "./slot.ts";

export const main = signal(new PathSlot());
/** Kept to compare with. */
export const kept = signal<PathSlot | undefined>(undefined);

export const model = computed(() => main.value.model.value);
export const subject = computed(() => main.value.subject.value);
export const method = computed(() => main.value.method.value);
export const path = computed(() => main.value.path.value);
/** Whether it is on its way. */
export const busy = computed(() => path.value.status !== "done" && path.value.status !== "failed");

/** Models of which a path was there, or was asked for by hand: they need no example. */
export const known = signal<ReadonlySet<string>>(new Set());

function know({ id }: Model): void {
  known.value = new Set([...known.value, id]);
}

/** Starts the path of an image by the chosen method; with `step`, back leads to the image before. */
export function startPath(next: Subject | undefined = subject.value, { step = false } = {}): void {
  const { value: slot } = main;
  const { value: current } = slot.model;
  if (!current || !next) return;
  if (step) know(current);
  const first = !slot.subject.value;
  // That one image of another kind is wanted says nothing of the next.
  if (step && slot.method.value.foreign) {
    slot.method.value = { ...slot.method.value, foreign: false };
  }
  const index = slot.frameIndex.value;
  slot.start(next).then(() => {
    if (slot.path.value.status === "done") know(current);
  });
  const last = slot.last.value;
  // At first the frame that should differ most; later the one that the user looks at stays.
  const farthest = (next.label ?? 0) * 2 > last ? 0 : last;
  jumpTo((first ? farthest : Math.min(index, last)) / Math.max(1, last));
  rememberPath(step);
}

/** Makes the path by another method. */
export function changeMethod(change: Partial<Method>): void {
  const { value: slot } = main;
  slot.method.value = { ...slot.method.value, ...change };
  if (slot.model.value) know(slot.model.value);
  startPath();
  if (change.target) goTo(1);
}

/** Goes to a frame of a path. */
export function goToFrame(slot: PathSlot, place: number): void {
  goTo(slot.last.value ? place / slot.last.value : 0);
}

/** Goes from picture to picture, or from frame to frame. */
export function stepAlong(slot: PathSlot, direction: number, byFrame = false): void {
  const places = byFrame
    ? slot.targets.value.map((_, i) => i)
    : slot.stops.value.map(({ place }) => place);
  const here = along.value * slot.last.value;
  const near = 1e-3;
  const next = direction > 0
    ? places.find((place) => place > here + near)
    : places.findLast((place) => place < here - near);
  if (next !== undefined) goToFrame(slot, next);
}

/** Writes what is shown into the address. */
export function rememberPath(step = false): void {
  const { value: slot } = main;
  if (!slot.model.value || !slot.subject.value) return;
  const { source } = slot.subject.value;
  currentImage.value = "image" in source ? undefined : { model: slot.modelId.value, ...source };
  const beside = kept.value && String(new URLSearchParams(parametersOfSlot(kept.value)));
  remember("explorer", { ...parametersOfSlot(slot), ...beside && { kept: beside } }, { step });
}

/** A path as parameters of the address. */
export function parametersOfSlot(slot: PathSlot): Record<string, string> {
  const { source } = slot.subject.value!;
  const image: Record<string, string> = "image" in source
    ? { image: source.image }
    : { split: source.split, index: String(source.index) };
  return { model: slot.modelId.value, ...image, ...parametersOf(slot.method.value) };
}

/** Keeps the path that is shown, beside which the choices make another. */
export function keepPath(): void {
  kept.value?.leave();
  const { value: slot } = main;
  kept.value = slot;
  main.value = slot.copy();
  rememberPath(true);
}

/** Shows one path again. */
export function showOne(): void {
  forgetKept();
  rememberPath(true);
}

/** Leaves the path that was kept. */
export function forgetKept(): void {
  kept.value?.leave();
  kept.value = undefined;
}
