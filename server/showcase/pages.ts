/** The pages of the gallery: what a model's folder holds as data, and all folders as one document. */

import type { Way } from "./walk.ts";

/** The figures of a frame, as they are written under it. */
export interface ShownFrame {
  /** Grade asked for. */
  readonly asked: number;
  /** Grade of the edited code. */
  readonly code: number;
  /** Grade of the frame, encoded again. */
  readonly image: number;
  /** What the data set's measurement reads from the frame; null where it finds nothing. */
  readonly measured?: number | null;
}

/** A walk as data. */
export interface ShownWalk {
  readonly file: string;
  readonly index: number;
  readonly label: number;
  readonly there: readonly ShownFrame[];
  readonly back: readonly ShownFrame[];
}

/** `gallery.json` of a model. */
export interface ShownModelPages {
  readonly model: string;
  readonly description: string;
  readonly dataset: string;
  readonly title: string;
  readonly split: string;
  readonly scale: readonly string[];
  readonly measurement?: { readonly name: string; readonly unit: string };
  readonly walks: readonly ShownWalk[];
  /** The first path that fails by the rule, and how many were tried. */
  readonly failure: { readonly tried: number; readonly walk?: ShownWalk };
}

/** The figures of a way, rounded to what is shown. */
export function shownFrames({ grades, latentGrades, imageGrades, measured }: Way): ShownFrame[] {
  const rounded = (value: number) =>
    Number.isFinite(value) ? Math.round(value * 1000) / 1000 : null;
  return grades.map((asked, i) => ({
    asked,
    code: rounded(latentGrades[i])!,
    image: rounded(imageGrades[i])!,
    ...measured ? { measured: rounded(measured[i]) } : {},
  }));
}

/** The document of all models, as Markdown. */
export function galleryDocument(pages: readonly ShownModelPages[], missed: number): string {
  const intro = `# Gallery

Paths from the mildest to the most severe grade, and back: the way back starts from the last frame, which is encoded as if it
were a new image. Each frame says which grade was asked for, which the edited code has, and which the picture has when it is
encoded again; where the data set can be measured without a model, also what its pixels say. A picture's grade that misses by
more than half a grade is red. Between the two ways: what changed from the reconstruction, red brighter, blue darker.

All frames are rendered by the models that come along; no image of a data set is shown. The patients are the first of each
grade in a split that no model was trained on, by index. Nothing was chosen by eye. For research, not for diagnosis.

Made from the shipped weights; \`DATA\` is a folder with the data sets that do not come along:

\`\`\`sh
deno task gallery --data DATA
\`\`\`
`;
  return [intro, ...pages.map((page) => modelText(page, missed))].join("\n");
}

function modelText(page: ShownModelPages, missed: number): string {
  const { model, description, title, split, scale, measurement, walks, failure } = page;
  const picture = ({ file, index, label }: ShownWalk) =>
    `Image ${index} of the split \`${split}\`, labeled ${scale[label]}:\n\n` +
    `![Image ${index}, labeled ${scale[label]}, at ${scale[0]} to ${
      scale.at(-1)
    } and back](${model}/${file})\n`;
  const measured = measurement
    ? `\nThe fourth line is \`${measurement.name}\`, measured from the pixels: ${measurement.unit}.\n`
    : "";
  const rule = `the first path by index with a frame that misses its grade by more than ${missed}`;
  const failed = failure.walk
    ? `### A failure\n\nOf ${failure.tried} paths tried, ${rule}. ${picture(failure.walk)}`
    : `### No failure\n\nNone of the first ${failure.tried} paths has a frame that misses its grade by more than ${missed}.\n`;
  return `## ${model}\n\n${description}. ${title}.\n${measured}\n${
    walks.map(picture).join("\n")
  }\n${failed}`;
}
