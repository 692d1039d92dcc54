/** Options in which models are called by their short names, with the ids that these stand for. */

import type { ShortName } from "@countergrade/countergrade/jobs";
import type { z } from "zod";
import { references } from "./known_things.ts";

/** A copy of a task's options with ids where names stood; what is no known name stays as it is. */
export function withIds<Options>(
  schema: z.ZodType,
  options: Options,
  names: readonly ShortName[],
): Options {
  const out = structuredClone(options);
  for (const { to, id: said, path } of references(schema, options)) {
    const found = names.find(({ kind, name }) => kind === to && name === said);
    if (!found || path.length === 0) continue;
    const parent = path.slice(0, -1).reduce<unknown>(
      (value, step) => (value as Record<string | number, unknown>)[step],
      out,
    );
    (parent as Record<string | number, unknown>)[path.at(-1)!] = found.id;
  }
  return out;
}
