/** The queries for what is stored: one by its id, and lists of a kind, narrowed down. */

import type { Artifact } from "@countergrade/countergrade";
import type { ArtifactFilter } from "@countergrade/countergrade/jobs";
import type { ArgBuilder, ObjectRef } from "@pothos/core";
import type { SchemaTypes } from "../builder.ts";
import { connectionType, idArg, pageOf, storedList } from "../lists/connection.ts";
import { narrowed, since, until } from "../lists/narrowing.ts";
import { artifactType, type SharedTypes } from "../shared_types.ts";

/** What lists of artifacts can be narrowed down by, whatever their kind. */
function narrowing(arg: ArgBuilder<SchemaTypes>) {
  return {
    dataset: arg.id({ description: "Only what belongs to this data set." }),
    text: arg.string({ description: "Only with this text in the title or the id, in any case." }),
    since: since(arg),
    until: until(arg),
  };
}

const encoder = (arg: ArgBuilder<SchemaTypes>) =>
  arg.id({ description: "Only what belongs to this encoder." });
const probe = (arg: ArgBuilder<SchemaTypes>) =>
  arg.id({ description: "Only what belongs to this probe." });

/** Adds `OtherArtifact` and the lists of all artifacts, of encoders and of probes. */
export function addArtifactLists(types: SharedTypes): void {
  const { builder, artifact, node } = types;
  builder.objectRef<Artifact>("OtherArtifact").implement({
    description: "An artifact of a kind that has no type of its own.",
    interfaces: [artifact, node],
  });
  builder.queryField("artifacts", (t) =>
    t.connection({
      type: artifact,
      nullable: true,
      args: {
        kind: t.arg.string({ description: "Only of this kind, as `evaluation`." }),
        encoder: encoder(t.arg),
        probe: probe(t.arg),
        ...narrowing(t.arg),
      },
      description: "All that is stored, of every kind, the newest first.",
      resolve: (_root, args, { jobs: { workspace, viewer } }) => {
        const filter: ArtifactFilter = { ...narrowed(args), viewer };
        return pageOf(args, storedList(workspace.store.artifacts, filter));
      },
    }, connectionType(builder, "Artifact", artifact)));
  addListOf(types, "encoder", { one: "encoder", many: "encoders" });
  addListOf(types, "probe", { one: "probe", many: "probes" }, ["encoder"]);
  addListOf(types, "path", { one: "counterfactualPath", many: "paths" }, ["encoder", "probe"]);
  addListOf(types, "image", { one: "storedImage", many: "storedImages" });
}

/** Adds the queries of a kind of artifact. */
function addListOf(
  types: SharedTypes,
  kind: "encoder" | "probe" | "path" | "image",
  { one, many }: { one: string; many: string },
  by: readonly ("encoder" | "probe")[] = [],
): void {
  const { builder } = types;
  const type: ObjectRef<SchemaTypes, Artifact> = artifactType(types, kind);
  builder.queryField(one, (t) =>
    t.field({
      type,
      nullable: true,
      args: { id: idArg(t.arg) },
      description: `The ${kind} with an id; null when there is none.`,
      resolve: async (_root, { id }, { jobs }) => {
        const found = await jobs.findArtifact(id);
        return found?.kind === kind ? found : null;
      },
    }));
  builder.queryField(many, (t) =>
    t.connection({
      type,
      nullable: true,
      args: {
        ...by.includes("encoder") && { encoder: encoder(t.arg) },
        ...by.includes("probe") && { probe: probe(t.arg) },
        ...narrowing(t.arg),
      },
      description: `All ${kind}s, the newest first.`,
      resolve: (_root, args, { jobs: { workspace, viewer } }) => {
        const filter: ArtifactFilter = { ...narrowed(args), kind, viewer };
        return pageOf(args, storedList(workspace.store.artifacts, filter));
      },
    }, connectionType(builder, type.name, type)));
}
