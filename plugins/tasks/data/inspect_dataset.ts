/** The task `inspectDataset`: what a data set holds, before anything is trained on it. */

import type { Dataset, TaskPlugin } from "@countergrade/countergrade";
import { z } from "zod";
import { chooseContacts, contactSheet } from "./contact_sheet.ts";
import { BINS, type Survey, survey } from "./dataset_survey.ts";
import { openWatched } from "../encoders/models.ts";

const PlaceSchema = z.object({
  split: z.string().describe("Split of the image"),
  index: z.int().describe("Position in the split"),
});

const Result = z.object({
  inspection: z.string().describe("Id of the inspection").meta({ artifact: true }),
  dataset: z.string().describe("Id of the data set"),
  title: z.string().describe("Its title"),
  images: z.int().describe("Images in all splits"),
  imageShape: z.array(z.int()).describe("Channels, of volumes depth, height and width"),
  scale: z.enum(["binary", "ordinal", "nominal", "continuous"]).describe("What its labels are"),
  splits: z.array(z.object({
    split: z.string().describe("Name of the split"),
    images: z.int().describe("Its images"),
    grades: z.array(z.object({
      name: z.string().describe("Name of the grade"),
      images: z.int().describe("Its images"),
    })).describe("By grade, in the order of the scale"),
  })).describe("How many images there are"),
  meanIntensity: z.number().describe("Mean of all pixels, -1 black to 1 white"),
  intensityDeviation: z.number().describe("Standard deviation of all pixels"),
  duplicates: z.object({
    exact: z.int().describe("Images that have the same pixels as an earlier one"),
    similar: z.int().describe("Further images that look like an earlier one"),
    acrossSplits: z.int().describe("Of both, those whose earlier image lies in another split"),
    pairs: z.array(z.object({
      first: PlaceSchema.describe("The earlier image"),
      second: PlaceSchema.describe("The later image"),
      exact: z.boolean().describe("Whether all pixels are the same"),
      correlation: z.number().describe("Correlation of both at 16 × 16 pixels"),
    })).describe("The first few, those across splits before the others"),
  }).describe("Suspected duplicates: look at them before you trust a test split"),
  negatives: z.object({
    images: z.int().describe("How many"),
    places: z.array(PlaceSchema.extend({
      correlation: z.number().describe("Of the image with the mean image, at 16 × 16 pixels"),
    })).describe("The first few"),
  }).optional().describe(
    "Images that are dark where most are bright and the other way round: negatives, or those on another background; absent in results of before",
  ),
  skipped: z.object({
    files: z.int().describe("How many"),
    reasons: z.array(z.object({
      file: z.string().describe("Name of the file"),
      reason: z.string().describe("Why it is no image of the data set"),
    })).describe("The first few"),
  }).describe("Files that were left out"),
  notes: z.array(z.string()).optional()
    .describe(
      "What to know: how patients were told apart, what was taken of files, what looks odd",
    ),
  measurements: z.array(z.object({
    name: z.string().describe("Name of the quantity"),
    unit: z.string().describe("Its unit"),
    description: z.string().describe("What is measured, and how"),
  })).describe("What can be measured in the images without a model"),
  license: z.string().optional().describe("Under which the images may be used"),
  citation: z.string().optional().describe("Whom to cite"),
  contactRows: z.array(z.string()).describe("Grades of the contact sheet's rows, from the top"),
  contactSheet: z.string().describe("PNG with images drawn from every grade, a blob name")
    .meta({ blob: "image" }),
  histogram: z.string().describe("SVG of the intensities of every split, a blob name")
    .meta({ blob: "image" }),
});

interface Options {
  dataset: string;
  perGrade: number;
}

/** Pairs and files that the result names; `inspection.json` has more. */
const FEW = 20;
const MANY = 10_000;

/**
 * Looks at every image. Stores `inspection.json` with what the result says and, in full, the duplicates, the files that were left out,
 * the histogram and the images of the contact sheet; `contact.png` and `histogram.svg`.
 */
