/** Where a picture comes from: a stored file, or a data set. */

import { addressOf, type DatasetPicture, pngOf } from "../http/dataset_pictures.ts";
import { cutText, type PlaneCut, planeOfSheet } from "../http/plane_cut.ts";
import type { Services } from "./services.ts";

/** A picture that a client may fetch: a stored blob, or an image of a data set; or a plane of it, of volumes. */
export type ImageSource = ({ blob: string } | { picture: DatasetPicture }) & { cut?: PlaneCut };

/** A stored blob as an image, or null. */
export function blobImage(name: unknown): ImageSource | null {
  return typeof name === "string" ? { blob: name } : null;
}

/** Where an image is found on this server. */
export function urlOf(source: ImageSource, { base }: Pick<Services, "base">): string {
  const { cut } = source;
  if (!("blob" in source)) return base + addressOf(source.picture, cut);
  return `${base}/blobs/${source.blob}${cut ? `?${cutText(cut)}` : ""}`;
}

/** What kind of picture it is. */
export function mediaTypeOf(source: ImageSource): string {
  return "blob" in source && source.blob.endsWith(".svg") ? "image/svg+xml" : "image/png";
}

/** The file itself. */
export async function bytesOf(source: ImageSource, { jobs }: Services): Promise<Uint8Array> {
  if (!("blob" in source)) return pngOf(source.picture, source.cut);
  const bytes = await jobs.workspace.blobs.read(source.blob);
  return source.cut ? planeOfSheet(bytes, source.cut) : bytes;
}
