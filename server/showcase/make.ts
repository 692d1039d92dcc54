/**
 * Draws the gallery from the models that come along: `make.ts [--data DIR] [--out DIR] [--judge JSON] [MODEL …]`.
 *
 * `--home DIR --probe PROBE --description TEXT NAME` shows the first path of a probe that does not come along.
 */

import { parseArgs } from "node:util";
import {
  BUILTINS,
  type Dataset,
  Host,
  loadPlugins,
  NotFoundError,
  writeAtomic,
} from "@countergrade/countergrade";
import { installModels, models, Workspace } from "@countergrade/countergrade/jobs";
import { galleryDocument, type ShownModelPages, type ShownWalk } from "./pages.ts";
import { MISSED, sheet } from "./sheet.ts";
import { type Ground, probeOf, type ShownPath, shownPath, worstMiss } from "./shown_path.ts";

/** How many paths are tried until one fails. */
const TRIED = 24;

/** The judge as the accused: from frame to frame the image is moved until the judge itself reads the grade. */
const EXPLAINING = {
  closeLoop: { by: "judge", iterations: 6, tolerance: MISSED },
  extrapolate: true,
};

/** What a gallery consists of: files by name. */
type Files = Map<string, Uint8Array>;

/** How a model is drawn. */
interface Drawing {
  /** Only images of these labels; default: all. */
  readonly grades?: readonly number[];
  readonly tried?: number;
  /** Who looks on beside the probe, with options. */
  readonly judge?: Record<string, unknown>;
  /** A probe of the workspace that does not come along; default: that of the model. */
  readonly own?: { readonly probe: string; readonly description: string };
}

/** Names of all models that plugins bring along, but for those that another has replaced. */
export function modelNames(host: Host): string[] {
  const shown = host.members(models).filter(({ replaced }) => !replaced);
  return shown.map(({ name }) => name).toSorted();
}

/**
 * Draws one model: the first image of every grade, and the first path that fails. Files by name, among them `gallery.json`.
 *
 * @throws {NotFoundError} When the model's data set is not there.
 */
export async function drawModel(
  host: Host,
  workspace: Workspace,
  name: string,
  { grades, tried = TRIED, judge, own }: Drawing = {},
): Promise<Files> {
  const probe = own ? await storedProbe(workspace, own.probe) : await probeOf(host, name);
  const dataset = await host.openDataset(probe.dataset);
  const split = ["test", "val"].find((split) => dataset.splits[split] > 0) ?? "train";
  const ground: Ground = { host, workspace, probe: probe.id, dataset, split, judge };
  const files: Files = new Map();
  const text = new TextEncoder();
  const draw = (path: ShownPath, prefix: string, eyes?: "judge"): ShownWalk => {
    const { index, label, frames } = path;
    const file = `${prefix}-${index}.svg`;
    files.set(file, text.encode(sheet(path, dataset, eyes)));
    return { file, index, label, frames };
  };
  const paths: ShownPath[] = [];
  for (const index of await firstOfEachGrade(dataset, split, grades)) {
    paths.push(await shownPath(ground, index));
  }
  const walks = paths.map((path) => draw(path, "path"));
  const failed = await firstFailure(ground, tried);
  const explained = judge && await shownPath(ground, paths[0].index, EXPLAINING);
  const failure = failed &&
    (walks.find(({ index }) => index === failed.index) ?? draw(failed, "failure"));
  const measurement = dataset.measurements?.[0];
  const pages: ShownModelPages = {
    model: name,
    probe: probe.id,
    description: own?.description ?? host.member(models, name).description,
    ...own && { shipped: false as const },
    dataset: dataset.id,
    title: dataset.title,
    split,
    scale: dataset.scale.names,
    ...judge && { judge: paths[0]?.judge },
    ...measurement && { measurement: { name: measurement.name, unit: measurement.unit } },
    walks,
    ...explained && { explained: draw(explained, "explained", "judge") },
    failure: failure
      ? { tried: failure.index + 1, walk: failure }
      : { tried: Math.min(tried, dataset.splits[split]) },
  };
  files.set("gallery.json", text.encode(JSON.stringify(pages, null, 2) + "\n"));
  return files;
}

async function storedProbe(
  { store }: Workspace,
  id: string,
): Promise<{ id: string; dataset: string }> {
  const probe = await store.artifacts.get(id);
  if (!probe) throw new NotFoundError("probe", id);
  return { id, dataset: String(probe.metadata.dataset) };
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

/** The first path with a frame that misses its grade by more than {@linkcode MISSED}. */
async function firstFailure(ground: Ground, tried: number): Promise<ShownPath | undefined> {
  for (let index = 0; index < Math.min(tried, ground.dataset.splits[ground.split]); index++) {
    const path = await shownPath(ground, index);
    if (worstMiss(path) > MISSED) return path;
  }
}

/** Draws models into `<out>/<model>/`, and `<out>/README.md` of all that are there. */
export async function makeGallery(
  host: Host,
  workspace: Workspace,
  out: string,
  names: readonly string[],
  { log = console.error, ...drawing }: Drawing & { log?: (text: string) => void } = {},
): Promise<void> {
  for (const name of names) {
    try {
      const files = await drawModel(host, workspace, name, drawing);
      await Deno.remove(`${out}/${name}`, { recursive: true }).catch(() => {});
      for (const [file, bytes] of files) await writeAtomic(`${out}/${name}/${file}`, bytes);
      log(`${name}: ${files.size} files`);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      log(`${name} is left as it is: ${error.message}`);
    }
  }
  const pages = await drawnPages(out, modelNames(host));
  const text = new TextEncoder().encode(galleryDocument(pages, MISSED));
  await writeAtomic(`${out}/README.md`, text);
}

/** What has been drawn of models that come along, in their order, then of those that do not. */
export async function drawnPages(
  out: string,
  names: readonly string[],
): Promise<ShownModelPages[]> {
  const folders = Array.from(Deno.readDirSync(out), ({ name }) => name).sort();
  const texts = await Promise.all(
    folders.map((name) => Deno.readTextFile(`${out}/${name}/gallery.json`).catch(() => undefined)),
  );
  const pages = texts.flatMap((text) => text ? [JSON.parse(text) as ShownModelPages] : []);
  return [
    ...names.flatMap((name) => pages.filter(({ model }) => model === name)),
    ...pages.filter(({ shipped }) => shipped === false),
  ];
}

async function main(args: string[]): Promise<void> {
  const { values: { data, out, judge, ...own }, positionals: names } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      data: { type: "string" },
      out: { type: "string", default: "docs/gallery" },
      judge: { type: "string" },
      home: { type: "string" },
      probe: { type: "string" },
      description: { type: "string", default: "" },
    },
  });
  const { probe, description } = own;
  const home = own.home ?? await Deno.makeTempDir();
  try {
    await using host = await Host.boot(await loadPlugins([BUILTINS]), {
      roots: data ? [await Deno.realPath(data)] : [],
      trusted: true,
    });
    await using workspace = await Workspace.open(home);
    await installModels(workspace, host);
    const all = names.length ? names : modelNames(host);
    await makeGallery(host, workspace, out, all, {
      judge: judge && JSON.parse(judge),
      ...probe && { own: { probe, description }, grades: [0], tried: 1 },
    });
  } finally {
    if (!own.home) await Deno.remove(home, { recursive: true });
  }
}

if (import.meta.main) await main([...Deno.args]);
