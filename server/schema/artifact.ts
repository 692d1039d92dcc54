/** What tasks have stored: encoders, probes, and any other kind. */

import type { Artifact, LabelScale } from "@countergrade/countergrade";
import { plainText } from "@countergrade/countergrade/jobs";
import type { ObjectRef } from "@pothos/core";
import type { SchemaTypes } from "./builder.ts";
import { connectionType, idArg, pageOf, storedList } from "./lists/connection.ts";
import type { SharedTypes } from "./shared_types.ts";
import type { Services } from "./services.ts";

/** What a probe's metadata say of shuffled labels. */
interface ChanceData {
  readonly p: number;
  readonly figure: string;
  readonly value: number;
  readonly images: number;
  readonly measuredOn: string;
}

/** The object type of each kind; all others are `OtherArtifact`. */
const KINDS: Record<string, string> = {
  encoder: "Encoder",
  codes: "Codes",
  probe: "Probe",
  path: "CounterfactualPath",
  image: "StoredImage",
};

/** The name of the type of an artifact. */
export function artifactTypeOf({ kind }: Artifact): string {
  return Object.hasOwn(KINDS, kind) ? KINDS[kind] : "OtherArtifact";
}

/** Adds `Artifact` and what all kinds share. */
export function addArtifact({ builder, node, artifact, storedFile }: SharedTypes): void {
  storedFile.implement({
    description: "A stored file.",
    fields: (t) => ({
      name: t.exposeString("name", { description: "As `model.safetensors`." }),
      url: t.string({
        description: "Its address on this server; the content never changes.",
        resolve: ({ blob }) => `/blobs/${blob}`,
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
      id: t.exposeString("id", { description: "The plugin's name." }),
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
      seed: t.exposeFloat("seed", { description: "A whole number." }),
      inputs: t.stringList({
        description: "Ids of artifacts and fingerprints of data sets that went in.",
        resolve: ({ inputs }) => [...inputs],
      }),
    }),
  });
  artifact.implement({
    description: "A stored result.",
    interfaces: [node],
    resolveType: artifactTypeOf,
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

/** Adds the kinds `Encoder`, `Codes`, `Probe` and `OtherArtifact`, and the queries for them. */
export function addModels(types: SharedTypes): void {
  const { builder, node, artifact, dataset, scale } = types;
  const interfaces = [artifact, node];
  const encoder = builder.objectRef<Artifact>("Encoder").implement({
    description: "A trained encoder: images to codes and back.",
    interfaces,
    fields: (t) => ({
      plugin: t.string({
        description: "The name of the encoder plugin that trains and loads it.",
        resolve: ({ metadata }) => String(metadata.plugin),
      }),
      imageShape: t.intList({
        description: "`[channels, height, width]`.",
        resolve: ({ metadata }) => metadata.imageShape as number[],
      }),
      codeSize: t.int({
        description: "The length of a code.",
        resolve: ({ metadata }) => Number(metadata.codeSize),
      }),
      datasetId: t.id({
        nullable: true,
        description: "The data set that it was trained on; null when it was imported.",
        resolve: ({ metadata }) => metadata.dataset as string | undefined,
      }),
      dataset: t.field({
        type: dataset,
        nullable: true,
        description: "The same, where it is present.",
        resolve: ({ metadata }, _args, services) => datasetOf(metadata.dataset, services),
      }),
      details: t.field({
        type: "JSON",
        nullable: true,
        description: "Preset, parameters, provider, steps trained.",
        resolve: ({ metadata }) => metadata.details,
      }),
    }),
  });
  const encoderOf = {
    type: encoder,
    nullable: true as const,
    description: "The encoder whose codes these are; null when it is gone.",
    resolve: async ({ metadata }: Artifact, _args: unknown, { jobs }: Services) =>
      await jobs.findArtifact(String(metadata.encoder)),
  };
  builder.objectRef<Artifact>("Codes").implement({
    description: "The codes of a data set's images.",
    interfaces,
    fields: (t) => ({
      encoder: t.field(encoderOf),
      datasetId: t.id({
        description: "The data set whose images were encoded.",
        resolve: ({ metadata }) => String(metadata.dataset),
      }),
    }),
  });
  const chance = builder.objectRef<ChanceData>("Chance").implement({
    description: "Whether a probe tells more than chance.",
    fields: (t) => ({
      p: t.exposeFloat("p", {
        description: "The share of shuffled labels that are told as well: above 0.05 it does not.",
      }),
      figure: t.exposeString("figure", {
        description: "What was compared: `spearman`, or `accuracy` where classes have no order.",
      }),
      value: t.exposeFloat("value", { description: "The figure itself." }),
      images: t.exposeInt("images", { description: "Images that the probe was not fitted to." }),
      measuredOn: t.exposeString("measuredOn", {
        description: "Their split, or `folds` of the training images.",
      }),
    }),
  });
  const probe = builder.objectRef<Artifact>("Probe").implement({
    description: "A fitted probe: codes to grades. With its encoder it is a model to edit with.",
    interfaces,
    fields: (t) => ({
      plugin: t.string({
        description: "The name of the probe plugin that fits and loads it.",
        resolve: ({ metadata }) => String(metadata.plugin),
      }),
      encoder: t.field(encoderOf),
      datasetId: t.id({
        description: "The data set of its labels.",
        resolve: ({ metadata }) => String(metadata.dataset),
      }),
      dataset: t.field({
        type: dataset,
        nullable: true,
        description: "The data set of its labels, where it is present.",
        resolve: ({ metadata }, _args, services) => datasetOf(metadata.dataset, services),
      }),
      scale: t.field({
        type: scale,
        description: "What it grades by.",
        resolve: ({ metadata }) => metadata.scale as LabelScale,
      }),
      report: t.field({
        type: "JSON",
        nullable: true,
        description: "Accuracy and errors on held-out images.",
        resolve: ({ metadata }) => metadata.report,
      }),
      chance: t.field({
        type: chance,
        nullable: true,
        description: "Whether it tells more than chance; null where that was not measured.",
        resolve: ({ metadata }) => metadata.chance as ChanceData | undefined,
      }),
    }),
  });
  builder.objectRef<Artifact>("OtherArtifact").implement({
    description: "An artifact of a kind that has no type of its own.",
    interfaces,
  });
  builder.queryField("artifacts", (t) =>
    t.connection({
      type: artifact,
      args: { kind: t.arg.string({ description: "Only of this kind." }) },
      description: "All that is stored, of every kind, the newest first.",
      resolve: (_root, { kind, ...page }, { jobs }) =>
        pageOf(
          page,
          storedList(jobs.workspace.store.artifacts, {
            kind: kind ?? undefined,
            viewer: jobs.viewer,
          }),
        ),
    }, connectionType(builder, "Artifact", artifact)));
  addListOf(types, encoder, "encoder");
  addListOf(types, probe, "probe");
}

/** Adds the queries `<field>(id)` and `<field>s` of a kind of artifact. */
export function addListOf(
  { builder }: SharedTypes,
  type: ObjectRef<SchemaTypes, Artifact>,
  kind: string,
  { one, many }: { one: string; many: string } = { one: kind, many: `${kind}s` },
): void {
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
      description: `All ${kind}s, the newest first.`,
      resolve: (_root, page, { jobs }) =>
        pageOf(page, storedList(jobs.workspace.store.artifacts, { kind, viewer: jobs.viewer })),
    }, connectionType(builder, type.name, type)));
}

async function datasetOf(id: unknown, { pictures }: Services) {
  const found = await pictures.list();
  return found.some((item) => item.id === id) ? await pictures.dataset(String(id)) : null;
}
