/** Images of one's own: sent to the server, kept there, chosen like those of a data set. */

/// <reference lib="dom" />

import { signal } from "@preact/signals";
import { insist, ServerError, upload } from "../../shared/client.ts";
import { FIND, type StoredImage, UPLOAD } from "../operations.ts";
import type { Subject } from "../path/slot.ts";

/** Those sent or asked for since the page was opened, the newest first. */
export const ownImages = signal<readonly StoredImage[]>([]);
/** How sending goes: nothing, the name of what is sent, or why it failed. */
export const sending = signal<{ name?: string; error?: string }>({});

interface Stored {
  readonly image: StoredImage | null;
  readonly errors: readonly { message: string }[];
}

/** Sends a file; returns the stored image, or nothing where that failed, see {@linkcode sending}. */
export async function send(file: File): Promise<StoredImage | undefined> {
  sending.value = { name: file.name };
  try {
    const { stored: { image, errors } } = await upload<{ stored: Stored }>(UPLOAD, file);
    if (!image) throw new ServerError(errors[0].message);
    sending.value = {};
    return kept(image);
  } catch (error) {
    const message = error instanceof ServerError
      ? error.message
      : "The image could not be sent. Try again when the server can be reached.";
    sending.value = { error: message };
  }
}

/** A stored image by its id, as an address names it. */
export async function findImage(id: string): Promise<Subject | undefined> {
  const { storedImage } = await insist<{ storedImage: StoredImage | null }>(FIND, { id });
  return storedImage ? ownSubject(kept(storedImage)) : undefined;
}

/** Such an image as the start of a path. */
export function ownSubject({ id, title, image }: StoredImage): Subject {
  return { name: title, url: image.url, source: { image: id } };
}

function kept(image: StoredImage): StoredImage {
  ownImages.value = [image, ...ownImages.value.filter(({ id }) => id !== image.id)];
  return image;
}
