/** Reading a request's body within a limit, whatever its headers claim. */

import { CountergradeError, InputError } from "@countergrade/countergrade";

/**
 * The whole body.
 *
 * @throws {CountergradeError} LIMIT, when it has more than `limit` bytes; no more than those are read.
 * @throws {InputError} When its length is given, but is no number.
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const claimed = request.headers.get("content-length");
  if (claimed !== null) {
    if (!/^\d+$/.test(claimed)) {
      throw new InputError("Cannot read the request: expected a content-length in digits");
    }
    // What is claimed is what comes: the HTTP layer reads no further.
    if (Number(claimed) > limit) throw tooLarge(limit, claimed);
    return await unbroken(request.bytes());
  }
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  while (reader) {
    const { value, done } = await unbroken(reader.read());
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw tooLarge(limit, "more");
    }
    parts.push(value);
  }
  return await new Blob(parts).bytes();
}

async function unbroken<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    throw new InputError("Cannot read the request: it broke off", [], { cause });
  }
}

function tooLarge(limit: number, came: string): CountergradeError {
  return new CountergradeError(
    "LIMIT",
    `Cannot read the request: expected at most ${limit} bytes, it has ${came}`,
  );
}
