/** Draws the gallery from the models that come along: `make.ts [--data DIR] [--out DIR] [MODEL …]`. */

import {
  BUILTINS,
  type Dataset,
  Host,
  loadPlugins,
  NotFoundError,
  writeAtomic,
} from "@countergrade/countergrade";
import { installModels, Workspace } from "@countergrade/countergrade/jobs";
import { modelNames, openModel } from "./model.ts";
import { galleryDocument, shownFrames, type ShownModelPages, type ShownWalk } from "./pages.ts";
import { MISSED, sheet } from "./sheet.ts";
import { type Ground, measurementOf, type Walk, walk, way, worstMiss } from "./walk.ts";

/** How many paths are tried until one fails. */
const TRIED = 64;

/** What a gallery consists of: files by name. */
type Files = Map<string, Uint8Array>;

/**
 * Draws one model: the first image of every grade, and the first path that fails. Files by name, among them `gallery.json`.
 *
 * @param grades Only images of these labels; default: all.
 * @throws {NotFoundError} When the model's data set is not there.
 */
export async function drawModel(
  host: Host,
  workspace: Workspace,
  name: string,
  { grades, tried = TRIED }: { grades?: readonly number[]; tried?: number } = {},
): Promise<Files> {
  await using model = await openModel(host, workspace, name);
  const dataset = await host.openDataset(model.dataset);
  const split = ["test", "val"].find((split) => dataset.splits[split] > 0) ?? "train";
  const ground: Ground = { host, model, dataset, split };
  const files: Files = new Map();
  const draw = async (index: number, prefix: string): Promise<ShownWalk> => {
    const walked = await walk(ground, index);
    const file = `${prefix}-${index}.png`;
    files.set(file, sheet(walked, dataset));
    return shown(file, walked);
  };
  const walks = [];
  for (const index of await firstOfEachGrade(dataset, split, grades)) {
    walks.push(await draw(index, "path"));
  }
  const failed = await firstFailure(ground, tried);
  const measurement = measurementOf(dataset);
  const pages: ShownModelPages = {
    model: name,
    description: model.description,
    dataset: dataset.id,
    title: dataset.title,
    split,
    scale: dataset.scale.names,
    ...measurement ? { measurement: { name: measurement.name, unit: measurement.unit } } : {},
    walks,
    failure: failed === undefined
      ? { tried: Math.min(tried, dataset.splits[split]) }
      : { tried: failed + 1, walk: await draw(failed, "failure") },
  };
  files.set("gallery.json", new TextEncoder().encode(JSON.stringify(pages, null, 2) + "\n"));
  return files;
}

/** Indices of the first image of every grade. */
async function firstOfEachGrade(dataset: Dataset, split: string, grades?: readonly number[]) {
  const wanted = new Set(grades ?? dataset.scale.names.keys());
  const found = new Map<number, number>();
  for (let index = 0; index < dataset.splits[split] && found.size < wanted.size; index++) {
    const { labels: [label] } = await dataset.get(split, [index]);
    if (wanted.has(label) && !found.has(label)) found.set(label, index);
  }
  return [...found].sort(([a], [b]) => a - b).map(([, index]) => index);
}

/** The index of the first path there with a frame that misses its grade by more than {@linkcode MISSED}. */
async function firstFailure(ground: Ground, tried: number): Promise<number | undefined> {
  const { host, model, dataset, split } = ground;
  const grades = model.probe.scale.names.map((_, grade) => grade);
  for (let index = 0; index < Math.min(tried, dataset.splits[split]); index++) {
    const { images } = await dataset.get(split, [index]);
    if (worstMiss(await way({ host, model, dataset, split }, images, grades)) > MISSED) {
      return index;
    }
  }
}

function shown(file: string, { index, label, there, back }: Walk): ShownWalk {
  return { file, index, label, there: shownFrames(there), back: shownFrames(back) };
}

/** Draws models into `<out>/<model>/`, and `<out>/README.md` of all that are there. */
export async function makeGallery(
  host: Host,
  workspace: Workspace,
  out: string,
  names: readonly string[],
  log: (text: string) => void = console.error,
): Promise<void> {
  for (const name of names) {
    try {
      const files = await drawModel(host, workspace, name);
      await Deno.remove(`${out}/${name}`, { recursive: true }).catch(() => {});
      for (const [file, bytes] of files) await writeAtomic(`${out}/${name}/${file}`, bytes);
      log(`${name}: ${files.size} files`);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      log(`${name} is left as it is: ${error.message}`);
    }
  }
  const pages = [];
  for (const name of modelNames(host)) {
    const text = await Deno.readTextFile(`${out}/${name}/gallery.json`).catch(() => undefined);
    if (text !== undefined) pages.push(JSON.parse(text) as ShownModelPages);
  }
  const text = new TextEncoder().encode(galleryDocument(pages, MISSED));
  await writeAtomic(`${out}/README.md`, text);
}

async function main(args: string[]): Promise<void> {
  const flags = new Map([["--out", "docs/gallery"]]);
  const names: string[] = [];
  while (args.length) {
    const argument = args.shift()!;
    if (argument === "--data" || argument === "--out") flags.set(argument, args.shift() ?? "");
    else names.push(argument);
  }
  const data = flags.get("--data");
  const home = await Deno.makeTempDir();
  try {
    await using host = await Host.boot(await loadPlugins([BUILTINS]), {
      roots: data ? [await Deno.realPath(data)] : [],
    });
    await using workspace = await Workspace.open(home);
    await installModels(workspace, host);
    const all = names.length ? names : modelNames(host);
    await makeGallery(host, workspace, flags.get("--out")!, all);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

if (import.meta.main) await main([...Deno.args]);
