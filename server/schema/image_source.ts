/** Where a picture comes from: a stored file, or a data set. */

import { addressOf, type DatasetPicture, pngOf } from "../http/dataset_pictures.ts";
import type { Services } from "./services.ts";

/** A picture that a client may fetch: a stored blob, or an image of a data set. */
export type ImageSource = { blob: string } | { picture: DatasetPicture };

/** A stored blob as an image, or null. */
export function blobImage(name: unknown): ImageSource | null {
  return typeof name === "string" ? { blob: name } : null;
}

/** Where an image is found on this server. */
export function urlOf(source: ImageSource, { base }: Pick<Services, "base">): string {
  return base + ("blob" in source ? `/blobs/${source.blob}` : addressOf(source.picture));
}

/** What kind of picture it is. */
export function mediaTypeOf(source: ImageSource): string {
  return "blob" in source && source.blob.endsWith(".svg") ? "image/svg+xml" : "image/png";
}

/** The file itself. */
export async function bytesOf(source: ImageSource, { jobs }: Services): Promise<Uint8Array> {
  return "blob" in source ? await jobs.workspace.blobs.read(source.blob) : pngOf(source.picture);
}
