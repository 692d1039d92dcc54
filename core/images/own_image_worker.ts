/** The thread of `ownImageApart`. */

import { InputError } from "../errors.ts";
import { type OwnImage, ownImage, type OwnImageOptions } from "./own_image.ts";

/** What the thread answers: the picture, what is wrong with its file, or what it met. */
export type ApartReply =
  | { readonly image: OwnImage }
  | { readonly refused: { readonly message: string; readonly path: readonly (string | number)[] } }
  | { readonly fault: string };

// The part of a worker's global scope that is used; the library for workers clashes with the one for pages.
declare const self: {
  postMessage(message: ApartReply): void;
  onmessage:
    | ((event: MessageEvent<{ bytes: Uint8Array; options: OwnImageOptions }>) => void)
    | null;
};

self.onmessage = async ({ data: { bytes, options } }) => {
  try {
    self.postMessage({ image: await ownImage(bytes, options) });
  } catch (error) {
    if (error instanceof InputError) {
      return self.postMessage({ refused: { message: error.message, path: error.path } });
    }
    self.postMessage({ fault: error instanceof Error ? error.stack ?? error.message : `${error}` });
  }
};
