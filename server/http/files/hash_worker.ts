/** A thread that hashes one file, piece by piece: the thread that answers has other things to do. */

import { createHash } from "node:crypto";

// The part of a worker's global scope that is used; the library for workers clashes with the one for pages.
declare const self: {
  postMessage(message: { hash: string } | { error: string }): void;
  onmessage: ((event: MessageEvent<string>) => void) | null;
};

self.onmessage = async ({ data: path }) => {
  try {
    const hash = createHash("sha256");
    using file = await Deno.open(path);
    const piece = new Uint8Array(1 << 20);
    for (let size; (size = file.readSync(piece)) !== null;) hash.update(piece.subarray(0, size));
    self.postMessage({ hash: hash.digest("hex") });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
