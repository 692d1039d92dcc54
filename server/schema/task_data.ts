/** What tasks tell, as far as the API reads it: places of images, frames of paths. */

/** The place of an image, perhaps with what is known about it. */
export type Place =
  & { readonly dataset: string; readonly split: string; readonly index: number }
  & Readonly<Record<string, unknown>>;

/** A frame as the task tells it. Third parties may tell more or less. */
export type FrameData = Readonly<Record<string, unknown>>;

/** What a frame was to arrive at: one of these. */
export type TargetData = Readonly<Record<string, unknown>>;

/** What a probe says about an image. */
export interface Judgement {
  readonly grade: number;
  readonly score: number;
  readonly probability: number;
}

/** What a judge says about one picture. */
export interface VerdictData {
  readonly grade?: number | null;
  readonly probability?: number | null;
  readonly label?: number | null;
}

/** How far something moved that was held. */
export interface HeldData {
  readonly name: string;
  readonly change: number | null;
}

/** A quantity of a frame's pixels. */
export interface MeasuredData {
  readonly name: string;
  readonly unit: string;
  readonly value: number | null;
}

/** What the pixels of a frame say. */
export interface SeenData {
  readonly held?: readonly HeldData[];
  readonly outside?: number;
  readonly outsideChange?: number;
  readonly arrived?: number;
  readonly likeness?: number;
}

/** A judge, and what it says beside the frames. */
export interface JudgeData {
  readonly name: string;
  readonly original?: VerdictData;
  readonly reconstruction?: VerdictData;
}

/** A target that is no frame. */
export interface UnreachedData {
  readonly target: TargetData;
  readonly reason: string;
}

/** A volume to look at slice by slice; `planes` say which are sagittal, coronal and axial. */
export interface VolumeData {
  readonly sheet: string;
  readonly depth: number;
  readonly planes?: Readonly<Record<string, string>>;
}

/** A number as it is; null for what is none. */
export function figure(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** Whether an image is one of the kind that a model learned from. */
export interface FamiliarityData {
  readonly verdict: string;
  readonly p: number;
  readonly trait: string;
  readonly images: number;
  readonly measuredOn: string;
}
