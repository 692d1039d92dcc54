/**
 * Holding an attribute of unseen phantoms while the grade rises by two: how far the attribute moves in the pixels, and whether as much
 * height is lost as without holding.
 *
 *     deno task bench hold --paths 100 --options '{"closeLoop":{}}'
 */

import { parseArgs } from "node:util";
import { type Images, type Measurement, row, tasks } from "@countergrade/countergrade";
import { percentile } from "@countergrade/countergrade/linear";
import { openVertebra } from "../../plugins/datasets/vertebra/mod.ts";
import { attributesOf } from "../../plugins/tasks/data/attributes.ts";
import { LoadedEncoders } from "../../plugins/tasks/encoders/models.ts";
import { renderPath } from "../../plugins/tasks/paths/render_path.ts";
import { openPathSetup, type PathOptions } from "../../plugins/tasks/paths/setup.ts";
import { groundOf } from "../shipped/ground.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    paths: { type: "string", default: "100" },
    hold: { type: "string", default: "tilt,brightness,level" },
    options: { type: "string", default: "{}" },
  },
});
/** An attribute is held when it moves by less than this, in standard deviations of the training images. */
const STILL = 0.1;
const RISE = 2;

await using ground = await groundOf("vertebra64");
const { host, job, probe } = ground;
await using loaded = new LoadedEncoders();
const dataset = openVertebra({ seed: 1 });
const known = attributesOf(dataset);
const attribute = (name: string): Measurement => known.find((one) => one.name === name)!;
const names = flags.hold.split(",");
const task = host.member(tasks, "evaluate");

/** Images that can rise by two grades: every other pair of the test split. */
const drawn = Array.from({ length: dataset.splits.test }, (_, i) => i)
  .filter((i) => i % 4 + RISE < dataset.scale.names.length).slice(0, Number(flags.paths));

/** The path of every image with something held. */
async function walked(hold: readonly string[]) {
  const started = performance.now();
  const out: { from: Images; to: Images; missed: number }[] = [];
  for (const label of new Set(drawn.map((index) => index % 4))) {
    const options = task.options(host).parse({
      ...{ probe: probe.id, dataset: dataset.id, split: "test", hold, targets: [label + RISE] },
      ...JSON.parse(flags.options),
    }) as PathOptions;
    const setup = await openPathSetup(options, job, loaded);
    for (const index of drawn.filter((index) => index % 4 === label)) {
      const { images } = await dataset.get("test", [index]);
      const { record } = await renderPath(images, setup, { signal: job.signal }, { label });
      out.push({
        from: record.reconstruction,
        to: row(record.frames, 0),
        missed: record.imageGrades[0] - record.targetGrades[0],
      });
    }
  }
  return { paths: out, seconds: (performance.now() - started) / 1000 / drawn.length };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: readonly number[]) => {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
};

/** Standard deviations over 1,000 training images. */
const { images: some } = await dataset.get(
  "train",
  Int32Array.from({ length: 1000 }, (_, i) => i),
);
const spread = Object.fromEntries(
  names.map((name) => [
    name,
    deviation([...attribute(name).measure(some)].filter(Number.isFinite)),
  ]),
);

console.log(`${drawn.length} phantoms of the test split, ${RISE} grades up; ${flags.options}\n`);
console.log(
  "| held | moves, median (90th percentile), sd | moves < 0.1 sd | height lost | … by that without holding | grade missed | s per path |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- |");
const change = (name: string, { from, to }: { from: Images; to: Images }) =>
  attribute(name).measure(to)[0] - attribute(name).measure(from)[0];
const free = await walked([]);
const lost = (paths: typeof free.paths) =>
  mean(paths.map((path) => change("heightLoss", path)).filter(Number.isFinite));
for (const name of ["", ...names]) {
  const { paths, seconds } = name ? await walked([name]) : free;
  for (const told of name ? [name] : names) {
    const moved = paths.map((path) => Math.abs(change(told, path)) / spread[told]);
    // What could not be measured did not stay.
    const still = moved.filter((value) => value < STILL).length / moved.length;
    const seen = moved.filter(Number.isFinite);
    console.log(
      `| ${name || `nothing (${told})`} | ${percentile(seen, 50).toFixed(3)} (${
        percentile(seen, 90).toFixed(3)
      }) | ${still.toFixed(2)} | ${lost(paths).toFixed(3)} | ${
        (lost(paths) / lost(free.paths)).toFixed(2)
      } | ${mean(paths.map(({ missed }) => Math.abs(missed))).toFixed(2)} | ${
        seconds.toFixed(1)
      } |`,
    );
  }
}
