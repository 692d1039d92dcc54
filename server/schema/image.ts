/** The type `Image`: an address that never changes its meaning, or the picture itself as a data URL. */

import { encodeBase64 } from "./base64.ts";
import type { Parts } from "./parts.ts";
import type { Services } from "./services.ts";
import { addressOf, type GalleryImage, pngOf } from "../http/dataset_pictures.ts";

/** A picture that a client may fetch: a stored blob, or an image of a data set. */
export type ImageSource = { blob: string } | { gallery: GalleryImage };

/** A stored blob as an image, or null. */
export function blobImage(name: unknown): ImageSource | null {
  return typeof name === "string" ? { blob: name } : null;
}

/** Where an image is found on this server. */
export function urlOf(source: ImageSource): string {
  return "blob" in source ? `/blobs/${source.blob}` : addressOf(source.gallery);
}

async function bytesOf(source: ImageSource, { jobs }: Services): Promise<Uint8Array> {
  return "blob" in source ? await jobs.workspace.blobs.read(source.blob) : pngOf(source.gallery);
}

/** Adds the type `Image`. */
export function addImage({ image }: Parts): void {
  image.implement({
    description: "A PNG picture.",
    fields: (t) => ({
      url: t.string({
        description: "Its address on this server. What it shows never changes: cache it for good.",
        resolve: urlOf,
      }),
      dataUrl: t.string({
        complexity: 20,
        description: "The picture itself, as `data:image/png;base64,…`.",
        resolve: async (source, _args, services) =>
          `data:image/png;base64,${encodeBase64(await bytesOf(source, services))}`,
      }),
    }),
  });
}
