/** The task `mapLatents`: codes of a data set as points of a plane, colored by grade. */

import {
  type Codes,
  InputError,
  type JobContext,
  type LabelScale,
  type Probe,
  takeRows,
  type TaskPlugin,
} from "@countergrade/countergrade";
import { readSafetensors } from "@countergrade/countergrade/formats";
import { z } from "zod";
import { principalMap, probeMap, type Projection, tsneMap, umapMap } from "./latent_map.ts";
import type { LatentMap, MapPath } from "./latent_map_layout.ts";
import { colorBy } from "./map_color.ts";
import { mapPng } from "./latent_map_png.ts";
import { type LoadedEncoders, loadProbe } from "../encoders/models.ts";
import { codesBehind, type SplitCodes, storedCodes } from "./training_codes.ts";

const Result = z.object({
  map: z.string().describe("Id of the map").meta({ artifact: true }),
  method: z.string().describe("How the plane was found"),
  points: z.int().describe("Codes on the map"),
  explainedVariance: z.array(z.number()).optional()
    .describe("Share of the standardized codes' variance along each axis; of principal components"),
  picture: z.string().describe("PNG of the map, a blob name").meta({ blob: "image" }),
  plot: z.string().describe("SVG of the map, a blob name").meta({ blob: "image" }),
});

interface Options {
  probe?: string;
  codes?: string;
  split: string;
  method: keyof typeof NAMES;
  neighbors: number;
  minDistance: number;
  perplexity: number;
  color?: string;
  limit: number;
  path?: string;
}

/** What is mapped. */
interface Source extends SplitCodes {
  readonly encoder: string;
  readonly scale: LabelScale;
  /** Id of the artifact that named them. */
  readonly input: string;
  /** Where a probe named them. */
  readonly probe?: Probe;
}

/**
 * Maps standardized codes. Stores `map.json` with x, y, label and index of every point, `map.svg` and `map.png`. A path of the same
 * encoder can be drawn through the map: it does not shape the plane.
 */
export function mapLatentsTask(
  loaded: LoadedEncoders,
): TaskPlugin<Options, z.infer<typeof Result>> {
  return {
    name: "mapLatents",
    description: "Draw the codes of a data set as points of a plane, colored by grade",
    options: () =>
      z.strictObject({
        probe: z.string().optional().describe(
          "Id of a probe: the codes that it was fitted to are drawn",
        ),
        codes: z.string().optional().describe("Id of codes to draw, instead of a probe"),
        split: z.string().default("train").describe("Split of the codes"),
        method: z.enum(["pca", "probe", "umap", "tsne"]).default("pca").describe(
          "Principal components; the probe's score and the main direction beside it; UMAP or t-SNE, which keep neighbors together",
        ),
        neighbors: z.int().min(2).max(200).default(15).describe(
          "UMAP: neighbors that shape a point's place",
        ),
        minDistance: z.number().min(0).max(1).default(0.1).describe(
          "UMAP: how close points may lie",
        ),
        perplexity: z.number().min(2).max(200).default(30).describe(
          "t-SNE: about how many neighbors shape a point's place",
        ),
        color: z.string().max(100).optional().describe(
          "Color by something else than the grade: a further label of the data set, as level, sex, site, what it measures, or brightness, contrast, sharpness, positionX, positionY, border, marker",
        ),
        limit: z.int().min(2).max(10_000).default(2000)
          .describe("Most points, drawn from the split by the seed"),
        path: z.string().optional().describe("Id of a path to draw through the map"),
      }),
    result: Result,
    async run(options, job) {
      const source = await sourceOf(options, job, loaded);
      const all = source.codes.shape[0];
      const indices = job.random.fork("points").permutation(all).subarray(0, options.limit);
      const codes = takeRows(source.codes, indices);
      const projection = await projectionOf(options, codes, source, job);
      const path = options.path === undefined
        ? undefined
        : await pathOn(projection, options.path, source, job);
      const color = options.color === undefined
        ? undefined
        : await colorBy(options.color, source, indices, job);
      const map: LatentMap = {
        points: projection.points.map((point, i) => ({
          ...point,
          label: color ? color.labels[i] : source.labels[indices[i]],
          index: indices[i],
        })),
        axes: projection.axes,
        explained: projection.explained,
        names: color?.names ?? source.scale.names,
        path,
      };
      const title = `${indices.length} codes of ${source.dataset}, ${source.split}, by ${
        NAMES[options.method]
      }${options.color === undefined ? "" : `, colored by ${options.color}`}`;
      // Drawing charts takes a quarter of a second to load.
      const { latentMapChart } = await import("./latent_map_chart.ts");
      const picture = mapPng(map);
      const text = new TextEncoder();
      const plot = text.encode(latentMapChart(title, map));
      const facts = {
        method: options.method,
        ...(map.explained && { explainedVariance: [...map.explained] }),
      };
      const content = {
        dataset: source.dataset,
        split: source.split,
        encoder: source.encoder,
        scale: source.scale,
        ...color && { color: options.color, colors: color.names, values: [...color.values] },
        ...facts,
        axes: map.axes,
        points: map.points,
        ...(path && { path: { id: options.path, ...path } }),
      };
      const artifact = await job.save(
        "map",
        { "map.json": text.encode(JSON.stringify(content)), "map.svg": plot, "map.png": picture },
        { dataset: source.dataset, encoder: source.encoder, title },
        [source.input, ...(options.path === undefined ? [] : [options.path])],
      );
      return {
        map: artifact.id,
        ...facts,
        points: indices.length,
        picture: await job.saveBlob(picture, "png"),
        plot: await job.saveBlob(plot, "svg"),
      };
    },
  };
}

