/** A family of one's own: `reports` put a counterfactual path into words. No file of Countergrade knows of it. */

import {
  defineFamily,
  definePlugin,
  type Family,
  type Host,
  type JobContext,
  type LabelScale,
  tasks,
} from "@countergrade/countergrade";
import { z } from "zod";

/** What a report may tell: a part of the file `path.json` of a path. */
export interface Path {
  readonly dataset: string;
  readonly image: string;
  readonly scale: LabelScale;
  readonly frames: readonly { targetGrade: number; latentGrade: number; imageGrade: number }[];
}

/** A member of the family. */
export interface ReportPlugin<Options = unknown> {
  readonly name: string;
  readonly description: string;
  readonly options: z.ZodType<Options>;
  write(path: Path, options: Options): string;
}

/** The family. Others add their members by importing this value. */
// deno-lint-ignore no-explicit-any -- members differ in their options; their schemas check them at run time
export const reports: Family<ReportPlugin<any>> = defineFamily("reports", "Paths in words");

const markdown: ReportPlugin<{ digits: number }> = {
  name: "markdown",
  description: "A table with one row per frame",
  options: z.strictObject({
    digits: z.int().min(0).max(6).default(1).describe("Digits after the decimal point"),
  }),
  write: ({ dataset, image, scale, frames }, { digits }) =>
    [
      `# ${dataset}, ${image}`,
      "",
      "| asked for | in the code | in the image |",
      "| --- | --- | --- |",
      ...frames.map(({ targetGrade, latentGrade, imageGrade }) => {
        const asked = scale.names[targetGrade] ?? targetGrade.toFixed(digits);
        return `| ${asked} | ${latentGrade.toFixed(digits)} | ${imageGrade.toFixed(digits)} |`;
      }),
      "",
    ].join("\n"),
};

const Result = z.object({
  report: z.string().describe("Id of the report").meta({ artifact: true }),
  text: z.string().describe("The report"),
});

/** Brings the family with one member, and a task on it: a mutation, a command and a form. */
export default definePlugin({
  id: "path-reports",
  version: "1.0.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(reports, markdown);
    registry.add(tasks, {
      name: "writeReport",
      description: "Put a counterfactual path into words",
      options: (host: Host) =>
        z.strictObject({
          path: z.string().describe("Id of the path"),
          report: host.choice(reports, "markdown").describe("Which report, with its options"),
        }),
      result: Result,
      async run(options: { path: string; report: Record<string, unknown> }, job: JobContext) {
        const artifact = await job.load("path", options.path);
        const path = JSON.parse(new TextDecoder().decode(await job.read(artifact, "path.json")));
        const { member, options: writing } = job.host.chosen(reports, options.report);
        const text = member.write(path, writing);
        const files = { "report.md": new TextEncoder().encode(text) };
        const title = `Report on ${artifact.metadata.title}`;
        const { id } = await job.save("report", files, { title }, [artifact.id]);
        return { report: id, text };
      },
    });
  },
});
