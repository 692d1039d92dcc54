/** How somebody else's classifier is used: what it sees, and what its numbers mean. */

import { z } from "zod";

const side = z.int().min(1).max(4096);
const port = z.string().min(1).max(1000).optional();
const perChannel = z.array(z.number().min(-1e6).max(1e6)).min(1).max(16).optional();

/** What the numbers that a classifier gives can be. */
export const OutputSchema = z.enum(["logits", "probabilities", "ordinal", "grade"]);

/** What has to be said of a classifier, each where it differs from the usual. */
export const USAGE_OPTIONS = {
  output: OutputSchema.optional().describe(
    "What it gives: logits (one alone is that of yes), probabilities (one alone is that of yes), ordinal (logits of label > 0, > 1, …), or grade; default: logits",
  ),
  imageShape: z.tuple([side, side, side]).optional().describe(
    "Channels, height, width that it takes, where it leaves them free; images are resized to it",
  ),
  imageRange: z.tuple([z.number(), z.number()]).refine(
    ([low, high]) => low < high,
    "expected the lower end first",
  ).optional().describe("What black and white are to it, as 0,1 or 0,255; default: 0,1"),
  mean: perChannel.describe("Taken off after that, one number or one per channel; default: 0"),
  std: z.array(z.number().positive().max(1e6)).min(1).max(16).optional()
    .describe("Divided by after that, one number or one per channel; default: 1"),
  positiveFrom: z.int().min(1).max(1000).optional().describe(
    "Of a yes or no: the label of a longer scale from which it says yes; default: that of the probe",
  ),
  classNames: z.array(z.string().min(1).max(200)).min(2).max(1000).optional()
    .describe("What its classes are called, mild to severe"),
  inputName: port.describe("Name of its input, where it has several"),
  outputName: port.describe("Name of the output that is meant, where it has several"),
  featuresName: port.describe(
    "Name of an output that has what it sees before it decides, for distances between sets of images; default: the output that is meant",
  ),
};

/** See {@linkcode USAGE_OPTIONS}. */
export const UsageSchema = z.strictObject(USAGE_OPTIONS);

/** See {@linkcode USAGE_OPTIONS}. */
export type Usage = z.infer<typeof UsageSchema>;

/** The result of a task that makes a judge of one. */
export const JudgeResult = z.object({
  judge: z.string().describe("Id of the judge").meta({ artifact: true }),
  imageShape: z.array(z.int().nullable()).describe(
    "Channels, height, width; null where any will do",
  ).meta({ apiName: "takes" }),
  classes: z.int().optional().describe(
    "Classes that it tells apart; none of one that tells grades",
  ),
});

/** The fields of {@linkcode Usage} that were said. */
export function usageIn(options: Usage): Usage {
  const said = Object.keys(USAGE_OPTIONS).map((name) => [name, options[name as keyof Usage]]);
  return UsageSchema.parse(Object.fromEntries(said.filter(([, value]) => value !== undefined)));
}

/** Inputs and outputs of the model in a file. */
export function portsOf({ inputName, outputName, featuresName }: Usage) {
  return {
    input: inputName,
    output: outputName,
    ...featuresName !== undefined && { more: [featuresName] },
  };
}
