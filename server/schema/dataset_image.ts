/** Images of data sets that a task's result names by their place: the API adds the picture. */

import { CountergradeError } from "@countergrade/countergrade";
import type { ImageSource } from "./image_source.ts";
import type { Services } from "./services.ts";
import type { SharedTypes } from "./shared_types.ts";
import type { Place } from "./task_data.ts";

/** The field `image` of a place; null where the data set is not here any more. */
export function datasetImageField({ image }: SharedTypes) {
  return {
    type: image,
    nullable: true as const,
    description: "The image, as the data set has it.",
    resolve: async (place: Place, _args: unknown, { pictures }: Services) =>
      await pictureAt(place, pictures),
  };
}

async function pictureAt(
  { dataset, split, index }: Place,
  pictures: Services["pictures"],
): Promise<ImageSource | null> {
  try {
    const opened = await pictures.dataset(dataset);
    return { picture: await pictures.image(opened, split, index) };
  } catch (error) {
    if (error instanceof CountergradeError) return null;
    throw error;
  }
}
