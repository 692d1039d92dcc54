/** Who sees what where there are keys: one's own, and what is shared. */

import { idArg } from "./lists/connection.ts";
import { orProblem, Problem } from "./problem.ts";
import type { SharedTypes } from "./shared_types.ts";

/** Adds the mutation `share`. */
export function addShare({ builder, node, error }: SharedTypes): void {
  const payload = builder.objectRef<{ id: string; errors: Problem[] }>("SharePayload").implement({
    description: "What was shared, or why it was not.",
    fields: (t) => ({
      node: t.field({
        type: node,
        nullable: true,
        description: "The job or artifact; null when it was not found or is another's.",
        resolve: async ({ id, errors }, _args, { jobs }) =>
          errors.length > 0 ? null : await jobs.findArtifact(id) ?? await jobs.findJob(id),
      }),
      errors: t.field({
        type: [error],
        description: "Errors that the caller can act on; none when all went well.",
        resolve: ({ errors }) => errors,
      }),
    }),
  });
  builder.mutationField("share", (t) =>
    t.field({
      type: payload,
      args: {
        id: idArg(t.arg),
        shared: t.arg.boolean({
          defaultValue: true,
          description: "False takes it back: those who have no other right to it see it no more.",
        }),
      },
      description:
        "Lets everybody with a key see a job with what it has stored, or an artifact of one's own. " +
        "Without keys everybody sees everything anyway.",
      resolve: async (_root, { id, shared }, { jobs }) => {
        const failed = await orProblem(() => jobs.share(id, shared ?? true));
        return { id, errors: failed instanceof Problem ? [failed] : [] };
      },
    }));
}
