/** A family of one's own: `reports` make a page of a counterfactual path. No file of Countergrade knows of it. */

import {
  type Artifact,
  defineFamily,
  definePlugin,
  type Family,
  type JobContext,
  type LabelScale,
  type PluginHost,
  tasks,
} from "@countergrade/countergrade";
import { z } from "zod";

/** What a report may tell: a part of the file `path.json` of a path, and its pictures. */
export interface Path {
  readonly dataset: string;
  readonly image: string;
  readonly scale: LabelScale;
  readonly frames: readonly {
    readonly targetGrade: number;
    readonly latentGrade: number;
    readonly imageGrade: number;
    /** PNG as a data URL. */
    readonly picture: string;
  }[];
}

/** A member of the family. */
export interface ReportPlugin<Options = unknown> {
  readonly name: string;
  readonly description: string;
  readonly options: z.ZodType<Options>;
  /** The report as an HTML page that loads nothing. */
  write(path: Path, options: Options): string;
}

/** The family. Others add their members by importing this value. */
// deno-lint-ignore no-explicit-any -- members differ in their options; their schemas check them at run time
export const reports: Family<ReportPlugin<any>> = defineFamily("reports", "Pages about paths");

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", '"': "&quot;" };
const escaped = (text: string) => text.replace(/[&<"]/g, (sign) => entities[sign]);

const table: ReportPlugin<{ digits: number }> = {
  name: "table",
  description: "A table with one row per frame: its picture, and its grades",
  options: z.strictObject({
    digits: z.int().min(0).max(6).default(1).describe("Digits after the decimal point"),
  }),
  write({ dataset, image, scale, frames }, { digits }) {
    const title = escaped(`${dataset}, ${image}`);
    const rows = frames.map(({ targetGrade, latentGrade, imageGrade, picture }) => {
      const asked = escaped(scale.names[targetGrade] ?? targetGrade.toFixed(digits));
      return `<tr><td><img src="${picture}" alt="Grade ${asked}"><td>${asked}` +
        `<td>${latentGrade.toFixed(digits)}<td>${imageGrade.toFixed(digits)}</tr>`;
    });
    return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${title}</title>
<h1>${title}</h1>
<table><tr><th>Picture<th>Asked for<th>In the code<th>In the picture</tr>
${rows.join("\n")}
</table></html>
`;
  },
};

/** A stored path with its pictures. */
async function readPath(artifact: Artifact, job: JobContext): Promise<Path> {
  const path: Path = JSON.parse(
    new TextDecoder().decode(await job.read(artifact, "path.json")),
  );
  const frames = path.frames.map(async (frame, i) => {
    const png = await job.read(artifact, `frame-${i}.png`);
    return { ...frame, picture: `data:image/png;base64,${btoa(String.fromCharCode(...png))}` };
  });
  return { ...path, frames: await Promise.all(frames) };
}

const Result = z.object({
  report: z.string().describe("Id of the report").meta({ artifact: true }),
  page: z.string().describe("The page, a blob name").meta({ blob: "file" }),
});

/** Brings the family with one member, and a task on it: a mutation and a command. */
export default definePlugin({
  id: "path-reports",
  version: "1.0.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(reports, table);
    registry.add(tasks, {
      name: "writeReport",
      description: "Make a page of a counterfactual path",
      options: (host: PluginHost) =>
        z.strictObject({
          path: z.string().describe("Id of the path"),
          report: host.choice(reports, "table").describe("Which report, with its options"),
        }),
      result: Result,
      async run(options: { path: string; report: Record<string, unknown> }, job: JobContext) {
        const artifact = await job.load("path", options.path);
        const { member, options: writing } = job.host.chosen(reports, options.report);
        const text = member.write(await readPath(artifact, job), writing);
        const files = { "report.html": new TextEncoder().encode(text) };
        const title = `Report on ${artifact.metadata.title}`;
        const report = await job.save("report", files, { title }, [artifact.id]);
        return { report: report.id, page: report.files["report.html"] };
      },
    });
  },
});
