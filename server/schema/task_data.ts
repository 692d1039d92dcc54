/** What tasks tell, as far as the API reads it: places of images, frames of paths. */

/** The place of an image, perhaps with what is known about it. */
export type Place =
  & { readonly dataset: string; readonly split: string; readonly index: number }
  & Readonly<Record<string, unknown>>;

/** A frame as the task tells it. Third parties may tell more or less. */
export type FrameData = Readonly<Record<string, unknown>>;

/** A number as it is; null for what is none. */
export function figure(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
