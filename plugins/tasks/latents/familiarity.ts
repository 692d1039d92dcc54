/** Whether an image belongs to the data that a probe learned from: asked before it is graded or edited. */

import {
  type Codes,
  concatRows,
  type Encoder,
  type Images,
  InputError,
  type JobContext,
  NotFoundError,
  Random,
  takeRows,
  tensor,
} from "@countergrade/countergrade";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
import { conformalP, strangest, type Tail, tailOf } from "@countergrade/countergrade/review";
import { z } from "zod";
import { codeUseOn } from "../encoders/code_use.ts";
import {
  type LoadedEncoders,
  openFitting,
  readStatistics,
  type StoredProbe,
  writeStatistics,
} from "../encoders/models.ts";
import {
  type Kind,
  kindFrom,
  kindOf,
  sketch,
  type Sketches,
  TRAITS,
  traitsOf,
} from "./image_traits.ts";
import { facing } from "./facing.ts";
import { codesBehind } from "./training_codes.ts";

/** Training images that are looked at, and images that are held out. */
const MOST = { train: 4096, held: 512 };
/** Images read at a time. */
const BATCH = 64;
/** Below this an image is unusual, below that foreign. */
const UNUSUAL = 0.05;
const FOREIGN = 0.01;
/** With fewer images held out even the strangest image has p ≥ 0.05. */
const FEWEST = Math.ceil(1 / UNUSUAL) - 1;
/** With so many held out an image can be foreign. */
const ENOUGH = Math.ceil(1 / FOREIGN) - 1;

/** What an image is to a model. */
export const FamiliaritySchema = z.object({
  verdict: z.enum(["familiar", "unusual", "foreign"]).describe(
    "Whether the image is one of the kind that the probe learned from: p at least 0.05, at least 0.01, or below",
  ),
  p: z.number().describe("Share of the images held out that are as strange"),
  trait: z.enum(Object.keys(TRAITS) as [keyof typeof TRAITS]).describe(
    "What is strangest about it: its code, the picture beside its code, which way up it is, or its detail",
  ),
  images: z.int().describe("How many images were held out"),
  measuredOn: z.string().describe("Their split"),
}).meta({ apiType: "Familiarity" });

/** See {@linkcode FamiliaritySchema}. */
export type Familiarity = z.infer<typeof FamiliaritySchema>;

/** What is known of a model's own images. */
export interface OwnImages {
  readonly kind: Kind;
  /** Of each trait over the training images. */
  readonly tails: readonly Tail[];
  /** Rising: the strangeness of the images held out. */
  readonly held: Float32Array;
  readonly measuredOn: string;
  /** The use that the encoder makes of its code, see {@linkcode codeUseOn}. */
  readonly codeUse?: number;
}

/** Said where there is nothing to compare with. */
export const UNKNOWN_KIND =
  "Whether the image is one of the kind that the probe learned from is not known: neither codes nor images of these are here, or too few were held out";

/**
 * What is known of the images that a probe learned from; computed once for its codes and kept.
 *
 * @returns Undefined where codes and images are gone, or fewer than 19 images were held out.
 */
export async function ownImagesOf(
  stored: StoredProbe,
  job: JobContext,
  loaded: LoadedEncoders,
): Promise<OwnImages | undefined> {
  const codes = stored.artifact.provenance.inputs.find((input) => input.startsWith("codes-"));
  const key = { version: 1, encoder: stored.encoder, codes: codes ?? stored.artifact.id };
  try {
    const encoder = await loaded.get(job, stored.encoder);
    const kept = latest.get(encoder);
    if (kept?.codes === key.codes) return kept.own;
    const files = await job.derived("familiarity", key, async () => ({
      files: { [FILE]: written(await learned(stored, job, loaded)) },
      metadata: { key, encoder: stored.encoder, title: "What its own images are like" },
      inputs: [stored.encoder],
    }));
    const own = readOwnImages(files[FILE]);
    latest.set(encoder, { codes: key.codes, own });
    return own;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof InputError) return undefined;
    throw error;
  }
}

/** What was asked for last of each encoder that is loaded: what follows from it, as its factorizations, is kept with it. */
const latest = new WeakMap<Encoder, { readonly codes: string; readonly own: OwnImages }>();

/** @throws {NotFoundError} @throws {InputError} */
async function learned(
  stored: StoredProbe,
  job: JobContext,
  loaded: LoadedEncoders,
): Promise<OwnImages> {
  const encoder = await loaded.get(job, stored.encoder);
  const dataset = await openFitting(job, String(stored.artifact.metadata.dataset), encoder);
  const measuredOn = heldOutSplit(dataset.splits);
  const sketches = async (split: string, most: number): Promise<Sketches> => {
    const known = await knownCodes(stored, split, job, loaded);
    const indices = drawn(split, dataset.splits[split], most);
    const parts: Sketches[] = [];
    for (let start = 0; start < indices.length; start += BATCH) {
      job.signal.throwIfAborted();
      const at = indices.subarray(start, start + BATCH);
      const { images } = await dataset.get(split, at);
      const codes = known
        ? takeRows(known, at)
        : await encoder.encode(images, { signal: job.signal });
      parts.push(sketch(facing(encoder, images, codes), codes));
      job.emit({
        type: "progress",
        step: start + at.length,
        total: indices.length,
        message: `looking at the images of ${split}`,
      });
    }
    return {
      codes: concatRows(parts.map(({ codes }) => codes)),
      pictures: concatRows(parts.map(({ pictures }) => pictures)),
      detail: Float64Array.from(parts.flatMap(({ detail }) => [...detail])),
    };
  };
  const held = await sketches(measuredOn, MOST.held);
  const train = await sketches("train", MOST.train);
  const kind = kindOf(train);
  const traits = traitsOf(train, kind);
  const tails = Object.keys(TRAITS).map((_, k) => tailOf(traits.map((row) => row[k])));
  const scores = traitsOf(held, kind).map((row) => strangest(row, tails).strangeness);
  const codeUse = await codeUseOn(encoder, dataset, job.signal);
  return { kind, tails, held: Float32Array.from(scores).sort(), measuredOn, codeUse };
}