const NAMES = {
  pca: "principal components",
  probe: "distance to the boundary",
  umap: "UMAP",
  tsne: "t-SNE",
} as const;

async function projectionOf(
  options: Options,
  codes: Codes,
  { probe }: Source,
  job: JobContext,
): Promise<Projection> {
  switch (options.method) {
    case "pca":
      return principalMap(codes);
    case "probe":
      if (probe) return probeMap(codes, probe);
      throw new InputError("Cannot map along a probe: expected one instead of codes", ["probe"]);
    case "umap":
      return await umapMap(codes, options, job.random, {
        signal: job.signal,
        onEpoch: (step, total) => job.emit({ type: "progress", step, total, message: "mapping" }),
      });
    case "tsne":
      return await tsneMap(codes, options, job.random, {
        signal: job.signal,
        onStep: (step, total) => job.emit({ type: "progress", step, total, message: "mapping" }),
      });
  }
}

/** @throws {InputError} Unless either a probe or codes are named. */
async function sourceOf(
  { probe, codes, split }: Options,
  job: JobContext,
  loaded: LoadedEncoders,
): Promise<Source> {
  if ((probe === undefined) === (codes === undefined)) {
    throw new InputError("Cannot map: expected either a probe or codes", ["codes"]);
  }
  if (probe !== undefined) {
    const stored = await loadProbe(job, probe);
    const found = await codesBehind(stored, split, job, loaded);
    const { encoder, probe: fitted } = stored;
    return { ...found, encoder, scale: fitted.scale, input: probe, probe: fitted };
  }
  const { metadata } = await job.load("codes", codes!);
  return {
    ...await storedCodes(job, codes!, split),
    encoder: String(metadata.encoder),
    scale: metadata.scale as LabelScale,
    input: codes!,
  };
}

/**
 * Where a path lies on a map.
 *
 * @throws {NotFoundError} When there is no such path.
 * @throws {InputError} When it was made with another encoder, or before paths kept their codes.
 */
async function pathOn(
  projection: Projection,
  id: string,
  { encoder }: Source,
  job: JobContext,
): Promise<MapPath> {
  const path = await job.load("path", id);
  if (path.metadata.encoder !== encoder) {
    throw new InputError(
      `Cannot draw ${id}: expected a path of the encoder ${encoder}, it is one of ${path.metadata.encoder}`,
      ["path"],
    );
  }
  if (!path.files["latents.safetensors"]) {
    throw new InputError(`Cannot draw ${id}: expected a path that has kept its codes`, ["path"]);
  }
  const { tensors } = readSafetensors(await job.read(path, "latents.safetensors"));
  const place = (name: string) => projection.place(tensors.get(name)!);
  return { original: place("code")[0], edited: place("codes"), images: place("reencoded") };
}
