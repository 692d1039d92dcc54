/** One's own images: read in a thread of their own, kept as artifacts of kind `image`. */

import type { Artifact } from "@countergrade/countergrade";
import { type OwnImage, ownImageApart, ownImageMetadata } from "@countergrade/countergrade/images";
import { artifactId, EVERYBODY, sha256, type Workspace } from "@countergrade/countergrade/jobs";

/** Takes uploaded pictures, one at a time. */
export class Uploads {
  readonly #workspace: Workspace;
  readonly #stopping: AbortSignal;
  #last: Promise<unknown> = Promise.resolve();

  /** `stopping` ends what is being read. */
  constructor(workspace: Workspace, stopping: AbortSignal) {
    this.#workspace = workspace;
    this.#stopping = stopping;
  }

  /**
   * Reads a picture, see `ownImage`, and stores it for a client. The same file gives the same artifact.
   *
   * @throws {InputError} At `file`, when it is too large or no picture.
   * @throws {CountergradeError} LIMIT, when reading takes too long.
   */
  async store(file: File, client: string = EVERYBODY): Promise<Artifact> {
    const turn = this.#last.then(() => this.#read(file));
    this.#last = turn.catch(() => {});
    const { image, hash } = await turn;
    const { blobs, store } = this.#workspace;
    const files = {
      "image.png": await blobs.write(image.png, "png"),
      ...image.volume && { "volume.nii.gz": await blobs.write(image.volume, "gz") },
    };
    const provenance = {
      task: "uploadImage",
      plugins: [],
      options: {},
      seed: 0,
      inputs: [`sha256:${hash}`],
    };
    const artifact = {
      id: artifactId("image", files, provenance),
      kind: "image",
      createdAt: new Date().toISOString(),
      files,
      metadata: ownImageMetadata(image, file.name),
      provenance,
    };
    return await store.artifacts.put(artifact, undefined, { client });
  }

  async #read(file: File): Promise<{ image: OwnImage; hash: string }> {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const hash = sha256(bytes);
    return { image: await ownImageApart(bytes, { signal: this.#stopping }), hash };
  }
}