/** The codes of a split; undefined where stored ones leave it out. @throws {NotFoundError} */
async function knownCodes(
  stored: StoredProbe,
  split: string,
  job: JobContext,
  loaded: LoadedEncoders,
): Promise<Codes | undefined> {
  try {
    return (await codesBehind(stored, split, job, loaded)).codes;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** The images of a split that are looked at. */
export function drawn(split: string, count: number, most: number = MOST.held): Int32Array {
  return new Random(0).fork("familiarity", split).permutation(count).subarray(0, most).sort();
}

/** The first split beside `train` that has enough images, else the largest. @throws {InputError} When it has too few. */
function heldOutSplit(splits: Readonly<Record<string, number>>): string {
  const held = Object.entries(splits).filter(([split]) => split !== "train")
    .toSorted(([, a], [, b]) => Math.min(b, ENOUGH) - Math.min(a, ENOUGH));
  if (held.length && held[0][1] >= FEWEST) return held[0][0];
  throw new InputError(`Cannot tell familiar images: expected a split with ${FEWEST} images`);
}

/** What images `[n, c, h, w]` with codes `[n, d]` are to a model, one entry per row. */
export function familiarityOf(
  images: Images,
  codes: Codes,
  { kind, tails, held, measuredOn }: OwnImages,
  encoder: Encoder,
): Familiarity[] {
  const names = Object.keys(TRAITS) as (keyof typeof TRAITS)[];
  return traitsOf(sketch(facing(encoder, images, codes), codes), kind).map((row) => {
    const { strangeness, index } = strangest(row, tails);
    // Those of the images held out were rounded when they were stored.
    const p = conformalP(held, Math.fround(strangeness));
    const verdict = p >= UNUSUAL ? "familiar" : p >= FOREIGN ? "unusual" : "foreign";
    return { verdict, p, trait: names[index], images: held.length, measuredOn };
  });
}

/** A sentence for an image that is not familiar; undefined for others. */
export function familiarityWarning(
  { verdict, p, trait, images, measuredOn }: Familiarity,
): string | undefined {
  if (verdict === "familiar") return undefined;
  const strange = Math.round(p * (images + 1)) - 1;
  return `The image is ${verdict} to this model: ${
    TRAITS[trait]
  }; of ${images} images of ${measuredOn} ${
    strange === 0 ? "none is" : strange === 1 ? "one is" : `${strange} are`
  } as strange`;
}

/** The option that lets foreign images through. */
export function foreignField() {
  return z.boolean().default(false).describe(
    "Go on with an image that is not of the kind that the probe learned from: what it says about one means nothing",
  );
}

/** @throws {InputError} For a foreign image, unless it is let through. */
export function refuseForeign(familiarity: Familiarity | undefined, foreign: boolean): void {
  if (foreign || familiarity?.verdict !== "foreign") return;
  throw new InputError(
    `${familiarityWarning(familiarity)}; "foreign" goes on all the same`,
    ["foreign"],
  );
}

const FILE = "familiarity.safetensors";

function written({ kind, tails, held, measuredOn, codeUse }: OwnImages): Uint8Array {
  const { tensors } = readSafetensors(writeStatistics(kind.joint));
  // The distances of training images are not needed, and would be most of the file's rows.
  tensors.set("distances", tensor([0], []));
  tensors.set(
    "tails",
    tensor([tails.length, 2], tails.flatMap(({ start, excess }) => [start, excess])),
  );
  tensors.set("held", tensor([held.length], held));
  const codeSize = String(kind.code.mean.data.length);
  return writeSafetensors(tensors, {
    measuredOn,
    codeSize,
    detail: String(kind.detail),
    ...codeUse !== undefined && { codeUse: String(codeUse) },
  });
}

/** The inverse of what is stored. @throws {FormatError} */
export function readOwnImages(bytes: Uint8Array): OwnImages {
  const { tensors, metadata: { measuredOn, codeSize, detail, codeUse } } = readSafetensors(bytes);
  const tails = tensors.get("tails")!.data;
  return {
    kind: kindFrom(readStatistics(bytes), Number(codeSize), Number(detail)),
    tails: Object.keys(TRAITS).map((_, k) => ({ start: tails[2 * k], excess: tails[2 * k + 1] })),
    held: tensors.get("held")!.data,
    measuredOn,
    codeUse: codeUse === undefined ? undefined : Number(codeUse),
  };
}
