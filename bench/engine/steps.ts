/**
 * How few evaluations a path needs: frames of each number of steps beside those of 50 + 50, in the eyes of judges.
 *
 *     deno task bench steps --data DIR --model knee64 --images 16 --judges '[{"onnx":{"model":"judge.onnx"}}]'
 *
 * A row is a number of steps, `n/m` of DPM-Solver++(2M) to noise and back; `n/m r` is the same with what the reconstruction misses added to every frame. `--steps 250/100/ddim` is the procedure of the reference.
 */

import { parseArgs } from "node:util";
import {
  type Images,
  type Judge,
  type JudgePlugin,
  judges,
  Random,
  row,
  type SamplerOptions,
  tasks,
} from "@countergrade/countergrade";
import { labelOn } from "../../plugins/tasks/paths/goals.ts";
import { completing } from "../../plugins/tasks/paths/residual.ts";
import { renderPath } from "../../plugins/tasks/paths/render_path.ts";
import { openPathSetup, type PathOptions } from "../../plugins/tasks/paths/setup.ts";
import { LoadedEncoders } from "../../plugins/tasks/encoders/models.ts";
import { groundOf } from "../shipped/ground.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    data: { type: "string", default: "." },
    home: { type: "string" },
    model: { type: "string", default: "knee64" },
    split: { type: "string", default: "val" },
    images: { type: "string", default: "16" },
    judges: { type: "string", default: "[]" },
    steps: { type: "string", default: "2/2,2/3,3/3,4/4,5/5,10/10,20/20" },
    seed: { type: "string", default: "0" },
  },
});
const MANY = { name: "dpm-solver", inversionSteps: 50, renderSteps: 50 };

await using ground = await groundOf(flags.model, {
  data: flags.data,
  home: flags.home,
  seed: Number(flags.seed),
});
const { host, job } = ground;
const task = host.member(tasks, "evaluate");
const dataset = await host.openDataset(String(ground.probe.metadata.dataset));
await using loaded = new LoadedEncoders();
const witnesses: Judge[] = [];
for (const choice of JSON.parse(flags.judges)) {
  const { member, options } = host.chosen<JudgePlugin>(judges, choice);
  witnesses.push(await member.open(member.options.parse(options), job));
}
const drawn = new Random(Number(flags.seed)).fork("images")
  .permutation(dataset.splits[flags.split]).subarray(0, Number(flags.images));

/** The frames of one image, what they started from, and the time that they took. */
interface Frames {
  readonly original: Images;
  readonly reconstruction: Images;
  readonly frames: Images;
  /** Grade asked for, by frame. */
  readonly asked: readonly number[];
  /** By how much frames miss the score that they were asked for, in σ. */
  misses(frames: Images): Promise<readonly number[]>;
  readonly seconds: number;
}

async function framesOf(index: number, sampler: SamplerOptions): Promise<Frames> {
  const options = task.options(host).parse({
    probe: ground.probe.id,
    dataset: dataset.id,
    split: flags.split,
    sampler,
  }) as PathOptions;
  const setup = await openPathSetup(options, job, loaded);
  const { images, labels: [label] } = await dataset.get(flags.split, [index]);
  const start = performance.now();
  const path = await renderPath(images, setup, { signal: job.signal }, {
    label: labelOn(setup.probe, dataset.scale, label),
  });
  return {
    original: images,
    reconstruction: path.record.reconstruction,
    frames: path.record.frames,
    asked: path.goals.map(({ grade }) => grade),
    async misses(frames) {
      const scores = setup.probe.score(await setup.encoder.encode(frames));
      return path.record.targetScores.map((asked, i) => Math.abs(scores[i] - asked));
    },
    seconds: (performance.now() - start) / 1000,
  };
}

/** Every frame with what the reconstruction misses, as paths make them whose sampler keeps it. */
function withResidual({ original, reconstruction, frames }: Frames): Images {
  return completing(original, reconstruction, { ...MANY, residual: true })(frames);
}

const gradesOf = async (judge: Judge, images: Images) => (await judge.judge(images, {})).grades!;
const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sums over images for one row. */
class Tally {
  readonly squares: number[] = [];
  readonly pixels: number[] = [];
  readonly seconds: number[] = [];
  readonly misses: number[] = [];
  /** |Δ grade| to the frames of 50 + 50 and |grade − asked|, by judge. */
  readonly moved: number[][] = witnesses.map(() => []);
  readonly far: number[][] = witnesses.map(() => []);
  readonly error: number[][] = witnesses.map(() => []);

  async add(some: Frames, frames: Images, reconstruction: Images, many: Frames): Promise<void> {
    const off = (a: Images, b: Images) =>
      a.data.reduce((sum, value, k) => sum + (value - b.data[k]) ** 2, 0) / a.data.length;
    this.squares.push(off(reconstruction, some.original));
    this.pixels.push(off(frames, many.frames));
    this.seconds.push(some.seconds);
    this.misses.push(...await some.misses(frames));
    for (const [j, judge] of witnesses.entries()) {
      const [ours, theirs] = [await gradesOf(judge, frames), await gradesOf(judge, many.frames)];
      const [own] = await gradesOf(judge, row(some.original, 0));
      some.asked.forEach((grade, i) => {
        const moved = Math.abs(ours[i] - theirs[i]);
        this.moved[j].push(moved);
        if (Math.abs(grade - own) >= 2) this.far[j].push(moved);
        this.error[j].push(Math.abs(ours[i] - grade));
      });
    }
  }

  toString(): string {
    const decibel = (square: number) => (10 * Math.log10(4 / square)).toFixed(1);
    const eyes = witnesses.map((_, j) =>
      `${mean(this.moved[j]).toFixed(3)}, ${mean(this.far[j]).toFixed(3)}, ${
        mean(this.error[j]).toFixed(3)
      }`
    );
    return `${decibel(mean(this.squares))} | ${decibel(mean(this.pixels))} | ${
      mean(this.misses).toFixed(3)
    } | ${eyes.join(" ; ")} | ${mean(this.seconds).toFixed(2)}`;
  }
}

const rows = new Map<string, Tally>();
const tally = (name: string) => rows.get(name) ?? rows.set(name, new Tally()).get(name)!;
for (const index of drawn) {
  const many = await framesOf(index, MANY);
  await tally("50/50").add(many, many.frames, many.reconstruction, many);
  for (const steps of flags.steps.split(",")) {
    const [up, down, name = MANY.name] = steps.split("/");
    const counts = { inversionSteps: Number(up), renderSteps: Number(down) };
    const some = await framesOf(index, { name, ...counts });
    await tally(steps).add(some, some.frames, some.reconstruction, many);
    await tally(`${steps} r`).add(some, withResidual(some), some.original, many);
  }
}
console.log(
  "| steps | reconstruction, dB | frames beside 50 + 50, dB | miss of the score, σ | judges: change of the grade, 2 grades and more away, error of the grade | s |",
);
console.log("| --- | --- | --- | --- | --- | --- |");
for (const [name, figures] of rows) console.log(`| ${name} | ${figures} |`);
for (const judge of witnesses) await judge[Symbol.asyncDispose]();
