/** What can be done to something stored: share, rename, delete. */

import type { Artifact } from "@countergrade/countergrade";
import { idArg } from "../lists/connection.ts";
import { addPayload, payloadOf } from "../payload.ts";
import type { NodeValue, SharedTypes } from "../shared_types.ts";

/** Adds the mutations `share`, `renameArtifact` and `deleteArtifact`. */
export function addChanges(types: SharedTypes): void {
  const { builder, node, artifact } = types;
  const shared = addPayload<NodeValue>(types, "SharePayload", {
    name: "node",
    type: node,
    description: "The job or artifact",
  });
  builder.mutationField("share", (t) =>
    t.field({
      type: shared,
      nullable: true,
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
      resolve: (_root, { id, shared }, { jobs }) =>
        payloadOf(async () => {
          await jobs.share(id, shared ?? true);
          return (await jobs.findArtifact(id) ?? await jobs.findJob(id))!;
        }),
    }));
  const renamed = addPayload<Artifact>(types, "RenameArtifactPayload", {
    name: "artifact",
    type: artifact,
    description: "The artifact with its new title",
  });
  builder.mutationField("renameArtifact", (t) =>
    t.field({
      type: renamed,
      nullable: true,
      args: {
        id: idArg(t.arg),
        title: t.arg.string({ required: true, description: "1 to 200 characters." }),
      },
      description: "Gives an artifact of one's own another title; its id stays.",
      resolve: (_root, { id, title }, { jobs }) => payloadOf(() => jobs.rename(id, title)),
    }));
  const deleted = addPayload<string>(types, "DeleteArtifactPayload", {
    name: "deletedId",
    type: "ID",
    description: "The id of what is gone",
  });
  builder.mutationField("deleteArtifact", (t) =>
    t.field({
      type: deleted,
      nullable: true,
      args: { id: idArg(t.arg) },
      description:
        "Deletes an artifact of one's own with its files and what was computed of it on the way. " +
        "What others have made too stays theirs; what something else was made from is refused.",
      resolve: (_root, { id }, { jobs }) =>
        payloadOf(async () => {
          await jobs.remove(id);
          return id;
        }),
    }));
}
