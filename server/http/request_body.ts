/** Reading the bodies of requests: each within a length and a time, all of them within a bound on memory. */

import { CountergradeError, InputError } from "@countergrade/countergrade";

/** What one body may be. */
export interface BodyLimits {
  /** Its length. */
  readonly bytes: number;
  /** How long it may take, in ms. */
  readonly ms: number;
}

/** What all bodies that are being read may hold, in bytes. */
export interface BodyBounds {
  readonly all: number;
  readonly ofOneClient: number;
}

const BOUNDS: BodyBounds = { all: 256_000_000, ofOneClient: 64_000_000 };

/** How long nothing of a body may come, in ms. */
const SILENCE = 20_000;

/** A body that is not read, with the HTTP status that says why. */
export class BodyRefused extends CountergradeError {
  override readonly name = "BodyRefused";
  readonly status: 408 | 413 | 503;

  constructor(status: 408 | 413 | 503, reason: string) {
    super("LIMIT", `Cannot read the request: ${reason}`);
    this.status = status;
  }
}

/** The bodies that are being read. What has come counts, not what is claimed: a client that sends nothing holds nothing. */
export class RequestBodies {
  readonly #bounds: BodyBounds;
  #held = 0;
  readonly #heldBy = new Map<string, number>();

  constructor(bounds: BodyBounds = BOUNDS) {
    this.#bounds = bounds;
  }

  /** How many bytes are held now. */
  get held(): number {
    return this.#held;
  }

  /**
   * The whole body of a client's request.
   *
   * @throws {BodyRefused} When it is too long or too slow, or too much is being read already.
   * @throws {InputError} When its length is given, but is no number, or it breaks off.
   */
  async read(
    request: Request,
    client: string,
    { bytes, ms }: BodyLimits,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const claimed = request.headers.get("content-length");
    if (claimed !== null && !/^\d+$/.test(claimed)) {
      throw new InputError("Cannot read the request: expected a content-length in digits");
    }
    if (Number(claimed ?? 0) > bytes) throw tooLong(bytes, claimed!);
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    try {
      for await (const part of partsOf(request.body, ms)) {
        size += part.length;
        if (size > bytes) throw tooLong(bytes, "more");
        this.#hold(client, part.length);
        parts.push(part);
      }
      return await new Blob(parts).bytes();
    } finally {
      this.#release(client, parts.reduce((sum, { length }) => sum + length, 0));
    }
  }

  #hold(client: string, bytes: number): void {
    const own = (this.#heldBy.get(client) ?? 0) + bytes;
    const { all, ofOneClient } = this.#bounds;
    if (own > ofOneClient || this.#held + bytes > all) {
      throw new BodyRefused(503, "so much is being read already; try again in a moment");
    }
    this.#held += bytes;
    this.#heldBy.set(client, own);
  }

  #release(client: string, bytes: number): void {
    this.#held -= bytes;
    const own = (this.#heldBy.get(client) ?? 0) - bytes;
    if (own > 0) this.#heldBy.set(client, own);
    else this.#heldBy.delete(client);
  }
}

/** The parts of a body as they come; what is not wanted to its end is cancelled. */
async function* partsOf(body: ReadableStream<Uint8Array<ArrayBuffer>> | null, ms: number) {
  if (!body) return;
  const reader = body.getReader();
  const end = Date.now() + ms;
  let done = false;
  try {
    while (true) {
      const left = Math.min(SILENCE, end - Date.now());
      const part = await within(left, reader.read());
      if (part.done) {
        done = true;
        return;
      }
      yield part.value;
    }
  } finally {
    // Not waited for: a stream whose next part does not come does not end either.
    if (!done) reader.cancel().catch(() => {});
  }
}

async function within<T>(ms: number, reading: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new BodyRefused(408, "it takes too long")), ms);
  try {
    return await Promise.race([reading, late]);
  } catch (cause) {
    if (cause instanceof BodyRefused) throw cause;
    throw new InputError("Cannot read the request: it broke off", [], { cause });
  } finally {
    clearTimeout(timer);
  }
}

function tooLong(limit: number, came: string): BodyRefused {
  return new BodyRefused(413, `expected at most ${limit} bytes, it has ${came}`);
}
