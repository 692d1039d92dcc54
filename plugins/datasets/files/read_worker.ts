/** The worker that reads sources, so that decoding does not keep the thread that asked. */

import { readSource } from "./read_source.ts";
import type { Source } from "./source.ts";

const scope = self as unknown as {
  onmessage: (event: MessageEvent<{ number: number; source: Source }>) => void;
  postMessage(message: unknown, transfer?: Transferable[]): void;
};

scope.onmessage = async ({ data: { number, source } }) => {
  try {
    const reading = await readSource(source);
    const transfer = "images" in reading ? [reading.images.data.buffer as ArrayBuffer] : [];
    scope.postMessage({ number, reading }, transfer);
  } catch (error) {
    scope.postMessage({ number, error: error instanceof Error ? error.stack : String(error) });
  }
};
