/** Data sets and their images. */

import { type Dataset, InputError, type LabelColumn } from "@countergrade/countergrade";
import type { ArgBuilder } from "@pothos/core";
import type { SchemaTypes } from "./builder.ts";
import {
  type DatasetPicture,
  type DatasetPictures,
  sizeOfSplit,
} from "../http/dataset_pictures.ts";
import { connectionType, idArg, type ListSource, pageOf } from "./lists/connection.ts";
import type { SharedTypes } from "./shared_types.ts";
import { volumeIn } from "./volume.ts";

/** Adds `Dataset`, `DatasetImage`, `LabelScale` and the queries `datasets` and `dataset`. */
export function addDatasets(
  { builder, node, scale, dataset, image, values }: SharedTypes,
): void {
  const scaleType = builder.enumType("LabelScaleType", {
    description: "What kind of scale labels are on.",
    values: {
      BINARY: { value: "binary", description: "Two classes." },
      ORDINAL: { value: "ordinal", description: "Grades from mild to severe." },
      NOMINAL: { value: "nominal", description: "Classes without an order." },
      CONTINUOUS: { value: "continuous", description: "Real numbers, as an age." },
    },
  });
  scale.implement({
    description: "What labels mean: label `i` is `names[i]`.",
    fields: (t) => ({
      type: t.field({
        type: scaleType,
        description: "What kind of scale it is.",
        resolve: ({ type }) => type,
      }),
      names: t.stringList({
        description:
          "The names of the labels, mild to severe; of a continuous scale what is measured.",
        resolve: ({ names }) => [...names],
      }),
    }),
  });
  const split = builder.objectRef<{ name: string; size: number }>("Split").implement({
    description: "A part of a data set: `train` to learn from, the others to look at.",
    fields: (t) => ({
      name: t.exposeString("name", { description: "As `train`, `val` or `test`." }),
      size: t.exposeInt("size", { description: "How many images it has." }),
    }),
  });
  const datasetImage = builder.objectRef<DatasetPicture>("DatasetImage").implement({
    description: "An image of a data set with its label.",
    fields: (t) => ({
      index: t.exposeInt("index", { description: "Its place in the split, from 0." }),
      split: t.exposeString("split", { description: "The part of the data set that it is in." }),
      imageId: t.exposeID("imageId", { description: "The data set's own name for it." }),
      label: t.exposeFloat("label", {
        description: "An index into the names of the scale; a number on a continuous one.",
      }),
      labelName: t.string({
        description: "The name of the label; the number itself on a continuous scale.",
        resolve: ({ dataset: { scale }, label }) =>
          scale.type === "continuous" ? String(label) : scale.names[label],
      }),
      image: t.field({
        type: image,
        description: "The picture.",
        resolve: (picture) => ({ picture }),
      }),
      volume: t.field({
        type: values.Volume,
        nullable: true,
        description: "Its slices; null of a picture.",
        resolve: volumeIn,
      }),
    }),
  });
  const column = builder.objectRef<LabelColumn>("LabelColumn").implement({
    description: "A further label of every image, as level, sex, site.",
    fields: (t) => ({
      name: t.exposeString("name", { description: "As the data call it; maps are colored by it." }),
      scale: t.field({
        type: scale,
        description: "What its values mean.",
        resolve: ({ scale }) => scale,
      }),
    }),
  });
  dataset.implement({
    description: "Labeled images in splits.",
    interfaces: [node],
    fields: (t) => ({
      title: t.exposeString("title", { description: "A name to show." }),
      imageShape: t.intList({
        description:
          "`[channels, height, width]`, of volumes `[channels, depth, height, width]`, the same for all images.",
        resolve: ({ imageShape }) => [...imageShape],
      }),
      scale: t.field({
        type: scale,
        description: "What its labels mean.",
        resolve: ({ scale }) => scale,
      }),
      splits: t.field({
        type: [split],
        description: "Its parts.",
        resolve: ({ splits }) => Object.entries(splits).map(([name, size]) => ({ name, size })),
      }),
      columns: t.field({
        type: [column],
        description: "What is known of its images beside their labels.",
        resolve: ({ columns }) => [...columns ?? []],
      }),
      measurements: t.stringList({
        description: "Names of what can be measured in its images: maps are colored by them.",
        resolve: ({ measurements }) => measurements?.map(({ name }) => name) ?? [],
      }),
      license: t.string({
        nullable: true,
        description: "The license of its images, where it is known.",
        resolve: ({ license }) => license,
      }),
      citation: t.string({
        nullable: true,
        description: "What to cite, where it is known.",
        resolve: ({ citation }) => citation,
      }),
      notes: t.stringList({
        description:
          "What somebody should know who uses it: how patients were told apart, what was taken of files, what looks odd.",
        resolve: ({ notes }) => [...notes ?? []],
      }),
      image: t.field({
        type: datasetImage,
        description: "One image.",
        args: {
          split: splitArg(t.arg),
          index: t.arg.int({ required: true, description: "Its place in the split, from 0." }),
        },
        resolve: (dataset, { split, index }, { pictures }) =>
          pictures.image(dataset, split ?? "val", index),
      }),
      labels: t.floatList({
        description: "The labels of all images of a split, in its order: to find cases by.",
        args: { split: splitArg(t.arg) },
        complexity: 50,
        resolve: async (dataset, { split }, { pictures }) => [
          ...await pictures.labels(dataset, split ?? "val"),
        ],
      }),
      imagesAt: t.field({
        type: [datasetImage],
        description: "Some images of a split, at most 100, in the order that was asked for.",
        args: {
          split: splitArg(t.arg),
          indices: t.arg.intList({ required: true, description: "Their places in the split." }),
        },
        complexity: ({ indices }) => ({ field: 1, multiplier: Math.min(100, indices.length) }),
        resolve: async (dataset, { split, indices }, { pictures }) => {
          if (indices.length > MOST_AT_ONCE) {
            throw new InputError(
              `Cannot get ${indices.length} images at once: expected at most ${MOST_AT_ONCE}`,
              ["indices"],
            );
          }
          const found = [];
          for (const index of indices) {
            found.push(await pictures.image(dataset, split ?? "val", index));
          }
          return found;
        },
      }),
      images: t.connection({
        type: datasetImage,
        description: "The images of a split, in its order. The cursor of an image is its index.",
        args: { split: splitArg(t.arg) },
        resolve: (dataset, { split, ...page }, { pictures }) =>
          pageOf(page, pictureList(pictures, dataset, split ?? "val")),
      }, connectionType(builder, "DatasetImage", datasetImage)),
    }),
  });
  builder.queryField("datasets", (t) =>
    t.field({
      type: [dataset],
      nullable: { list: true, items: true },
      description: "All data sets. One that cannot be opened is null, with its error beside.",
      resolve: async (_root, _args, { pictures }) =>
        (await pictures.list()).map(({ id }) => pictures.dataset(id)),
    }));
  builder.queryField("dataset", (t) =>
    t.field({
      type: dataset,
      nullable: true,
      args: { id: idArg(t.arg) },
      description: "A data set by id; null when there is none.",
      resolve: async (_root, { id }, { pictures }) => {
        const found = await pictures.list();
        return found.some((item) => item.id === id) ? await pictures.dataset(id) : null;
      },
    }));
}

