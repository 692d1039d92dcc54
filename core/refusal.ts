/** What a reader throws: one opening that names the kind of file, then the reason. */

import { FormatError } from "./errors.ts";

/** Reasons may quote what a file holds; more than this helps nobody. */
const LONGEST_REASON = 500;

/**
 * Makes the errors of one reader.
 *
 * @param opening As `Cannot read the JPEG file`; the reason follows after a colon: a text, or what a parser has thrown.
 * @example
 * ```ts
 * import { refusal } from "./refusal.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const refused = refusal("Cannot read the JPEG file");
 * assertEquals(refused("it has no frame").message, "Cannot read the JPEG file: it has no frame");
 * ```
 */
export function refusal(opening: string): (reason: unknown, cause?: unknown) => FormatError {
  return (reason, cause) =>
    new FormatError(`${opening}: ${wordsOf(reason).slice(0, LONGEST_REASON)}`, { cause });
}

/**
 * Runs what may throw anything, as other people's parsers do, and makes a refusal of it. A refusal stays what it is.
 *
 * @throws {FormatError}
 */
export function attempt<T>(run: () => T, refused: ReturnType<typeof refusal>): T {
  try {
    return run();
  } catch (error) {
    throw asRefusal(error, refused);
  }
}

/** As {@linkcode attempt}, for what takes its time. */
export async function attemptLater<T>(
  run: () => Promise<T>,
  refused: ReturnType<typeof refusal>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw asRefusal(error, refused);
  }
}

function asRefusal(error: unknown, refused: ReturnType<typeof refusal>): FormatError {
  if (error instanceof FormatError) return error;
  return refused(wordsOf(error), error);
}

/** What a thrown value says: parsers throw errors, texts, and objects that hold one of them. */
function wordsOf(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (thrown instanceof Error) return thrown.message;
  const { exception, message } = (thrown ?? {}) as { exception?: unknown; message?: unknown };
  const within = exception ?? message;
  return within === undefined ? Object.prototype.toString.call(thrown) : wordsOf(within);
}
