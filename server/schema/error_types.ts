/** Errors as types: one per code, all with code, message and the path of the option at fault. */

import type { ErrorCode } from "@countergrade/countergrade";
import { ERROR_CODES, type Problem } from "./problem.ts";
import type { SharedTypes } from "./shared_types.ts";

/** Adds the enum of codes, the interface `Error` and its types. */
export function addErrorTypes({ builder, error }: SharedTypes): void {
  const code = builder.enumType("ErrorCode", {
    description: "What kind of error it is.",
    values: Object.fromEntries(
      Object.entries(ERROR_CODES).map(([name, [, description]]) => [name, { description }]),
    ) as Record<ErrorCode | "INTERNAL", { description: string }>,
  });
  error.implement({
    description: "Something went wrong that the caller can act on.",
    resolveType: ({ code }) => ERROR_CODES[code][0],
    fields: (t) => ({
      code: t.field({
        type: code,
        description: "What kind of error it is.",
        resolve: ({ code }) => code,
      }),
      message: t.exposeString("message", { description: "What was expected and what came." }),
      path: t.stringList({
        description:
          'The option at fault, from the outside in, with places in lists as `"0"`; empty when it is none.',
        resolve: ({ path = [] }) => path.map(String),
      }),
    }),
  });
  for (const [name, description] of Object.values(ERROR_CODES)) {
    builder.objectRef<Problem>(name).implement({ description, interfaces: [error] });
  }
}
