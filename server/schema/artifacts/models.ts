/** The kinds of artifacts that have a type of their own: models, codes, and what is told about them. */

import type { Artifact, LabelScale } from "@countergrade/countergrade";
import type { Services } from "../services.ts";
import { artifactType, type SharedTypes } from "../shared_types.ts";

/** What a probe's metadata say of shuffled labels. */
/** `[low, high]` by figure. */
type Intervals = Readonly<Record<string, readonly [number, number]>>;

interface ChanceData {
  readonly p: number;
  readonly figure: string;
  readonly value: number;
  readonly images: number;
  readonly measuredOn: string;
}

/** Adds the kinds of models and of what is told about them. */
export function addModels(types: SharedTypes): void {
  const { builder, node, artifact, dataset, scale } = types;
  const interfaces = [artifact, node];
  const encoder = artifactType(types, "encoder");
  encoder.implement({
    description: "A trained encoder: images to codes and back.",
    interfaces,
    fields: (t) => ({
      plugin: t.string({
        description: "The name of the encoder plugin that trains and loads it.",
        resolve: ({ metadata }) => String(metadata.plugin),
      }),
      imageShape: t.intList({
        description: "`[channels, height, width]`, of volumes `[channels, depth, height, width]`.",
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
  artifactType(types, "codes").implement({
    description: "The codes of a data set's images.",
    interfaces,
    fields: (t) => ({
      encoder: t.field(encoderOf),
      datasetId: t.id({
        nullable: true,
        description: "The data set whose images were encoded.",
        resolve: ({ metadata }) => metadata.dataset as string | undefined,
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
  const interval = builder.objectRef<{ figure: string; low: number; high: number }>(
    "FigureInterval",
  ).implement({
    description: "A 95 % bootstrap interval over images.",
    fields: (t) => ({
      figure: t.exposeString("figure", { description: "As in the report: `auc`." }),
      low: t.exposeFloat("low", { description: "Its lower end." }),
      high: t.exposeFloat("high", { description: "Its upper end." }),
    }),
  });
  artifactType(types, "probe").implement({
    description: "A fitted probe: codes to grades. With its encoder it is a model to edit with.",
    interfaces,
    fields: (t) => ({
      plugin: t.string({
        description: "The name of the probe plugin that fits and loads it.",
        resolve: ({ metadata }) => String(metadata.plugin),
      }),
      encoder: t.field(encoderOf),
      datasetId: t.id({
        nullable: true,
        description: "The data set of its labels.",
        resolve: ({ metadata }) => metadata.dataset as string | undefined,
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
      intervals: t.field({
        type: [interval],
        nullable: { list: true, items: false },
        description: "Where the report's figures lie. Null for probes of before.",
        resolve: ({ metadata }) =>
          metadata.intervals === undefined ? null : Object.entries(metadata.intervals as Intervals)
            .map(([figure, [low, high]]) => ({ figure, low, high })),
      }),
      chance: t.field({
        type: chance,
        nullable: true,
        description: "Whether it tells more than chance; null where that was not measured.",
        resolve: ({ metadata }) => metadata.chance as ChanceData | undefined,
      }),
    }),
  });
  artifactType(types, "classifier").implement({
    description: "A plain network that was trained on images and grades: a judge beside probes.",
    interfaces,
    fields: (t) => ({
      scale: t.field({
        type: scale,
        description: "What it grades by.",
        resolve: ({ metadata }) => metadata.scale as LabelScale,
      }),
    }),
  });
  for (const [kind, description] of Object.entries(TOLD)) {
    artifactType(types, kind as keyof typeof TOLD).implement({ description, interfaces });
  }
}

/** Kinds whose files say all: reports, drawings, exports. */
const TOLD = {
  judge: "Somebody else's classifier: a judge beside probes.",
  map: "Codes in the plane, as a picture and as numbers.",
  evaluation: "The figures of many paths, as JSON, tables and charts.",
  comparison: "Images at other grades by several editors, side by side.",
  inspection: "What a data set holds, as a sheet and as figures.",
  checkpoint: "An encoder's weights under the names of the PyTorch reference.",
} as const;

async function datasetOf(id: unknown, { pictures }: Services) {
  const found = await pictures.list();
  return found.some((item) => item.id === id) ? await pictures.dataset(String(id)) : null;
}
