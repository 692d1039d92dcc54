/** A source that counts what is read from it. */

import type { ByteSource } from "@countergrade/countergrade";

/** `source`, with the bytes read since the last `reset`. */
export function counting(source: ByteSource): ByteSource & { bytesRead: number; reset(): void } {
  return {
    size: source.size,
    bytesRead: 0,
    reset() {
      this.bytesRead = 0;
    },
    read(start, end) {
      this.bytesRead += end - start;
      return source.read(start, end);
    },
  };
}
