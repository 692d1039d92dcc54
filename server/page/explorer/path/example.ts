/** A finished path out of the gallery, for a model whose own first path is still to come, or cannot since its images are not here. */

/// <reference lib="dom" />

import { computed, signal } from "@preact/signals";
import { WAITS } from "../../jobs/queue_text.ts";
import type { Model } from "../../shared/operations.ts";
import type { Frame, Path } from "../operations.ts";
import { WAITING } from "./follow.ts";
import { shortName } from "./frame_target.ts";
import { kept, known, main } from "./main.ts";
import { jumpTo } from "./position.ts";
import { PathSlot } from "./slot.ts";

/** A path of the gallery. */
interface Sheet {
  readonly url: string;
  readonly caption: string;
  readonly split: string;
  readonly index: number;
  readonly label: number;
  /** The image as the model rebuilds it. */
  readonly rebuilt: string;
  readonly frames: readonly {
    readonly url: string;
    readonly asked: number;
    readonly image: number;
    readonly beyond?: number;
    readonly judge?: number;
    readonly measured?: number | null;
  }[];
}

/** A model of the gallery. */
interface Shown {
  readonly name: string;
  readonly title: string;
  readonly dataset: string;
  /** The id of its probe. */
  readonly probe: string;
  readonly judge?: string;
  readonly measurement?: { readonly name: string; readonly unit: string };
  readonly sheets: readonly Sheet[];
}

/** The models of the gallery; none before they are loaded. */
export const shown = signal<readonly Shown[]>([]);

/** Loads the gallery. @throws When it cannot be had. */
export async function loadShown(): Promise<void> {
  if (shown.value.length) return;
  shown.value = await (await fetch("showcase/index.json")).json();
}

/** The model that needs an example. A stored path is there before anything is told of it, so that nothing flickers. */
const wanted = computed((): Model | undefined => {
  const { value: slot } = main;
  const { value: model } = slot.model;
  const { value: subject } = slot.subject;
  if (!model || kept.value || known.value.has(model.id)) return undefined;
  if (!subject) return model.dataset ? undefined : model;
  const { status, message, isForeign } = slot.path.value;
  const isOver = status === "done" || isForeign || "image" in subject.source;
  const isNew = status === "waiting" && message === WAITS;
  return isOver || isNew ? undefined : model;
});

/** What the gallery has of that model. */
const entry = computed(() => shown.value.find(({ probe }) => probe === wanted.value?.id));

/** The path to show in the place of one's own. */
export const example = computed(() =>
  wanted.value && entry.value && slotOf(wanted.value, entry.value)
);

/** Loads the gallery as soon as there is need of it; the frame that differs most is shown first. */
export function prepareExample(): void {
  if (wanted.value) loadShown().catch(() => {});
  const { value: slot } = example;
  if (!slot || main.value.subject.peek()) return;
  jumpTo(slot.subject.peek()!.label! * 2 > slot.last.peek() ? 0 : 1);
}

/** Where to get the images of the model that is shown; nothing where they are here. */
export const missingImages = computed(() => {
  const { value: model } = main.value.model;
  return model && !model.dataset ? entry.value?.dataset : undefined;
});

/** By how much a path misses its grades at worst. */
function worstMiss({ frames }: Sheet): number {
  return Math.max(...frames.map(({ asked, image }) => Math.abs(image - asked)));
}

/** The path that misses least, as far as it is known. */
function slotOf(model: Model, { sheets, dataset, judge, measurement }: Shown): PathSlot {
  const sheet = sheets.reduce((best, next) => worstMiss(next) < worstMiss(best) ? next : best);
  const { split, index, label, rebuilt } = sheet;
  const slot = new PathSlot();
  slot.modelId.value = model.id;
  slot.subject.value = {
    name: "From the gallery",
    url: rebuilt,
    label,
    labelName: shortName(model.scale.names[label]) || model.scale.names[label],
    isRebuilt: true,
    source: { dataset, split, index },
  };
  const frames = sheet.frames.map((frame, i) => ({
    index: i,
    target: { grade: frame.asked, score: null, class: null },
    targetGrade: frame.asked,
    imageGrade: frame.image,
    beyond: frame.beyond ?? null,
    met: Math.abs(frame.image - frame.asked) <= TOLERANCE,
    judge: frame.judge === undefined
      ? null
      : { grade: frame.judge, probability: null, label: null },
    measured: measurement ? [{ ...measurement, value: frame.measured ?? null }] : null,
    image: { url: frame.url },
  } as Frame));
  const path = {
    reconstruction: { url: rebuilt },
    frames,
    judge: judge ? { name: judge, original: null } : null,
  } as unknown as Path;
  slot.path.value = { ...WAITING, status: "done", frames, path };
  return slot;
}

/** Within this a frame has its grade, as the server says of paths. */
const TOLERANCE = 0.25;
