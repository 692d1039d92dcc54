/** What is known of a probe beside the probe itself: the scores of real patients, and whether it tells more than chance. */

import {
  type Codes,
  InputError,
  type JobContext,
  type Labels,
  NotFoundError,
  type Probe,
  type ProbePlugin,
  type Random,
  takeRows,
} from "@countergrade/countergrade";
import {
  strata,
  stratifiedFolds,
  type TypicalScores,
  typicalScores,
  typicalScoresFrom,
} from "@countergrade/countergrade/linear";
import { isLabel, labelsOf, permutationP, spearman } from "@countergrade/countergrade/review";
import { z } from "zod";
import type { LoadedEncoders, StoredProbe } from "../encoders/models.ts";
import { codesBehind, type SplitCodes } from "../latents/training_codes.ts";

/**
 * A probe whose figure shuffled labels reach more often than `p` tells nothing, on as many images at least. By construction as many
 * probes of shuffled labels go through as it says: one of a thousand, where there are images enough that those that know something have the least
 * p there is (docs/figures.md).
 */
const CHANCE = [{ images: 100, p: 0.001 }, { images: 20, p: 0.01 }, { images: 0, p: 0.05 }];

/** Whether a probe tells no more than chance. */
function isChance({ p, images }: Chance): boolean {
  return p > CHANCE.find((level) => images >= level.images)!.p;
}

/** Folds of the figure where no split is held out. */
const FOLDS = 5;

/** Whether a probe tells more than chance. */
export const ChanceSchema = z.object({
  p: z.number().describe(
    "Share of shuffled labels that are told as well: above 0.001, of fewer than 100 images above 0.01, of fewer than 20 above 0.05, the probe tells nothing",
  ),
  figure: z.enum(["spearman", "accuracy"]).describe(
    "What was compared: the rank correlation of score and label, or right classes where they have no order",
  ),
  value: z.number().describe("The figure itself"),
  images: z.int().describe("Images that the probe was not fitted to"),
  measuredOn: z.string().describe('The split, or "folds" of the training images'),
});

/** See {@linkcode ChanceSchema}. */
export type Chance = z.infer<typeof ChanceSchema>;

/** See the file's own comment. Parts are missing where the images are gone. */
export interface ProbeEvidence {
  readonly typical?: TypicalScores;
  readonly chance?: Chance;
}

/** The file of the evidence among those of a probe. */
export const EVIDENCE_FILE = "evidence.json";

/**
 * The evidence of a stored probe: what was stored with it, or for probes of before, where the codes or images that they learned from
 * are there, what these say; kept for the next time.
 */
export async function evidenceOf(
  stored: StoredProbe,
  job: JobContext,
  loaded: LoadedEncoders,
): Promise<ProbeEvidence> {
  const { artifact, probe } = stored;
  if (artifact.files[EVIDENCE_FILE]) return parsed(await job.read(artifact, EVIDENCE_FILE));
  try {
    const key = { probe: artifact.id };
    const files = await job.derived("evidence", key, async () => {
      const train = await codesBehind(stored, "train", job, loaded);
      const held = await heldOut(stored, job, loaded);
      const evidence: ProbeEvidence = {
        typical: typicalScores(probe, train.codes, train.labels),
        chance: held && await chanceOf(probe, held, job),
      };
      return {
        files: { [EVIDENCE_FILE]: evidenceFile(evidence) },
        metadata: { ...key, key, title: `Evidence of ${artifact.metadata.title}` },
        inputs: [artifact.id],
      };
    });
    return parsed(files[EVIDENCE_FILE]);
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof InputError) return {};
    throw error;
  }
}

/** The evidence as it is stored. */
export function evidenceFile(evidence: ProbeEvidence): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(evidence));
}

function parsed(bytes: Uint8Array): ProbeEvidence {
  const { typical, chance } = JSON.parse(new TextDecoder().decode(bytes));
  return {
    ...typical !== undefined && { typical: typicalScoresFrom(typical) },
    ...chance !== undefined && { chance: ChanceSchema.parse(chance) },
  };
}

