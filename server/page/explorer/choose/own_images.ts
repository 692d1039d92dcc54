/** Images of one's own: sent to the server, kept there, chosen like those of a data set. */

/// <reference lib="dom" />

import { signal } from "@preact/signals";
import { insist, ServerError, upload } from "../../shared/client.ts";
import { FIND, type StoredImage, UPLOAD } from "../operations.ts";
import type { Subject } from "../path_state.ts";

/** Those sent or asked for since the page was opened, the newest first. */
export const ownImages = signal<readonly StoredImage[]>([]);
/** How sending goes: nothing, the name of what is sent, or why it failed. */
export const sending = signal<{ name?: string; error?: string }>({});

/** Sends a file; returns the stored image, or nothing where that failed, see {@linkcode sending}. */
export async function send(file: File): Promise<StoredImage | undefined> {
  sending.value = { name: file.name };
  try {
    const { answer } = await upload<{ answer: StoredImage & { message?: string } }>(UPLOAD, file);
    if (answer.message !== undefined) throw new ServerError(answer.message);
    sending.value = {};
    return kept(answer);
  } catch (error) {
    const message = error instanceof ServerError
      ? error.message
      : "The image could not be sent. Try again when the server can be reached.";
    sending.value = { error: message };
  }
}

/** A stored image by its id, as an address names it. */
export async function findImage(id: string): Promise<Subject | undefined> {
  const { node } = await insist<{ node: Partial<StoredImage> | null }>(FIND, { id });
  return node?.image ? ownSubject(kept(node as StoredImage)) : undefined;
}

/** Such an image as the start of a path. */
export function ownSubject({ id, title, image }: StoredImage): Subject {
  return { name: title, url: image.url, source: { image: id } };
}

function kept(image: StoredImage): StoredImage {
  ownImages.value = [image, ...ownImages.value.filter(({ id }) => id !== image.id)];
  return image;
}
