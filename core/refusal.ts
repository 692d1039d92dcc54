/** What a reader throws: one opening that names the kind of file, then the reason. */

import { FormatError } from "./errors.ts";

/** Reasons may quote what a file holds; more than this helps nobody. */
const LONGEST_REASON = 500;

/**
 * Makes the errors of one reader.
 *
 * @param opening As `Cannot read the JPEG file`; the reason follows after a colon.
 * @example
 * ```ts
 * import { refusal } from "./refusal.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const refused = refusal("Cannot read the JPEG file");
 * assertEquals(refused("it has no frame").message, "Cannot read the JPEG file: it has no frame");
 * ```
 */
export function refusal(opening: string): (reason: string, cause?: unknown) => FormatError {
  return (reason, cause) =>
    new FormatError(`${opening}: ${reason.slice(0, LONGEST_REASON)}`, { cause });
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
  return refused(error instanceof Error ? error.message : String(error), error);
}
