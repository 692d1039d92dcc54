/** What names of folders and files tell: a label, as `study1_positive`, or a patient, as `9000099L.png`. */

import { FormatError } from "@countergrade/countergrade";

/** What a name may tell. */
export type Told = "label" | "patient";

/** Each multiplies how long a name takes that does not fit. */
const MOST_STARS = 3;

/**
 * Reads names by a pattern in which `{label}` or `{patient}` stands for what is told, `*` for anything and `?` for one letter.
 *
 * @throws {FormatError} When the pattern does not have it once, or is more than a name.
 */
export function nameReader(pattern: string, what: Told): (name: string) => string | undefined {
  const parts = pattern.split(`{${what}}`);
  if (parts.length !== 2 || pattern.includes("/") || pattern.split("*").length > MOST_STARS + 1) {
    throw new FormatError(
      `Cannot read names: expected a pattern with one {${what}}, no folder and at most ${MOST_STARS} * in it, it is ${
        JSON.stringify(pattern)
      }`,
    );
  }
  const [before, after] = parts.map((part) =>
    part.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")
  );
  const whole = new RegExp(`^${before}(.+)${after}$`, "u");
  return (name) => name.match(whole)?.[1];
}

/** The label in the name of one of the folders that a file is in. */
export function labelFinder(pattern: string): (file: string) => string | undefined {
  const read = nameReader(pattern, "label");
  return (file) => file.split("/").slice(0, -1).map(read).find((label) => label !== undefined);
}
