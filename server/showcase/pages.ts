/** The pages of the gallery: what a model's folder holds as data, and all folders as one document. */

import type { ShownFrame } from "./shown_path.ts";

/** A path as data. */
export interface ShownWalk {
  readonly file: string;
  readonly index: number;
  readonly label: number;
  readonly frames: readonly ShownFrame[];
}

/** `gallery.json` of a model. */
export interface ShownModelPages {
  readonly model: string;
  /** The id of its probe. */
  readonly probe: string;
  readonly description: string;
  /** Of a model that does not come along. */
  readonly shipped?: false;
  readonly dataset: string;
  readonly title: string;
  readonly split: string;
  readonly scale: readonly string[];
  /** Who looked on beside the probe. */
  readonly judge?: string;
  readonly measurement?: { readonly name: string; readonly unit: string };
  readonly walks: readonly ShownWalk[];
  /** The first of them, moved until the judge itself reads each grade. */
  readonly explained?: ShownWalk;
  /** The first path that fails by the rule, and how many were tried. */
  readonly failure: { readonly tried: number; readonly walk?: ShownWalk };
}

/** The document of all models, as Markdown. */
export function galleryDocument(pages: readonly ShownModelPages[], missed: number): string {
  const intro = `# Gallery

One patient of every grade at every grade. A target is a patient: the step between typical scores of real patients of two
grades, added to the patient's own score. Under each frame stand the grade asked for, what the own probe reads in the picture,
encoded again, on the scale of the targets (red where it misses by more than half a grade), what a judge reads that has met neither
encoder nor probe, where there is one, the share of the real patients of that grade beyond the target, and where the data set can
be measured without a model, what the pixels say. Of volumes the three middle planes are shown. Below: what changed from the first picture, the image as the model rebuilds it;
red is brighter, blue darker.

All pictures are rendered by the models that come along, or are said not to, with 20 evaluations each way and nothing of the image added; no image
of a data set is shown. The patients are the first of each grade in a split that no model was trained on, by index. Nothing was
chosen by eye. For research, not for diagnosis.

Made from the shipped weights; \`DATA\` is a folder with the data sets that do not come along, and \`--judge\`, for the models that
are named, the option of \`counterfactual-path\`:

\`\`\`sh
deno task gallery --data DATA
deno task gallery --data DATA --judge '{"onnx":{"model":"judge.onnx"}}' knee64
\`\`\`
`;
  return [intro, ...pages.map((page) => modelText(page, missed))].join("\n");
}

function modelText(page: ShownModelPages, missed: number): string {
  const { model, description, title, split, scale, judge, measurement, walks } = page;
  const { explained, failure } = page;
  const picture = ({ file, index, label }: ShownWalk) =>
    `Image ${index} of the split \`${split}\`, labeled ${scale[label]}:\n\n` +
    `![Image ${index}, labeled ${scale[label]}, at ${scale[0]} to ${
      scale.at(-1)
    }](${model}/${file})\n`;
  const measured = measurement
    ? `\nThe last line is \`${measurement.name}\`, measured from the pixels: ${measurement.unit}.\n`
    : "";
  const witness = judge ? `\nThe judge is \`${judge}\`.\n` : "";
  const rule = `the first path by index with a frame that misses its grade by more than ${missed}`;
  const failed = failure.walk
    ? `### A failure\n\nOf ${failure.tried} paths tried, ${rule}. ${picture(failure.walk)}`
    : `### No failure\n\nNone of the first ${failure.tried} paths has a frame that misses its grade by more than ${missed}.\n`;
  const why = explained
    ? `\n### The judge explained\n\nThe first image again, moved until the judge itself reads each grade: ` +
      `what it looks at. ${picture(explained)}`
    : "";
  return `## ${model}\n\n${description}. ${title}.\n${witness}${measured}\n${
    walks.map(picture).join("\n")
  }${why}\n${failed}`;
}
