/** The whole chain on a data set of sixteen pixels: real host, store and job runner, in a home folder of its own. */

import { Host, type JobEventBody, Random } from "@countergrade/countergrade";
import { writeNpz } from "@countergrade/countergrade/formats";
import { type Job, JobRunner, Jobs, Workspace } from "@countergrade/countergrade/jobs";
import { builtins } from "@countergrade/countergrade/plugins";

/** A DAE that trains in a second. */
export const TINY = {
  preset: "tiny64",
  config: {
    multipliers: [1],
    encoderMultipliers: [1],
    attention: [],
    embedding: 32,
    codeSize: 8,
    unshuffle: 4,
  },
  steps: 12,
  batchSize: 4,
  checkpointEvery: 2,
  inspectEvery: 6,
  threads: 1,
};

/** Arrays of a `.npz` in MedMNIST layout: a bar whose height is the grade, 0 … `grades − 1`. */
export function bars(grades = 3, sizes: Record<string, number> = { train: 36, val: 12 }) {
  return Object.fromEntries(
    Object.entries(sizes).flatMap(([split, count]) => {
      const labels = Uint8Array.from({ length: count }, (_, i) => i % grades);
      const data = new Uint8Array(count * 256);
      labels.forEach((grade, i) => {
        const random = new Random(i).fork(split);
        const [left, height] = [2 + random.integer(6), 4 + 4 * grade];
        for (let p = 0; p < 256; p++) {
          const [x, y] = [p % 16, Math.floor(p / 16)];
          const inside = x >= left && x < left + 6 && y >= 15 - height;
          data[i * 256 + p] = (inside ? 200 : 30) + random.integer(20);
        }
      });
      return [[`${split}_images`, { shape: [count, 16, 16], data }], [`${split}_labels`, labels]];
    }),
  );
}

/** A home folder and a data folder, with all built-in plugins. */
export class Chain implements AsyncDisposable {
  /** Full texts of unexpected errors; stays empty where all errors are typed. */
  readonly log: string[] = [];
  readonly jobs: Jobs;

  private constructor(
    readonly folder: string,
    readonly host: Host,
    readonly workspace: Workspace,
  ) {
    this.jobs = new Jobs(host, workspace, { local: true });
  }

  /** `files` are put into the data folder: names without `.npz` to arrays or bytes. */
  static async open(
    files: Record<string, Parameters<typeof writeNpz>[0] | Uint8Array> = { bars: bars() },
    home?: string,
  ): Promise<Chain> {
    const folder = await Deno.realPath(await Deno.makeTempDir());
    await Deno.mkdir(`${folder}/data`);
    const host = await Host.boot(builtins, { roots: [`${folder}/data`] });
    const chain = new Chain(folder, host, await Workspace.open(home ?? `${folder}/home`));
    for (const [name, content] of Object.entries(files)) await chain.put(name, content);
    return chain;
  }

  /** Writes a `.npz` from arrays, or any file from bytes. */
  async put(name: string, content: Parameters<typeof writeNpz>[0] | Uint8Array): Promise<void> {
    const bytes = content instanceof Uint8Array ? content : writeNpz(content);
    const file = name.includes(".") ? name : `${name}.npz`;
    await Deno.writeFile(`${this.folder}/data/${file}`, bytes);
  }

  /** Submits a task and runs it to its end, whatever that is. */
  async run(
    task: string,
    options: Record<string, unknown>,
    how: { seed?: number; signal?: AbortSignal } = {},
  ): Promise<Job> {
    const job = await this.jobs.submit(task, options, { seed: how.seed });
    const { queue } = this.workspace.store;
    const claimed = await queue.claim(this.workspace.owner, { id: job.id });
    if (!claimed) return job;
    const runner = new JobRunner(this.host, this.workspace, (text) => this.log.push(text));
    await runner.run(claimed, how.signal ?? new AbortController().signal);
    return await this.jobs.job(job.id);
  }

  /** Runs a task that must end well, and gives its result. */
  async done(
    task: string,
    options: Record<string, unknown>,
    // deno-lint-ignore no-explicit-any -- results of any task; tests know which field they look at
  ): Promise<any> {
    const job = await this.run(task, options);
    if (job.state !== "done") {
      throw new Error(`${task} ${job.state}: ${JSON.stringify(job.error)} ${this.log.join("\n")}`);
    }
    return job.result;
  }

  /** Trains, encodes and fits a probe; returns their ids. */
  async probed(dataset = "bars", probe: string = "logistic") {
    const { encoder } = await this.done("trainEncoder", { dataset, encoder: { dae: TINY } });
    const { codes } = await this.done("encode", { dataset, encoder });
    const trained = await this.done("trainProbe", { codes, probe: { [probe]: {} } });
    return { encoder, codes, probe: trained.probe as string };
  }

  /** The events of a job. */
  async events(job: Job): Promise<JobEventBody[]> {
    const events = await this.workspace.store.events.read(job.id, 0, 100_000);
    return events.map(({ body }) => body as JobEventBody);
  }

  /** Jobs that are still on their way, and parts of files: none, whatever went wrong. */
  async leftovers(): Promise<string[]> {
    const open = await Promise.all(
      (["queued", "running"] as const).map((state) => this.jobs.list({ state })),
    );
    const found = open.flatMap(({ items }) => items.map(({ id }) => id));
    const partial = await Array.fromAsync(Deno.readDir(`${this.workspace.home}/partial`))
      .catch((error) => error instanceof Deno.errors.NotFound ? [] : Promise.reject(error));
    return [...found, ...partial.map(({ name }) => name)];
  }

  async [Symbol.asyncDispose]() {
    await this.workspace.close();
    await this.host[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}
