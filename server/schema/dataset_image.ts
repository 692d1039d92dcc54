/** Images of data sets that a task's result names by their place: the API adds the picture. */

import { CountergradeError } from "@countergrade/countergrade";
import type { ImageSource } from "./image.ts";
import type { Parts } from "./parts.ts";
import type { Services } from "./services.ts";

/** The place of an image, perhaps with what is known about it. */
export type Place =
  & { readonly dataset: string; readonly split: string; readonly index: number }
  & Readonly<Record<string, unknown>>;

/** The field `image` of a place; null where the data set is not here any more. */
export function datasetImageField({ image }: Parts) {
  return {
    type: image,
    nullable: true as const,
    description: "The image, as the data set has it.",
    resolve: async (place: Place, _args: unknown, { gallery }: Services) =>
      await pictureAt(place, gallery),
  };
}

async function pictureAt(
  { dataset, split, index }: Place,
  gallery: Services["gallery"],
): Promise<ImageSource | null> {
  try {
    const opened = await gallery.dataset(dataset);
    return { gallery: await gallery.image(opened, split, index) };
  } catch (error) {
    if (error instanceof CountergradeError) return null;
    throw error;
  }
}
