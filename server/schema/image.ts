/** The type `Image`: an address that never changes its meaning, or the picture itself as a data URL. */

import { encodeBase64 } from "./base64.ts";
import { bytesOf, mediaTypeOf, urlOf } from "./image_source.ts";
import type { SharedTypes } from "./shared_types.ts";

/** Adds the type `Image`. */
export function addImage({ image }: SharedTypes): void {
  image.implement({
    description: "A picture, PNG or SVG.",
    fields: (t) => ({
      url: t.string({
        description: "Its address on this server. What it shows never changes: cache it for good.",
        resolve: (source, _args, services) => urlOf(source, services),
      }),
      dataUrl: t.string({
        complexity: 20,
        description: "The picture itself, as `data:image/png;base64,…`.",
        resolve: async (source, _args, services) =>
          `data:${mediaTypeOf(source)};base64,${encodeBase64(await bytesOf(source, services))}`,
      }),
    }),
  });
}
