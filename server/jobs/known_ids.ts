/** Ids in the options of a task: whether they name something is found when the job is asked for, not when its turn comes. */

import { NotFoundError } from "@countergrade/countergrade";

/** The options that name something by their own name, whichever task has them; and what each names. */
const KINDS: Readonly<Record<string, string>> = {
  encoder: "encoder",
  codes: "codes",
  probe: "probe",
  path: "path",
  image: "image",
};

/** Looks things up, as the caller may see them. */
export interface Known {
  /** The kind of an artifact; undefined when there is none. */
  kindOf(id: string): Promise<string | undefined>;
  /** The ids of all data sets. */
  datasets(): Promise<readonly string[]>;
}

/** @throws {NotFoundError} With the way to the first option whose id names nothing, or something of another kind. */
export async function checkIds(options: unknown, known: Known): Promise<void> {
  for (const [name, value] of Object.entries(options ?? {})) {
    if (typeof value !== "string") continue;
    if (name === "dataset") {
      const all = await known.datasets();
      if (!all.includes(value)) throw new NotFoundError("data set", value, all, [name]);
    } else if (Object.hasOwn(KINDS, name) && await known.kindOf(value) !== KINDS[name]) {
      throw new NotFoundError(KINDS[name], value, undefined, [name]);
    }
  }
}
