/**
 * Counterfactual volumes of unseen phantoms, judged by their voxels: the loss of height asked for, measured without encoder and probe.
 *
 *     deno task bench phantom_volumes --volumes 50
 */

import { parseArgs } from "node:util";
import {
  concatRows,
  editors,
  encoders,
  Host,
  probes,
  row,
  takeRows,
} from "@countergrade/countergrade";
import { installModels, Workspace } from "@countergrade/countergrade/jobs";
import { meanAbsoluteError, spearman } from "@countergrade/countergrade/review";
import { builtins } from "@countergrade/countergrade/plugins";
import { z } from "zod";
import { gradeOfHeightLoss } from "../../plugins/datasets/vertebra/grade.ts";
import { openVertebraVolumes } from "../../plugins/datasets/vertebra/volume/dataset.ts";
import { measureVolume } from "../../plugins/datasets/vertebra/volume/measure.ts";
import { readStatistics } from "../../plugins/tasks/encoders/models.ts";
import { calibrationFields, calibrationOf, goalsOf } from "../../plugins/tasks/paths/goals.ts";
import { probeOf } from "../../server/showcase/shown_path.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    volumes: { type: "string", default: "50" },
    evaluations: { type: "string", default: "20" },
    /** A home folder with a probe that is not shipped. */
    home: { type: "string" },
    probe: { type: "string" },
  },
});
const CHUNK = 4;
const CalibrationSchema = z.object(calibrationFields());
const home = flags.home ?? await Deno.makeTempDir();
await using host = await Host.boot(builtins);
await using workspace = await Workspace.open(home);
await installModels(workspace, host);
const { store, blobs } = workspace;
const fitted = (await store.artifacts.get(
  flags.probe ?? (await probeOf(host, "vertebra32v")).id,
))!;
const model = (await store.artifacts.get(String(fitted.metadata.encoder)))!;
const json = JSON.parse(new TextDecoder().decode(await blobs.read(fitted.files["probe.json"])));
const probe = host.member(probes, json.plugin).load(json);
const statistics = readStatistics(await blobs.read(fitted.files["statistics.safetensors"]));
const weights = await blobs.read(model.files["model.safetensors"]);
await using encoder = await host.member(encoders, "dae").load(weights);
const dataset = openVertebraVolumes({ seed: 1 });
const grades = dataset.scale.names.map((_, grade) => grade);
const steps = Number(flags.evaluations);
const sampler = { name: "dpm-solver", inversionSteps: steps, renderSteps: steps };
const editor = host.member(editors, "pattern");
const { typical } = JSON.parse(
  new TextDecoder().decode(await blobs.read(fitted.files["evidence.json"])),
);
const calibration = calibrationOf(CalibrationSchema.parse({}), typical);

const [requested, losses]: number[][] = [[], []];
const volumes = Number(flags.volumes);
for (let start = 0; start < volumes; start += CHUNK) {
  const indices = Array.from({ length: Math.min(CHUNK, volumes - start) }, (_, i) => start + i);
  const { images, labels } = await dataset.get("test", indices);
  const codes = await encoder.encode(images);
  const noise = await encoder.encodeStochastic(images, codes, { sampler });
  // As a path does by default: relative to what the volume is.
  const goals = indices.flatMap((_, i) =>
    goalsOf(grades.map((grade) => ({ grade })), probe, row(codes, i), labels[i], calibration).goals
      .map((goal) => ({ ...goal, row: i }))
  );
  const rows = Int32Array.from(goals, (goal) => goal.row);
  const edit = await editor.edit(
    { codes: takeRows(codes, rows), noise: takeRows(noise, rows) },
    probe,
    goals.map(({ target }) => target),
    editor.options.parse({}),
    { statistics },
  );
  const frames = concatRows([await encoder.render(edit.latents, { sampler })]);
  goals.forEach(({ grade }, i) => {
    const { heightLoss } = measureVolume(row(frames, i));
    if (!Number.isFinite(heightLoss)) return;
    requested.push(grade);
    losses.push(heightLoss);
  });
}
const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
console.log(
  `${model.id}, ${fitted.id}: ${volumes} volumes of the test split, ${steps} and ${steps} evaluations\n`,
);
console.log("| figure | |\n| --- | --- |");
console.log(
  `| frames in which the body was found | ${losses.length} of ${volumes * grades.length} |`,
);
console.log(
  `| Spearman of grade asked for and height loss | ${spearman(requested, losses).toFixed(4)} |`,
);
const error = meanAbsoluteError(requested, losses.map(gradeOfHeightLoss));
console.log(`| mean absolute error of that height's grade | ${error.toFixed(4)} |`);
for (const grade of grades) {
  const of = losses.filter((_, i) => requested[i] === grade);
  console.log(`| asked for ${grade}: mean height loss | ${mean(of).toFixed(3)} |`);
}
if (!flags.home) await Deno.remove(home, { recursive: true });
