/** OpenJPEG: JPEG 2000 and High-Throughput JPEG 2000. */

import { ScriptCodec, type ScriptDecoder, type ScriptLibrary } from "../script_codec.ts";

interface OpenJpeg extends ScriptLibrary {
  readonly J2KDecoder: new () => ScriptDecoder;
}

/** The decoder; colors that JPEG 2000 took apart come back as RGB. */
export const openJpeg = new ScriptCodec<OpenJpeg>({
  binary: "@cornerstonejs/codec-openjpeg/decodewasm",
  compiled: () => import("@cornerstonejs/codec-openjpeg/decodewasmjs"),
  script: () => import("@cornerstonejs/codec-openjpeg/decode"),
  decoder: ({ J2KDecoder }) => new J2KDecoder(),
});