export const inspectDataset: TaskPlugin<Options, z.infer<typeof Result>> = {
  name: "inspectDataset",
  description: "Look at a data set: grades, intensities, duplicates, files that were left out",
  options: () =>
    z.strictObject({
      dataset: z.string().describe("Id of the data set"),
      perGrade: z.int().min(1).max(32).default(8).describe("Images of each grade to draw"),
    }),
  inputs: async ({ dataset }, host) => [await host.datasetVersion(dataset)],
  result: Result,
  async run({ dataset: id, perGrade }, job) {
    const dataset = await openWatched(job, id);
    const total = Object.values(dataset.splits).reduce((a, b) => a + b, 0);
    const found = await survey(
      dataset,
      job.signal,
      (step) => job.emit({ type: "progress", step, total, message: "looking at images" }),
    );
    const rows = chooseContacts(dataset, found.splits, perGrade, job.random);
    const sheet = await contactSheet(dataset, rows, perGrade);
    const text = new TextEncoder();
    // Drawing charts takes a quarter of a second to load.
    const { intensityChart } = await import("./intensity_chart.ts");
    const plot = text.encode(intensityChart(dataset.title, found.splits));
    const facts = factsOf(dataset, found);
    const { pairs, skipped } = ordered(dataset, found);
    const content = {
      ...facts,
      duplicates: { ...facts.duplicates, pairs: pairs.slice(0, MANY) },
      negatives: { ...facts.negatives, places: found.negatives.slice(0, MANY) },
      skipped: { ...facts.skipped, reasons: skipped.slice(0, MANY) },
      notFinite: found.notFinite,
      histogram: {
        edges: Array.from({ length: BINS + 1 }, (_, i) => i * 2 / BINS - 1),
        pixels: Object.fromEntries(
          found.splits.map(({ split, histogram }) => [split, [...histogram]]),
        ),
      },
      contactSheet: rows,
    };
    const artifact = await job.save(
      "inspection",
      {
        "inspection.json": text.encode(JSON.stringify(content)),
        "contact.png": sheet,
        "histogram.svg": plot,
      },
      { dataset: id, title: `${dataset.title}, inspected` },
      [dataset.fingerprint],
    );
    return {
      inspection: artifact.id,
      ...facts,
      contactRows: rows.map(({ name }) => name),
      contactSheet: await job.saveBlob(sheet, "png"),
      histogram: await job.saveBlob(plot, "svg"),
    };
  },
};

/** Of what lies between black and white, images that fill less look empty to a model. */
const SMALL_RANGE = 0.26;

function rangeNote({ least, greatest }: Survey): string[] {
  const share = (greatest - least) / 2;
  if (!(share > 0 && share < SMALL_RANGE)) return [];
  return [
    `All images together fill ${
      Math.max(1, Math.round(100 * share))
    } % of what lies between black and white` +
    ', as 12 bits stored in 16 do; of a folder, "intensity" in its description chooses what is black and white',
  ];
}

function factsOf(dataset: Dataset, found: Survey) {
  const { pairs, skipped, across } = ordered(dataset, found);
  const exact = pairs.filter((pair) => pair.exact).length;
  const { license, citation, measurements = [] } = dataset;
  return {
    dataset: dataset.id,
    title: dataset.title,
    images: found.splits.reduce((sum, { labels }) => sum + labels.length, 0),
    imageShape: [...dataset.imageShape],
    scale: dataset.scale.type,
    splits: found.splits.map(({ split, grades, labels }) => ({
      split,
      images: labels.length,
      grades: grades.map((images, label) => ({ name: dataset.scale.names[label], images })),
    })),
    meanIntensity: found.mean,
    intensityDeviation: found.deviation,
    duplicates: {
      exact,
      similar: pairs.length - exact,
      acrossSplits: across,
      pairs: pairs.slice(0, FEW),
    },
    negatives: { images: found.negatives.length, places: found.negatives.slice(0, FEW) },
    skipped: { files: skipped.length, reasons: skipped.slice(0, FEW) },
    notes: [...dataset.notes ?? [], ...rangeNote(found)],
    measurements: measurements.map(({ name, unit, description }) => ({ name, unit, description })),
    ...(license !== undefined && { license }),
    ...(citation !== undefined && { citation }),
  };
}

/** Pairs across splits come first: they are what spoils a test. */
function ordered({ skipped = [] }: Dataset, { pairs }: Survey) {
  const across = pairs.filter(({ first, second }) => first.split !== second.split);
  const within = pairs.filter(({ first, second }) => first.split === second.split);
  return {
    pairs: [...across, ...within],
    across: across.length,
    skipped: skipped.map(({ file, reason }) => ({ file, reason })),
  };
}
