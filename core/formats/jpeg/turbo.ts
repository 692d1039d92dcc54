/** libjpeg-turbo: baseline and progressive JPEG of 8 bits, gray or in three colors. */

import { ScriptCodec, type ScriptDecoder, type ScriptLibrary } from "../script_codec.ts";

interface Turbo extends ScriptLibrary {
  readonly JPEGDecoder: new () => ScriptDecoder;
}

/**
 * The decoder. Whether colors are RGB or YCbCr is told by Adobe's marker or the components' names, as libjpeg does. A file
 * that is cut off or damaged is refused.
 */
export const turbo = new ScriptCodec<Turbo>({
  binary: "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm",
  compiled: () => import("@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs"),
  script: () => import("@cornerstonejs/codec-libjpeg-turbo-8bit/decode"),
  decoder: ({ JPEGDecoder }) => new JPEGDecoder(),
});
