/** One's own images: read in a thread of their own, kept as artifacts of kind `image`. */

import { type Artifact, CountergradeError, InputError } from "@countergrade/countergrade";
import { type OwnImage, ownImageMetadata } from "@countergrade/countergrade/images";
import { artifactId, EVERYBODY, sha256, type Workspace } from "@countergrade/countergrade/jobs";
import type { UploadReply } from "./messages.ts";

/** How long the reading of one picture may take, in ms. */
const DEADLINE = 30_000;

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
    const files = { "image.png": await blobs.write(image.png, "png") };
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
    const reply = await readApart(
      bytes,
      AbortSignal.any([this.#stopping, AbortSignal.timeout(DEADLINE)]),
    );
    if ("image" in reply) return { image: reply.image, hash };
    const { code, message, path } = reply.error;
    if (code === "BAD_INPUT") throw new InputError(message, path);
    // What the thread met goes to the log, and no further.
    throw code === "INTERNAL" ? new Error(reply.cause) : new CountergradeError(code, message);
  }
}

/** Reads a picture in a thread that lives for it alone. The bytes are handed over. */
async function readApart(bytes: Uint8Array, signal: AbortSignal): Promise<UploadReply> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    type: "module",
    name: "upload",
    deno: { permissions: "none" },
  });
  try {
    return await new Promise((resolve, reject) => {
      const late = () =>
        reject(new CountergradeError("LIMIT", "Cannot take the image: reading it takes too long"));
      if (signal.aborted) return late();
      signal.addEventListener("abort", late, { once: true });
      worker.onmessage = ({ data }: MessageEvent<UploadReply>) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new InputError("Cannot take the image: it cannot be read", ["file"]));
      };
      worker.postMessage(bytes, [bytes.buffer]);
    });
  } finally {
    worker.terminate();
  }
}
