/** A path on the page: of which image, by which model and method, and how far it has come. There can be several. */

import { computed, effect, signal } from "@preact/signals";
import { inputOf, type Method, USUAL } from "../choose/method.ts";
import { models } from "../choose/model_state.ts";
import { betweenInput } from "./between.ts";
import { followPath, type PathState, WAITING } from "./follow.ts";
import { type FrameTarget, frameTargetsOf } from "./frame_target.ts";
import { along } from "./position.ts";
import type { Volume } from "../operations.ts";
import { nearestStop, stopsOf } from "./stops.ts";

/** The image that a path starts from: one of a data set, or one's own. */
export interface Subject {
  readonly name: string;
  readonly url: string;
  readonly label?: number;
  readonly labelName?: string;
  readonly volume?: Volume;
  /** Whether it is known only as the model rebuilds it. */
  readonly isRebuilt?: boolean;
  /** Its part of the operation's input. */
  readonly source: { dataset: string; split: string; index: number } | { image: string };
}

/** As many frames as most paths have, so that nothing moves once it is known. */
const UNKNOWN: readonly FrameTarget[] = Array(4).fill({ mark: "–", name: "" });

/** How many real images are shown beside a frame. */
const NEAR = 6;

/** Whether pictures between the frames are rendered too. */
export const wantsBetween = signal(true);

/** A path with all that it was made of. */
export class PathSlot {
  readonly modelId = signal("");
  readonly subject = signal<Subject | undefined>(undefined);
  readonly method = signal<Method>(USUAL);
  readonly path = signal<PathState>(WAITING);
  /** The pictures between the frames, which come after them. */
  readonly between = signal<PathState | undefined>(undefined);
  /** The same path with real images near its frames, once somebody has asked for them. */
  readonly near = signal<PathState | undefined>(undefined);
  #following = new AbortController();

  readonly model = computed(() => models.value?.find(({ id }) => id === this.modelId.value));

  /** What each frame shall be. */
  readonly targets = computed(() =>
    this.model.value
      ? frameTargetsOf(
        this.method.value.target,
        this.model.value.scale,
        this.path.value.frames,
        this.path.value.path !== undefined,
      )
      : UNKNOWN
  );

  readonly last = computed(() => Math.max(0, this.targets.value.length - 1));
  /** Where the eye rests, in frames. */
  readonly place = computed(() => along.value * this.last.value);
  readonly frameIndex = computed(() => Math.round(this.place.value));

  /** All pictures that are there. */
  readonly stops = computed(() =>
    stopsOf(this.path.value.frames, this.between.value?.path?.frames)
  );

  /** The picture that is shown: a rendered one at all times, never a blend of two. */
  readonly stop = computed(() => nearestStop(this.stops.value, this.place.value));

  /** Where that picture lies, or where the eye rests before there is one. */
  readonly here = computed(() => this.stop.value?.place ?? this.place.value);

  /** The target of the picture that is shown, or of the one that is to come. */
  readonly target = computed((): FrameTarget | undefined => {
    const { value: stop } = this.stop;
    const { value: model } = this.model;
    const known = this.targets.value[this.frameIndex.value];
    if (!stop || !model || Number.isInteger(stop.place)) return known;
    const frame = { ...stop.frame, index: 0 };
    return frameTargetsOf({ kind: "all" }, model.scale, [frame], true)[0];
  });

  /** Whether grades mean something here: not for an image of another kind than the model learned from. */
  readonly isGraded = computed(() =>
    this.path.value.path?.familiarity?.verdict !== "foreign" && !this.path.value.isForeign
  );

  /** Starts the path of an image; the path before is left. Resolves when the path is there or has failed. */
  async start(subject: Subject): Promise<void> {
    const { value: model } = this.model;
    if (!model) return;
    this.#following.abort();
    this.#following = new AbortController();
    const { signal } = this.#following;
    this.subject.value = subject;
    this.path.value = WAITING;
    this.between.value = undefined;
    this.near.value = undefined;
    const input = { probe: model.id, ...subject.source };
    const made = inputOf(this.method.value, model.scale);
    await followPath({ ...input, ...made }, (state) => this.path.value = state, signal);
    const more = betweenInput(this.method.value.target, model.scale);
    if (!more || this.path.value.status !== "done") return;
    whenWanted(signal, () => {
      followPath({ ...input, ...made, ...more }, (state) => this.between.value = state, signal);
    });
  }

  /** Looks for real images near the frames. */
  findNear(): void {
    const { value: model } = this.model;
    const { value: subject } = this.subject;
    if (!model || !subject || this.near.value) return;
    const { signal } = this.#following;
    const input = {
      probe: model.id,
      ...subject.source,
      ...inputOf(this.method.value, model.scale),
    };
    this.near.value = WAITING;
    const show = (state: PathState) => this.near.value = state;
    followPath({ ...input, neighbors: NEAR }, show, signal);
  }

  /** Stops whatever runs and shows none. */
  leave(): void {
    this.#following.abort();
    this.subject.value = undefined;
    this.path.value = WAITING;
    this.between.value = undefined;
  }

  /** The same choices for another path, which is not started. */
  copy(): PathSlot {
    const slot = new PathSlot();
    slot.modelId.value = this.modelId.value;
    slot.subject.value = this.subject.value;
    slot.method.value = this.method.value;
    slot.path.value = this.path.value;
    slot.between.value = this.between.value;
    return slot;
  }
}

/** Does something once pictures between the frames are wanted, unless the path was left before. */
function whenWanted(signal: AbortSignal, act: () => void): void {
  const stop = effect(() => {
    if (signal.aborted || !wantsBetween.value) return;
    queueMicrotask(() => stop());
    act();
  });
  signal.addEventListener("abort", () => stop());
}