/** The codes of the first split that was held out and has labels; undefined where there is none. */
async function heldOut(
  stored: StoredProbe,
  job: JobContext,
  loaded: LoadedEncoders,
): Promise<SplitCodes | undefined> {
  for (const split of ["val", "test"]) {
    try {
      const codes = await codesBehind(stored, split, job, loaded);
      if (codes.labels.some((label) => isLabel(label, stored.probe.scale))) return codes;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  }
}

/** How often shuffled labels are told as well by a probe, on codes that it was not fitted to. */
export async function chanceOf(
  probe: Probe,
  { codes, labels, split }: Omit<SplitCodes, "dataset">,
  { random, signal }: JobContext,
): Promise<Chance> {
  return await chanceOfTold(toldBy(probe, codes), labels, probe, split, random, signal);
}

/** What is compared with the labels: classes where they have no order, else scores. */
function toldBy(probe: Probe, codes: Codes): ArrayLike<number> {
  return probe.scale.type === "nominal" ? labelsOf(probe, codes) : probe.score(codes);
}

/**
 * The same where no split is held out: every fold of the training images is told by a probe that is fitted to the other folds.
 *
 * @returns Undefined where a class has too few images for folds.
 */
export async function chanceByFolds(
  member: ProbePlugin,
  fitting: unknown,
  { codes, labels }: Pick<SplitCodes, "codes" | "labels">,
  probe: Probe,
  threshold: number,
  { random, signal }: JobContext,
): Promise<Chance | undefined> {
  const classes = probe.scale.type === "continuous" ? strata(labels, FOLDS) : labels;
  const fold = stratifiedFolds(classes, FOLDS, random.fork("chance folds"));
  if (!fold) return undefined;
  const told = new Float64Array(labels.length);
  for (let k = 0; k < FOLDS; k++) {
    const rows = (inside: boolean) =>
      Int32Array.from(labels.keys()).filter((i) => (fold[i] === k) === inside);
    const [held, others] = [rows(true), rows(false)];
    const context = { scale: probe.scale, threshold, random: random.fork("chance", k), signal };
    const tells = await member.fit(
      takeRows(codes, others),
      others.map((i) => labels[i]) as Labels,
      fitting,
      context,
    ).then((one) => toldBy(one, takeRows(codes, held)), (error) => {
      // A fold without a rising grade is one that nothing can be learned from.
      if (error instanceof InputError) return new Float64Array(held.length);
      throw error;
    });
    held.forEach((i, at) => told[i] = tells[at]);
  }
  return await chanceOfTold(told, labels, probe, "folds", random, signal);
}

async function chanceOfTold(
  told: ArrayLike<number>,
  labels: Labels,
  { scale }: Probe,
  measuredOn: string,
  random: Random,
  signal: AbortSignal,
): Promise<Chance> {
  const rows = Array.from(labels.keys()).filter((i) => isLabel(labels[i], scale));
  const [said, truth] = [rows.map((i) => told[i]), rows.map((i) => labels[i])];
  const nominal = scale.type === "nominal";
  const figure = nominal
    ? (labels: ArrayLike<number>) =>
      said.filter((label, i) => label === labels[i]).length / said.length
    : (labels: ArrayLike<number>) => spearman(said, labels);
  return {
    p: await permutationP(truth, figure, random.fork("chance"), { signal }),
    figure: nominal ? "accuracy" : "spearman",
    value: figure(truth),
    images: rows.length,
    measuredOn,
  };
}

/** A sentence for a probe that tells no more than chance; undefined for others, and where it is not known. */
export function chanceWarning({ chance }: ProbeEvidence): string | undefined {
  if (!chance || !isChance(chance)) return undefined;
  return `This probe tells nothing: shuffled labels are told as well in ${
    (100 * chance.p).toFixed(chance.p < 0.1 ? 1 : 0)
  } % of 999 trials (${chance.figure} ${
    chance.value.toFixed(3)
  } on ${chance.images} images of ${chance.measuredOn})`;
}
