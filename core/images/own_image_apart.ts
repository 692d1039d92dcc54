/** One's own image, read in a thread that lives for it alone, so that no file holds up or harms whoever asked. */

import { CountergradeError, InputError } from "../errors.ts";
import { codecFiles } from "../formats/script_codec.ts";
import type { OwnImage, OwnImageOptions } from "./own_image.ts";
import type { ApartReply } from "./own_image_worker.ts";

/** How long the reading of one picture may take, in ms. */
const DEADLINE = 30_000;

/** How a file is read apart. */
export interface ApartOptions extends OwnImageOptions {
  /** In ms; half a minute by default. */
  readonly deadline?: number;
  /** Ends the reading. */
  readonly signal?: AbortSignal;
}

/**
 * Reads a file as `ownImage` does, in a thread without permissions but to read the decoders' own files.
 *
 * @param bytes Handed over: empty afterwards.
 * @throws {InputError} At `file`, when it is no picture, or too large.
 * @throws {CountergradeError} LIMIT, when it takes too long or is ended.
 */
export async function ownImageApart(
  bytes: Uint8Array<ArrayBuffer>,
  { deadline = DEADLINE, signal, ...options }: ApartOptions = {},
): Promise<OwnImage> {
  const worker = new Worker(new URL("./own_image_worker.ts", import.meta.url), {
    type: "module",
    name: "own image",
    deno: { permissions: { read: codecFiles() } },
  });
  const ended = AbortSignal.any([AbortSignal.timeout(deadline), ...signal ? [signal] : []]);
  try {
    const reply = await answerOf(worker, ended, () => {
      worker.postMessage({ bytes, options }, [bytes.buffer]);
    });
    if ("image" in reply) return reply.image;
    if ("refused" in reply) throw new InputError(reply.refused.message, reply.refused.path);
    throw new Error(`Cannot read a picture: ${reply.fault}`);
  } finally {
    worker.terminate();
  }
}

async function answerOf(
  worker: Worker,
  ended: AbortSignal,
  ask: () => void,
): Promise<ApartReply> {
  return await new Promise((resolve, reject) => {
    const late = () =>
      reject(new CountergradeError("LIMIT", "Cannot take the image: reading it takes too long"));
    if (ended.aborted) return late();
    ended.addEventListener("abort", late, { once: true });
    worker.onmessage = ({ data }: MessageEvent<ApartReply>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new InputError("Cannot take the image: it cannot be read", ["file"]));
    };
    ask();
  });
}
