/** A judge beside a probe: opened for one task, held to the probe's scale and question. */

import {
  type Images,
  InputError,
  type JobContext,
  type Judge,
  type JudgePlugin,
  judges,
  type LabelScale,
  type PluginHost,
} from "@countergrade/countergrade";
import { z } from "zod";

/** The option that names a judge. */
export function judgeField(host: PluginHost, description: string) {
  return host.choice(judges).optional().describe(description);
}

/** Versions of what a judge's options only name, for `TaskPlugin.inputs`. */
export async function judgeVersions(
  choice: Record<string, unknown> | undefined,
  host: PluginHost,
): Promise<readonly string[]> {
  if (!choice) return [];
  const { member, options } = host.chosen<JudgePlugin>(judges, choice);
  return await member.inputs?.(options, host) ?? [];
}

/** What a witness is asked about. */
export interface Question {
  readonly scale: LabelScale;
  /** The binary question "label ≥ threshold"; on a nominal scale "label = threshold". */
  readonly threshold: number;
  /** The encoder whose pictures are judged, where there is one. */
  readonly encoder?: string;
}

/** What a judge says, on the scale it was asked about. One entry per image. */
export interface Verdicts {
  /** Absent where the judge only answers yes or no, or the scale has no order. */
  readonly grade?: Float64Array;
  /** Of the severe side; absent where it tells grades alone. */
  readonly probability?: Float64Array;
  /** Above 0 on the severe side: the log-odds of that, or grades from the boundary where there is no probability. */
  readonly score: Float64Array;
  /** The likeliest class, where the scale has no order. */
  readonly label?: Int32Array;
  /** What the judge saw before it decided, `[n, f]`, where it tells. */
  readonly features?: Float64Array;
}

/** One of them as plain data. */
export const VerdictSchema = z.object({
  grade: z.number().optional().describe(
    "Grade that the judge expects; absent where it only answers yes or no",
  ),
  probability: z.number().optional().describe(
    "Its probability of the severe side; absent where it tells grades alone",
  ),
  label: z.int().optional().describe("Its likeliest class, where classes have no order"),
}).meta({ apiType: "Verdict" });

/** See {@linkcode VerdictSchema}. */
export type Verdict = z.infer<typeof VerdictSchema>;

/** The verdict on image `i`. */
export function verdictOf({ grade, probability, label }: Verdicts, i: number): Verdict {
  return {
    ...(grade && { grade: grade[i] }),
    ...(probability && { probability: probability[i] }),
    ...(label && { label: label[i] }),
  };
}

/** How far a verdict lies on the severe side: above 0 there, in probability from one half or in grades from the boundary. */
export function leaningOf({ grade = NaN, probability }: Verdict, threshold: number): number {
  return probability === undefined ? grade - (threshold - 0.5) : probability - 0.5;
}

/** A judge as a task uses it. */
export interface Witness extends AsyncDisposable {
  /** The judge's plugin. */
  readonly name: string;
  /** Whether its grades are on the scale of the question. */
  readonly graded: boolean;
  readonly question: Question;
  /** The label from which it says yes: its own, else that of the question. */
  readonly threshold: number;
  judge: Judge;
  /** What it says about images `[n, c, h, w]`. */
  look(images: Images, signal?: AbortSignal): Promise<Verdicts>;
}

/**
 * Opens the judge that an option names.
 *
 * @throws {InputError} When it has other classes than the scale, or looks through the encoder whose pictures it would judge.
 */
export async function openWitness(
  choice: Record<string, unknown>,
  question: Question,
  job: JobContext,
): Promise<Witness> {
  const { member, options } = job.host.chosen<JudgePlugin>(judges, choice);
  const judge = await member.open(options, job);
  try {
    return witnessOf(member.name, judge, question);
  } catch (error) {
    await judge[Symbol.asyncDispose]();
    throw error;
  }
}

function witnessOf(name: string, judge: Judge, question: Question): Witness {
  if (judge.encoder !== undefined && judge.encoder === question.encoder) {
    throw new InputError(
      `Cannot use "${name}" as a judge: it looks through ${judge.encoder}, the encoder that makes ` +
        "the pictures; expected a probe on another encoder, or a network",
      ["judge"],
    );
  }
  const { scale: { type, names } } = question;
  const { classes } = judge;
  const continuous = type === "continuous";
  const graded = classes === undefined
    ? type !== "nominal"
    : !continuous && classes === names.length;
  if (!graded && classes !== 2) {
    const expected = continuous
      ? "grades, or 2 classes"
      : `${names.length} classes (${names.join(", ")})${names.length > 2 ? ", or 2" : ""}`;
    throw new InputError(
      `Cannot use "${name}" as a judge: expected ${expected}, it tells ${
        classes === undefined ? "grades" : `${classes} classes`
      }`,
      ["judge"],
    );
  }
  const yesOrNo = classes === 2 && names.length !== 2;
  const threshold = yesOrNo ? judge.threshold ?? question.threshold : question.threshold;
  return {
    name,
    graded: graded && type !== "nominal",
    question,
    threshold,
    judge,
    async look(images, signal) {
      const { grades, probabilities, features } = await judge.judge(images, { signal });
      const before = features && { features };
      if (!probabilities || classes === undefined) {
        const boundary = continuous ? threshold : threshold - 0.5;
        return { grade: grades, score: grades.map((grade) => grade - boundary), ...before };
      }
      const isSevere = severeClasses(classes, yesOrNo, type, threshold);
      const sides = sidesOf(probabilities, isSevere);
      return {
        ...(graded && type !== "nominal" && { grade: grades }),
        ...sides,
        ...before,
        ...(type === "nominal" && !yesOrNo && { label: likeliest(probabilities, classes) }),
      };
    },
    [Symbol.asyncDispose]: () => judge[Symbol.asyncDispose](),
  };
}

/** Which classes lie on the severe side of the question. */
function severeClasses(
  classes: number,
  yesOrNo: boolean,
  type: LabelScale["type"],
  threshold: number,
): boolean[] {
  const is = (k: number) =>
    yesOrNo ? k === 1 : type === "nominal" ? k === threshold : k >= threshold;
  return Array.from({ length: classes }, (_, k) => is(k));
}

/** The least probability of a side: log-odds stay finite. */
const LEAST = 1e-300;

/** The probability of the severe side, and its log-odds from both sums, so that neither side loses its digits. */
function sidesOf(probabilities: Float64Array, isSevere: readonly boolean[]) {
  const k = isSevere.length;
  const n = probabilities.length / k;
  const probability = new Float64Array(n);
  const score = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let [yes, no] = [0, 0];
    for (let c = 0; c < k; c++) {
      if (isSevere[c]) yes += probabilities[i * k + c];
      else no += probabilities[i * k + c];
    }
    probability[i] = yes / (yes + no);
    score[i] = Math.log(Math.max(LEAST, yes)) - Math.log(Math.max(LEAST, no));
  }
  return { probability, score };
}

function likeliest(probabilities: Float64Array, classes: number): Int32Array {
  return Int32Array.from({ length: probabilities.length / classes }, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
}
