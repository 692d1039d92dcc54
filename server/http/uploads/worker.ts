/** A thread without permissions that reads one uploaded picture, so that no file holds up or harms the server. */

import { ownImage } from "@countergrade/countergrade/images";
import { describeError } from "@countergrade/countergrade/jobs";
import type { UploadReply } from "./messages.ts";

// The part of a worker's global scope that is used; the library for workers clashes with the one for pages.
declare const self: {
  postMessage(message: UploadReply): void;
  onmessage: ((event: MessageEvent<Uint8Array>) => void) | null;
};

self.onmessage = async ({ data }) => {
  try {
    self.postMessage({ image: await ownImage(data) });
  } catch (error) {
    const cause = error instanceof Error ? error.stack ?? error.message : String(error);
    self.postMessage({ error: describeError(error), cause });
  }
};
