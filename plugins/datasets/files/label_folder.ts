/** Labels in the names of folders, as `study1_positive`. */

import { FormatError } from "@countergrade/countergrade";

/**
 * Finds the label in a path: of the folder that is as the pattern, in which `*` stands for anything and `{label}` for the label.
 *
 * @throws {FormatError} When the pattern has not one `{label}`.
 */
export function labelFinder(pattern: string): (file: string) => string | undefined {
  const parts = pattern.split("{label}");
  if (parts.length !== 2 || pattern.includes("/")) {
    throw new FormatError(
      `Cannot read labels: expected the name of a folder with one {label}, as study*_{label}, it is ${
        JSON.stringify(pattern)
      }`,
    );
  }
  const [before, after] = parts.map((part) =>
    part.split("*").map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*")
  );
  const folder = new RegExp(`^${before}(.+)${after}$`);
  return (file) => {
    for (const part of file.split("/").slice(0, -1)) {
      const [, label] = part.match(folder) ?? [];
      if (label !== undefined) return label;
    }
    return undefined;
  };
}
