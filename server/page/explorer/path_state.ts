/** The path that is shown: of which image, made how, and how far it has come. */

import { computed, signal } from "@preact/signals";
import { remember } from "../shared/address.ts";
import { followPath, type PathState, WAITING } from "./follow_path.ts";
import { model } from "./choose/model_state.ts";
import { goTo, jumpTo, position } from "./position.ts";
import { type FrameTarget, frameTargetsOf } from "./frame_target.ts";
import { inputOf, type Method, parametersOf, USUAL } from "./choose/method.ts";

/** The image that a path starts from: one of a data set, or one's own. */
export interface Subject {
  readonly name: string;
  readonly url: string;
  readonly label?: number;
  readonly labelName?: string;
  /** Its part of the operation's input. */
  readonly source: { dataset: string; split: string; index: number } | { image: string };
}

export const subject = signal<Subject | undefined>(undefined);
export const method = signal<Method>(USUAL);
export const path = signal<PathState>(WAITING);

/** As many frames as most paths have, so that nothing moves once it is known. */
const UNKNOWN: readonly FrameTarget[] = Array(4).fill({ mark: "–", name: "" });

/** What each frame of the path shall be. */
export const frameTargets = computed(() =>
  model.value
    ? frameTargetsOf(
      method.value.target,
      model.value.scale,
      path.value.frames,
      path.value.path !== undefined,
    )
    : UNKNOWN
);

let following = new AbortController();

/** Starts the path of the chosen image by the chosen method; the path before is cancelled. */
export function startPath(next: Subject | undefined = subject.value): void {
  const { value: current } = model;
  if (!current || !next) return;
  following.abort();
  following = new AbortController();
  const first = !subject.value;
  subject.value = next;
  path.value = WAITING;
  const last = frameTargets.value.length - 1;
  // At first the frame that should differ most; later the one that the user looks at stays.
  const farthest = (next.label ?? 0) * 2 > last ? 0 : last;
  jumpTo(first ? farthest : Math.min(Math.round(position.value), last));
  rememberPath();
  const input = { probe: current.id, ...next.source, ...inputOf(method.value, current.scale) };
  followPath(input, show, following.signal);
}

/** Shows a state; where targets were not reached, the eye rests on the last that was. */
function show(state: PathState): void {
  path.value = state;
  const last = frameTargets.value.length - 1;
  if (position.value > last) jumpTo(last);
}

/** Makes the path by another method. */
export function changeMethod(change: Partial<Method>): void {
  method.value = { ...method.value, ...change };
  startPath();
  if (change.target) goTo(frameTargets.value.length - 1);
}

/** Writes what is shown into the address. */
export function rememberPath(): void {
  if (!model.value || !subject.value) return;
  const { source } = subject.value;
  const image: Record<string, string> = "image" in source
    ? { image: source.image }
    : { split: source.split, index: String(source.index) };
  remember("explorer", { model: model.value.id, ...image, ...parametersOf(method.value) });
}

/** Stops whatever runs and shows none. */
export function leavePath(): void {
  following.abort();
  subject.value = undefined;
  path.value = WAITING;
}
