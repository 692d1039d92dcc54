/** Errors as types: one per code, all with code, message and the path of the option at fault. */

import type { ErrorCode } from "@countergrade/countergrade";
import { ERROR_CODES, pathOf } from "./problem.ts";
import type { SharedTypes } from "./shared_types.ts";

/** Adds the enum of codes, the interface `Error` and its types. */
export function addErrorTypes({ builder, error, errorTypes, jobError }: SharedTypes): void {
  const code = builder.enumType("ErrorCode", {
    description: "What kind of error it is.",
    values: {
      ...Object.fromEntries(
        Object.entries(ERROR_CODES).map(([name, [, description]]) => [name, { description }]),
      ),
      INTERNAL: { description: "A bug; the server's log has the details." },
    } as Record<ErrorCode | "INTERNAL", { description: string }>,
  });
  error.implement({
    description: "Something went wrong that the caller can act on.",
    resolveType: (problem) => problem.type,
    fields: (t) => ({
      code: t.field({
        type: code,
        description: "What kind of error it is.",
        resolve: ({ error }) => error.code,
      }),
      message: t.string({
        description: "What was expected and what came.",
        resolve: ({ error }) => error.message,
      }),
      path: t.stringList({
        description: "The option at fault, from the outside in; empty when it is none.",
        resolve: ({ error }) => pathOf(error),
      }),
    }),
  });
  Object.values(ERROR_CODES).forEach(([, description], i) =>
    errorTypes[i].implement({ description, interfaces: [error] })
  );
  jobError.implement({
    description: "Why a job failed.",
    fields: (t) => ({
      code: t.field({
        type: code,
        description: "What kind of error it is.",
        resolve: ({ code }) => code,
      }),
      message: t.exposeString("message", { description: "What was expected and what came." }),
      path: t.stringList({ description: "The option at fault.", resolve: pathOf }),
    }),
  });
}
