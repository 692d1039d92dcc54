/** The interface `Node` and the query that finds any of them by id. */

import { artifactTypeOf } from "./artifacts/artifact.ts";
import { idArg } from "./lists/connection.ts";
import { jobTypeOf } from "./jobs/job.ts";
import type { SharedTypes } from "./shared_types.ts";

/** Adds `Node` and `node(id)`. */
export function addNode(types: SharedTypes): void {
  const { builder, node, dataset } = types;
  node.implement({
    description: "Whatever has an id of its own.",
    resolveType: (value) =>
      "fingerprint" in value
        ? dataset.name
        : "kind" in value
        ? artifactTypeOf(types, value)
        : jobTypeOf(types, value.task),
    fields: (t) => ({
      id: t.id({ description: "Names it among all nodes.", resolve: ({ id }) => id }),
    }),
  });
  builder.queryField("node", (t) =>
    t.field({
      type: node,
      nullable: true,
      args: { id: idArg(t.arg) },
      description: "The job, artifact or data set with an id; null when there is none.",
      resolve: async (_root, { id }, { jobs, pictures }) => {
        const known = await jobs.findArtifact(id) ?? await jobs.findJob(id);
        if (known) return known;
        const found = await pictures.list();
        return found.some((item) => item.id === id) ? await pictures.dataset(id) : null;
      },
    }));
}
