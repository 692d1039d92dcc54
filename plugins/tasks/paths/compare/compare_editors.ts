/** The task `compareEditors`: the same images, moved by several editors from one inversion. */

import {
  type EditorPlugin,
  editors,
  type Latents,
  type PluginHost,
  row,
  type TaskPlugin,
} from "@countergrade/countergrade";
import { z } from "zod";
import { checkPath } from "../check_path.ts";
import { checkIndex } from "../../data/picked_image.ts";
import {
  comparisonDifferences,
  comparisonFigure,
  comparisonPicture,
} from "./comparison_picture.ts";
import { ComparedSchema, type EditedImage, summarizeEditor } from "./comparison.ts";
import type { LoadedEncoders } from "../../encoders/models.ts";
import { frameFigures, FrameFiguresSchema, JudgementSchema, pathWarnings } from "../frames.ts";
import {
  type DatasetPathSetup,
  openPathSetup,
  pathFields,
  type PathOptions,
  pathVersions,
} from "../setup.ts";
import { labelOn } from "../goals.ts";
import { judgementOf, renderPath } from "../render_path.ts";

/** Compared unless the options say otherwise, where the host has them. */
const USUAL = ["pattern", "shortest"];
/** Images that the pictures show; figures are of all. */
const SHOWN = 8;

const Result = z.object({
  comparison: z.string().describe("Id of the comparison").meta({ artifact: true }),
  picture: z.string().describe(
    "PNG: for every image a row per editor, the reconstruction first, then the frames; a blob name",
  ).meta({ blob: "image" }),
  differences: z.string().describe(
    "PNG: the same rows as heat maps to the reconstruction; a blob name",
  ).meta({ blob: "image" }),
  differenceRange: z.number().describe("Difference of intensity that has the full color"),
  editors: z.array(ComparedSchema).describe("Figures over all images, in the order of the editors"),
  paths: z.array(z.object({
    editor: z.int().describe("Place of the editor in the list"),
    index: z.int().describe("Position of the image in the split"),
    label: z.number().describe("The image's label in the data set"),
    latent: JudgementSchema.describe("What the probe says about the image"),
    frames: z.array(FrameFiguresSchema).describe("The image at each target"),
  })).describe("Each image with each editor"),
  warnings: z.array(z.string()).describe("What to know about the result, in plain words"),
});

interface Options extends Omit<PathOptions, "editor"> {
  indices: number[];
  editors: Record<string, unknown>[];
}

/**
 * Renders paths of the same images with each editor, from the same z and x_T, and tells which share of the shift that was asked
 * for arrives in the images, see {@linkcode summarizeEditor}.
 */
export function compareEditorsTask(
  loaded: LoadedEncoders,
): TaskPlugin<Options, z.infer<typeof Result>> {
  return {
    name: "compareEditors",
    interactive: true,
    description: "Render images at other grades with several editors, side by side",
    options: (host) => {
      const { which, how } = pathFields(host);
      const { editor: _, ...others } = how;
      return z.strictObject({
        ...which,
        indices: z.array(z.int().min(0)).min(1).max(100).default([0]).describe(
          "Positions in the split",
        ),
        editors: z.array(host.choice(editors)).min(1).max(8).prefault(usualEditors(host))
          .describe("What to compare, each with its options"),
        ...others,
      });
    },
    inputs: pathVersions,
    check: checkPath,
    result: Result,
    async run(options, job) {
      const setup = await openPathSetup({ ...options, editor: options.editors[0] }, job, loaded);
      await using _ = setup.witness;
      const { dataset, encoderId, probe, targets } = setup;
      for (const index of options.indices) checkIndex(dataset, options.split, index);
      const setups = options.editors.map((choice): DatasetPathSetup => {
        const { member, options: editing } = job.host.chosen<EditorPlugin>(editors, choice);
        return { ...setup, editor: member, editing };
      });
      const done: EditedImage[] = [];
      const warnings: string[] = [];
      const total = setups.length * options.indices.length;
      for (const index of options.indices) {
        const { images, ids: [image], labels: [label] } = await dataset.get(options.split, [index]);
        let start: Latents | undefined;
        for (const [editor, each] of setups.entries()) {
          const onWarning = (message: string) =>
            warnings.push(`${each.editor.name}, ${image}: ${message}`);
          const path = await renderPath(images, each, { signal: job.signal, onWarning }, {
            start,
            label: labelOn(probe, dataset.scale, label),
          });
          start = { codes: path.record.code, noise: row(path.edit.latents.noise, 0) };
          const frames = frameFigures(path);
          pathWarnings(path, frames).forEach(onWarning);
          done.push({ editor, index, label, image, path, frames });
          const message = `${each.editor.name}, ${image}`;
          job.emit({ type: "progress", step: done.length, total, message });
        }
      }
      for (const message of warnings) job.emit({ type: "warning", message });

      const compared = setups.map(({ editor: { name }, editing }, k) =>
        summarizeEditor(name, editing, done.filter(({ editor }) => editor === k))
      );
      const shown = done.slice(0, SHOWN * setups.length);
      const picture = comparisonPicture(shown);
      const { heatMaps, range } = comparisonDifferences(shown);
      const told = {
        picture: await job.saveBlob(picture, "png"),
        differences: await job.saveBlob(heatMaps, "png"),
        differenceRange: range,
        editors: compared,
        paths: done.map(({ editor, index, label, path, frames }) => ({
          editor,
          index,
          label,
          latent: judgementOf(path.latent),
          frames,
        })),
        warnings,
      };
      const content = {
        dataset: dataset.id,
        split: options.split,
        encoder: encoderId,
        probe: options.probe,
        scale: probe.scale,
        sampler: setup.sampler,
        closeLoop: setup.closeLoop,
        targets,
        ...told,
      };
      const text = new TextEncoder();
      const artifact = await job.save("comparison", {
        "comparison.json": text.encode(JSON.stringify(content, null, 2)),
        "comparison.png": picture,
        "figure.svg": text.encode(comparisonFigure(shown, targets, compared)),
        "differences.png": heatMaps,
      }, {
        dataset: dataset.id,
        encoder: encoderId,
        probe: options.probe,
        title: `${compared.map(({ editor }) => editor).join(" and ")} on ${dataset.id}`,
      }, [options.probe, encoderId, dataset.fingerprint]);
      return { comparison: artifact.id, ...told };
    },
  };
}

function usualEditors(host: PluginHost): Record<string, unknown>[] {
  const known = host.names(editors);
  const usual = USUAL.filter((name) => known.includes(name));
  return (usual.length ? usual : known.slice(0, 1)).map((name) => ({ [name]: {} }));
}
