/** What tasks have stored: the interface of all kinds, and where each comes from. */

import type { Artifact } from "@countergrade/countergrade";
import { plainText } from "@countergrade/countergrade/jobs";
import { urlOf } from "../image_source.ts";
import type { SharedTypes } from "../shared_types.ts";

/** The name of the type of an artifact. */
export function artifactTypeOf({ artifactTypes }: SharedTypes, { kind }: Artifact): string {
  return artifactTypes.get(kind)?.name ?? "OtherArtifact";
}

/** Adds `Artifact` and what all kinds share. */
export function addArtifact(types: SharedTypes): void {
  const { builder, node, artifact, storedFile } = types;
  storedFile.implement({
    description: "A stored file.",
    fields: (t) => ({
      name: t.exposeString("name", { description: "As `model.safetensors`." }),
      url: t.string({
        description: "Its address on this server; the content never changes.",
        resolve: ({ blob }, _args, services) => urlOf({ blob }, services),
      }),
      sha256: t.string({
        description: "The hash of its content, 64 hexadecimal digits.",
        resolve: ({ blob }) => blob.slice(0, 64),
      }),
    }),
  });
  const plugin = builder.objectRef<{ id: string; version: string }>("PluginVersion").implement({
    description: "A plugin at the time when something was made.",
    fields: (t) => ({
      id: t.exposeID("id", { description: "The plugin's name." }),
      version: t.exposeString("version", { description: "Its version then." }),
      loadedVersion: t.string({
        nullable: true,
        description: "The version that is loaded now; null when the plugin is missing.",
        resolve: ({ id }, _args, { host }) =>
          host.plugins.find((plugin) => plugin.id === id)?.version,
      }),
    }),
  });
  const provenance = builder.objectRef<Artifact["provenance"]>("Provenance").implement({
    description: "Where an artifact comes from: enough to make it again.",
    fields: (t) => ({
      task: t.exposeString("task", { description: "The task that made it." }),
      plugins: t.field({
        type: [plugin],
        description: "The plugins that had a part in it, that of the task first.",
        resolve: ({ plugins }) => [...plugins],
      }),
      options: t.field({
        type: "JSON",
        description: "The options of the task, with all defaults filled in.",
        resolve: ({ options }) => options,
      }),
      seed: t.expose("seed", { type: "Seed", description: "The seed of all randomness." }),
      inputs: t.idList({
        description: "Ids of artifacts and fingerprints of data sets that went in.",
        resolve: ({ inputs }) => [...inputs],
      }),
    }),
  });
  artifact.implement({
    description: "A stored result.",
    interfaces: [node],
    resolveType: (value) => artifactTypeOf(types, value),
    fields: (t) => ({
      kind: t.exposeString("kind", { description: "What it is: `encoder`, `probe`, `path`, …" }),
      title: t.string({
        description: "A name to show.",
        resolve: ({ id, metadata }) => plainText(String(metadata.title ?? id)),
      }),
      shared: t.boolean({
        description: "Whether everybody with a key sees it; see the mutation `share`.",
        resolve: ({ id }, _args, { jobs }) => jobs.isShared(id),
      }),
      createdAt: t.field({
        type: "DateTime",
        description: "When it was stored.",
        resolve: ({ createdAt }) => createdAt,
      }),
      files: t.field({
        type: [storedFile],
        description: "Its files.",
        resolve: ({ files }) => Object.entries(files).map(([name, blob]) => ({ name, blob })),
      }),
      metadata: t.field({
        type: "JSON",
        description: "What the task says about it; types of its own have it typed.",
        resolve: ({ metadata }) => metadata,
      }),
      provenance: t.field({
        type: provenance,
        description: "Where it comes from.",
        resolve: ({ provenance }) => provenance,
      }),
    }),
  });
}
