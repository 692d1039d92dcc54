/**
 * Damaged files, 20,000 for each kind: how many are refused, with which errors, how long the slowest takes, how large the
 * largest answer is, and how much memory one file took at most (on Linux; garbage of those before it among it).
 *
 * `deno task bench damaged_files [--count 20000]`
 */

import { parseArgs } from "node:util";
import { FormatError, Random } from "@countergrade/countergrade";
import { readMetaImage, readNifti } from "@countergrade/countergrade/formats";
import { readPicture } from "@countergrade/countergrade/images";
import { readDicom } from "../../core/formats/dicom/dicom.ts";
import { mutated } from "../../deno_test/mutate.ts";
import { printSurroundings } from "../peer/surroundings.ts";

const { values } = parseArgs({ options: { count: { type: "string", default: "20000" } } });
const count = Number(values.count);
/** A thousandth of the usual limit: what a damaged header may ask for. */
const maxPixels = 2 ** 20;

/** Numbers of what a reader gave. */
type Read = (file: Uint8Array) => Promise<number>;

const picture: Read = async (file) => (await readPicture(file, { maxPixels })).data.length;

const KINDS: Record<string, [folder: string, names: RegExp, read: Read]> = {
  JPEG: ["core/images/pictures", /\.jpg$/, picture],
  PNG: ["core/images/pictures", /\.png$/, picture],
  TIFF: ["core/formats/tiff/pages", /\.tif$/, picture],
  DICOM: [
    "core/formats/volumes",
    /\.dcm$/,
    async (file) => (await readDicom(file, { maxPixels })).volume.data.length,
  ],
  "DICOM, compressed": [
    "core/formats/dicom/syntaxes",
    /\.dcm$/,
    async (file) => (await readDicom(file, { maxPixels })).volume.data.length,
  ],
  NIfTI: [
    "core/formats/volumes",
    /\.nii(\.gz)?$/,
    async (file) => (await readNifti(file)).data.length,
  ],
  MetaImage: [
    "core/formats/volumes",
    /\.mha$/,
    (file) => Promise.resolve(readMetaImage(file).data.length),
  ],
};

/** The most memory that this process has had since it was last asked, in MB; NaN where the system does not tell. */
function peakMemory(): number {
  try {
    const [, kilobytes] = Deno.readTextFileSync("/proc/self/status").match(/VmHWM:\s+(\d+)/)!;
    // Forgets the peak so far (proc(5), clear_refs).
    Deno.writeTextFileSync("/proc/self/clear_refs", "5");
    return Number(kilobytes) / 1024;
  } catch {
    return NaN;
  }
}

async function measure(kind: string): Promise<void> {
  const [folder, names, read] = KINDS[kind];
  const address = new URL(`../../deno_test/${folder}/`, import.meta.url);
  const files = Array.from(Deno.readDirSync(address), ({ name }) => name).filter((name) =>
    names.test(name)
  ).sort().map((name) => Deno.readFileSync(new URL(name, address)));
  const random = new Random(kind);
  let [refused, untyped, slow, slowest, largest] = [0, 0, 0, 0, 0];
  // Libraries are loaded before it counts.
  for (const file of files) await read(file);
  let most = 0;
  for (let i = 0; i < count; i++) {
    const file = mutated(files[i % files.length], random);
    peakMemory();
    const before = Deno.memoryUsage().rss / 2 ** 20;
    const start = performance.now();
    try {
      largest = Math.max(largest, await read(file));
    } catch (error) {
      refused++;
      if (!(error instanceof FormatError)) {
        untyped++;
        console.log(kind, error);
      }
    }
    const took = performance.now() - start;
    most = Math.max(most, peakMemory() - before);
    slowest = Math.max(slowest, took);
    if (took > 2000) slow++;
  }
  console.log(
    `${kind}: ${count} files, ${refused} refused, ${untyped} untyped errors, ${slow} over 2 s, ` +
      `slowest ${slowest.toFixed(0)} ms, largest ${largest} numbers, ` +
      `at most ${most.toFixed(0)} MB taken by one`,
  );
}

if (import.meta.main) {
  printSurroundings(1);
  for (const kind of Object.keys(KINDS)) await measure(kind);
}