/** How many images {@linkcode addDatasets} gives by their places. */
const MOST_AT_ONCE = 100;

function splitArg(arg: ArgBuilder<SchemaTypes>) {
  return arg.string({ defaultValue: "val", description: "The name of the split." });
}

/** The images of a split as a list to page through. @throws {InputError} For an unknown split. */
function pictureList(
  pictures: DatasetPictures,
  dataset: Dataset,
  split: string,
): ListSource<DatasetPicture> {
  const size = sizeOfSplit(dataset, split);
  return {
    cursorOf: ({ index }) => String(index),
    count: () => Promise.resolve(size),
    async read({ limit, after, before, inverted }) {
      const start = indexOf(after, "after", -1) + 1;
      const end = Math.min(indexOf(before, "before", size), size);
      const from = inverted ? Math.max(start, end - limit) : start;
      const found = await pictures.images(dataset, split, from, Math.min(limit, end - from));
      return inverted ? found.reverse() : found;
    },
  };
}

function indexOf(cursor: string | undefined, name: "after" | "before", otherwise: number): number {
  if (cursor === undefined) return otherwise;
  if (/^(-1|\d{1,9})$/.test(cursor)) return Number(cursor);
  throw new InputError(`Cannot continue ${name} "${cursor}": expected a cursor`, [name]);
}
