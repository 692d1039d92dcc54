/** What to ask for so that there are pictures between the frames of a path. */

import type { Scale } from "../../shared/operations.ts";
import type { TargetChoice } from "../choose/method.ts";

/** About how many pictures a path has with those between its frames. */
export const PICTURES = 17;

/** Fields of the operation's input, in the place of its targets; nothing where no picture lies between two frames. */
export function betweenInput(
  { kind }: TargetChoice,
  { type, names }: Scale,
): { targets: number[] } | { frames: number } | undefined {
  if (kind !== "all" || type === "NOMINAL") return undefined;
  if (type === "CONTINUOUS") return { frames: PICTURES };
  const last = names.length - 1;
  const parts = Math.max(2, Math.round((PICTURES - 1) / last));
  return { targets: Array.from({ length: last * parts + 1 }, (_, i) => i / parts) };
}
