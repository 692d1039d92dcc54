/** The image of a data set that was looked at last, for views that can show where it is. */

import { signal } from "@preact/signals";

/** A place in a split, seen through a model. */
export interface CurrentImage {
  readonly model: string;
  readonly split: string;
  readonly index: number;
}

export const currentImage = signal<CurrentImage | undefined>(undefined);
