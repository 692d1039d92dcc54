/** A task: how bright the images of a data set are. It is a mutation of the API and a command, from this one definition. */

import {
  batches,
  definePlugin,
  type Host,
  InputError,
  type JobContext,
  type Plugin,
  tasks,
  throwIfAborted,
} from "@countergrade/countergrade";
import type { Conformance } from "@countergrade/countergrade/testing";
import { z } from "zod";

const name = "templatePlugin";

/** The options, with ranges and defaults; they become flags of the command line and fields of the API. */
const Options = z.strictObject({
  dataset: z.string().describe("Id of the data set"),
  split: z.string().default("val").describe("Which split"),
  limit: z.int().min(1).max(100_000).default(64).describe("At most so many images"),
});
type Options = z.infer<typeof Options>;

/** The result. A field that holds the id of an artifact says so: the command copies its files with --out. */
const Result = z.object({
  images: z.int().describe("How many images were looked at"),
  brightness: z.number().describe("Their mean intensity, in [-1, 1]"),
  summary: z.string().describe("Id of the summary").meta({ artifact: true }),
});

/** Change here: do the work, report each step, stop when the job is cancelled. */
async function run({ dataset: id, split, limit }: Options, job: JobContext) {
  const dataset = await job.host.openDataset(id);
  const total = Math.min(limit, dataset.splits[split] ?? 0);
  if (total === 0) {
    throw new InputError(
      `Cannot read "${split}": expected one of ${Object.keys(dataset.splits).join(", ")}`,
      ["split"],
    );
  }
  let [seen, sum] = [0, 0];
  for await (const { images } of batches(dataset, split, 16, { limit })) {
    throwIfAborted(job.signal);
    const mean = images.data.reduce((part, value) => part + value, 0) / images.data.length;
    sum += mean * images.shape[0];
    seen += images.shape[0];
    job.emit({ type: "progress", step: seen, total });
  }
  const figures = { images: seen, brightness: sum / seen };
  const file = new TextEncoder().encode(JSON.stringify(figures));
  const title = `Brightness of ${dataset.title}`;
  const { id: summary } = await job.save("summary", { "summary.json": file }, { title }, [
    dataset.fingerprint,
  ]);
  return { ...figures, summary };
}

/** What Countergrade loads. */
const plugin: Plugin = definePlugin({
  id: "template-plugin",
  version: "0.1.0",
  apiVersion: "^1",
  provides: { tasks: [name] },
  setup(registry) {
    registry.add(tasks, {
      name,
      description: "Tell how bright the images of a data set are",
      options: () => Options,
      // A stored result answers while the data set is the same.
      inputs: async ({ dataset }: Options, host: Host) => [await host.datasetVersion(dataset)],
      result: Result,
      run,
    });
  },
});

export default plugin;

/** What the conformance suite works on: options, for the first data set that there is. */
export const conformance: Conformance = {
  tasks: {
    [name]: {
      async fixture(host) {
        const [{ id }] = await host.discoverDatasets();
        return { options: { dataset: id, split: "test", limit: 4 } };
      },
    },
  },
};
