/** The task `downloadDataset`: a file of MedMNIST from where it is published, checked, into a data folder. */

import {
  InputError,
  type JobContext,
  NotFoundError,
  StorageError,
  type TaskPlugin,
} from "@countergrade/countergrade";
import { downloadFile } from "@countergrade/countergrade/jobs";
import { z } from "zod";
import {
  MEDMNIST_ADDRESS,
  MEDMNIST_CITATION,
  MEDMNIST_FILES,
  medmnistBytes,
  type MedmnistFile,
  medmnistId,
} from "./medmnist.ts";

const Result = z.object({
  dataset: z.string().describe("Id of the data set"),
  title: z.string().describe("What it shows"),
  file: z.string().describe("Path of the file"),
  bytes: z.int().describe("Its size"),
  present: z.boolean().describe("Whether it was there already, with the published checksum"),
  license: z.string().describe("Under which the images may be used"),
  citation: z.string().describe("Whom to cite"),
});

interface Options {
  dataset: string;
  folder?: string;
  address: string;
}

/** How often a download that got on goes on by itself. */
const RETRIES = 5;
/** Progress is told in megabytes: bytes do not fit the API's whole numbers. */
const MEGABYTE = 1e6;

/**
 * Downloads a published file. It is on the command line only: whoever may use a server should not be able to fill its disk.
 *
 * @param files Those that are published.
 */
export function downloadDatasetTask(
  files: readonly MedmnistFile[] = MEDMNIST_FILES,
): TaskPlugin<Options, z.infer<typeof Result>> {
  return {
    name: "downloadDataset",
    description: "Download a data set of MedMNIST v2 and check it: pathmnist, retinamnist_224 …",
    local: true,
    options: () =>
      z.strictObject({
        dataset: z.string().min(1).max(200).describe(
          "Name of a set, with _64, _128 or _224 for larger images than 28 pixels",
        ),
        folder: z.string().min(1).max(1000).optional()
          .describe("Folder to put it into; default: datasets/ in the home folder"),
        address: z.url().regex(/\/$/, "expected an address that ends with /")
          .default(MEDMNIST_ADDRESS).describe("Where the files are, as a mirror of one's own"),
      }),
    result: Result,
    async run({ dataset, folder, address }, job) {
      const file = files.find((file) => medmnistId(file) === dataset);
      if (!file) throw new NotFoundError("published data set", dataset, files.map(medmnistId));
      const target = folder ?? job.host.datasetContext.downloads;
      if (target === undefined) {
        throw new InputError("Cannot download: expected a folder, there is no home folder", [
          "folder",
        ]);
      }
      const path = `${target}/${dataset}.npz`;
      const { size, present } = await fetched(file, `${address}${dataset}.npz`, path, job);
      const { title, license } = file.set;
      const citation = MEDMNIST_CITATION;
      return { dataset, title, file: path, bytes: size, present, license, citation };
    },
  };
}

async function fetched(file: MedmnistFile, url: string, path: string, job: JobContext) {
  const { signal } = job;
  const onProgress = (done: number, total: number) =>
    job.emit({
      type: "progress",
      step: Math.floor(done / MEGABYTE),
      total: Math.ceil(total / MEGABYTE),
      message: "downloading, MB",
    });
  // Packed arrays are hardly ever larger than the arrays; headers and directory take a few kB.
  const most = Math.ceil(medmnistBytes(file) * 1.01) + MEGABYTE;
  const remote = { url: `${url}?download=1`, most, md5: file.set.md5[file.size] };
  for (let attempt = 0;; attempt++) {
    signal.throwIfAborted();
    const before = await sizeOf(`${path}.part`);
    try {
      return await downloadFile(remote, path, { signal, onProgress });
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      if (error.cause instanceof Deno.errors.NotCapable) throw forbidden(error, url, path);
      const gotOn = await sizeOf(`${path}.part`) > before;
      if (!gotOn || attempt === RETRIES) throw error;
      job.emit({ type: "warning", message: `${error.message}; going on` });
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  return await Deno.stat(path).then(({ size }) => size, () => 0);
}

/** What to do where Deno was not allowed to reach the address. */
function forbidden(error: StorageError, url: string, path: string): StorageError {
  const host = /--allow-net=(\S+?),? /.exec(error.message)?.[1] ?? new URL(url).host;
  return new StorageError(
    `Cannot download ${url}: this command may not reach ${host}. \`deno task download\` may reach ` +
      `zenodo.org; elsewhere allow it with --allow-net=${host}, or put the file at ${path} yourself`,
    { cause: error },
  );
}
