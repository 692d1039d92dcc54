/** What a server answers, given up as soon as it is no longer wanted. */

/**
 * The bytes of an answer, as they come. That `fetch()` knows `signal` is not enough: once the answer has begun, Deno
 * (https://github.com/denoland/deno/issues/29075) forgets with the next garbage collection that it was to be given up.
 *
 * @throws The reason of `signal` once it is aborted; what the connection fails by.
 */
export async function* chunksOf(
  { body }: Response,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (!body) return;
  const reader = body.getReader();
  const giveUp = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", giveUp);
  try {
    signal.throwIfAborted();
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener("abort", giveUp);
    giveUp();
  }
}
