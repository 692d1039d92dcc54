/** One's own images: the upload, and the type of what is stored. */

import { type Artifact, InputError } from "@countergrade/countergrade";
import type { ImageSource } from "../image_source.ts";
import { addPayload, payloadOf } from "../payload.ts";
import type { Services } from "../services.ts";
import { artifactType, type SharedTypes } from "../shared_types.ts";

/** Adds `StoredImage` and the mutation `uploadImage`. */
export function addUploads(types: SharedTypes): void {
  const { builder, artifact, node, image } = types;
  const storedImage = artifactType(types, "image");
  const size = (name: string) => ({ metadata }: Artifact) => Number(metadata[name]);
  storedImage.implement({
    description:
      "An image of one's own, as a plain PNG: upright, without opacity, and with nothing in it beside pixels. Of a volume the PNG shows the middle planes, and the file `volume.nii.gz` has its voxels.",
    interfaces: [artifact, node],
    fields: (t) => ({
      width: t.int({ description: "In pixels.", resolve: size("width") }),
      height: t.int({ description: "In pixels.", resolve: size("height") }),
      channels: t.int({ description: "1 is gray, 3 is RGB.", resolve: size("channels") }),
      depth: t.int({ description: "Bits per sample, 8 or 16.", resolve: size("depth") }),
      format: t.string({
        description:
          "What the file was: PNG, JPEG, TIFF or DICOM; of a volume NIfTI, MetaImage or zip.",
        resolve: ({ metadata }) => String(metadata.format),
      }),
      orientation: t.int({
        description:
          "The orientation in the Exif data of a JPEG, 1 to 8; the stored image is upright.",
        resolve: size("orientation"),
      }),
      image: t.field({
        type: image,
        description: "The picture.",
        resolve: ({ files }): ImageSource => ({ blob: files["image.png"] }),
      }),
    }),
  });
  const payload = addPayload(types, "UploadImagePayload", {
    name: "image",
    type: storedImage,
    description: "The stored image",
  });
  builder.mutationField("uploadImage", (t) =>
    t.field({
      type: payload,
      nullable: true,
      args: { file: t.arg({ type: "File", required: true, description: "The picture file." }) },
      description:
        "Stores an image of one's own: PNG, JPEG, TIFF or DICOM, up to 20 MB and 2²⁴ pixels, of which 2²⁰ are kept; or a volume: NIfTI, MetaImage, or a zip archive of a DICOM series, up to 20 MB and 2²⁶ voxels, of which 2²⁴ are kept. A JPEG is turned upright as its Exif data says; tasks adapt size and colors to their encoder.",
      resolve: (_root, { file }, services) =>
        payloadOf(() => services.uploads.store(fileOf(file, services), services.jobs.client)),
    }));
}

/** The file of an operation's variable. */
function fileOf(name: string, { files }: Services): File {
  const file = files.get(name);
  if (file) return file;
  throw new InputError("Cannot take the image: expected a file of this request", ["file"]);
}
