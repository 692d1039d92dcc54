/** The family `models`: trained models that come with a plugin, as folders of files with a manifest. */

import { z } from "zod";
import { type BlobSource, sha256 } from "./blobs.ts";
import { FormatError, NotFoundError, StorageError } from "../errors.ts";
import { defineFamily, type Family } from "../family.ts";
import type { Host } from "../host/host.ts";
import { fetchFile } from "./remote_file.ts";
import { artifactId, derivedId } from "./keys.ts";
import type { Artifact } from "../job_context.ts";
import type { Workspace } from "./workspace.ts";

/**
 * A folder with `models.json` and the files that it names. Files that are too large for it lie at addresses instead, which
 * the manifest names with their sizes; they are fetched when they are read for the first time.
 */
export interface ModelBundle {
  /** camelCase, unique among the members of the family. */
  readonly name: string;
  /** What its models are for, in one sentence. */
  readonly description: string;
  /** Where the folder is; ends with a slash. */
  readonly folder: URL;
  /** Another model has taken its place: its ids stay open, the gallery does not show it. */
  readonly replaced?: boolean;
}

/** Trained models that come with plugins, see {@linkcode ModelBundle}. */
export const models: Family<ModelBundle> = defineFamily("models", "Trained models that come along");

const MANIFEST = "models.json";

const ArtifactSchema = z.strictObject({
  id: z.string(),
  kind: z.string(),
  createdAt: z.string(),
  /** File name in the artifact to blob name; in the folder the file is called `<id>.<file name>`. */
  files: z.record(z.string().regex(/^[\w.-]+$/), z.string()),
  metadata: z.record(z.string(), z.unknown()),
  provenance: z.strictObject({
    task: z.string(),
    plugins: z.array(z.strictObject({ id: z.string(), version: z.string() })),
    options: z.unknown(),
    seed: z.number(),
    inputs: z.array(z.string()),
  }),
});

/** The largest file that is fetched, bytes. */
const LARGEST = 2 ** 32;

const ManifestSchema = z.strictObject({
  artifacts: z.array(ArtifactSchema),
  /** By name in the folder: where a file is fetched from when the folder does not have it. */
  remote: z.record(
    z.string(),
    z.strictObject({ url: z.url(), size: z.int().min(1).max(LARGEST) }),
  ).optional(),
});

/** Where bundles may find files beside their folders. */
export interface InstallOptions {
  /** A folder of the user's with files by name, or in folders named after the bundles. */
  readonly folder?: string;
}

/** Where files beyond a size are published. */
export interface Release {
  /** Address of the folder that they are put into, as `https://example.org/releases/v1`. */
  readonly address: string;
  /** Files of more bytes than this. */
  readonly above: number;
}

/**
 * Writes artifacts with their files as a bundle, for instance an encoder and the probes of its codes.
 *
 * With a release the manifest says where the large files are fetched from. They are written too, for whoever puts them
 * there; the bundle works without them as soon as they are.
 *
 * @throws {NotFoundError} When an id names nothing.
 */
export async function exportModels(
  workspace: Workspace,
  ids: readonly string[],
  folder: string,
  release?: Release,
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const artifacts: Artifact[] = [];
  const remote: Record<string, { url: string; size: number }> = {};
  for (const id of ids) {
    const artifact = await workspace.store.artifacts.get(id);
    if (!artifact) throw new NotFoundError("artifact", id);
    for (const [name, blob] of Object.entries(artifact.files)) {
      const bytes = await workspace.blobs.read(blob);
      const file = `${id}.${name}`;
      await Deno.writeFile(`${folder}/${file}`, bytes);
      if (release && bytes.length > release.above) {
        const url = `${release.address.replace(/\/$/, "")}/${file}`;
        remote[file] = { url, size: bytes.length };
      }
    }
    artifacts.push(artifact);
  }
  const manifest = { artifacts, ...Object.keys(remote).length ? { remote } : {} };
  await Deno.writeTextFile(`${folder}/${MANIFEST}`, JSON.stringify(manifest, null, 2) + "\n");
}

/**
 * Puts the models of all plugins of a host into a workspace. What is there already is left alone; files at addresses are only
 * fetched when they are read.
 *
 * @throws {FormatError} When a manifest or a file is not what its hashes say.
 */
export async function installModels(
  workspace: Workspace,
  host: Host,
  options: InstallOptions = {},
): Promise<void> {
  for (const bundle of host.members(models)) await installModel(workspace, bundle, options);
}

async function installModel(
  workspace: Workspace,
  bundle: ModelBundle,
  options: InstallOptions,
): Promise<void> {
  const { name, folder } = bundle;
  const manifest = await manifestOf(bundle);
  for (const artifact of manifest.artifacts) {
    const { id, kind, files, provenance } = artifact;
    const { key } = artifact.metadata;
    const known = key === undefined ? artifactId(kind, files, provenance) : derivedId(kind, key);
    if (known !== id) {
      throw new FormatError(
        `Cannot install model "${name}": "${id}" is not the id of its files and provenance`,
      );
    }
    for (const [file, blob] of Object.entries(files)) {
      if (await workspace.blobs.has(blob)) continue;
      const place = manifest.remote?.[`${id}.${file}`];
      if (place && !await exists(new URL(`${id}.${file}`, folder))) {
        const source = remoteSource(workspace, bundle, `${id}.${file}`, blob, place, options);
        workspace.blobs.provide(blob, source);
        continue;
      }
      const bytes = await contents(name, folder, `${id}.${file}`);
      const [hash, extension] = blob.split(".");
      if (sha256(bytes) !== hash) {
        throw new FormatError(`Cannot install model "${name}": "${id}.${file}" is damaged`);
      }
      await workspace.blobs.write(bytes, extension);
    }
    await workspace.store.artifacts.put(artifact);
  }
}

/** @throws {FormatError} */
async function manifestOf({ name, folder }: ModelBundle): Promise<z.infer<typeof ManifestSchema>> {
  const manifest = ManifestSchema.safeParse(parsed(await contents(name, folder, MANIFEST)));
  if (manifest.success) return manifest.data;
  const [issue] = manifest.error.issues;
  throw new FormatError(
    `Cannot install model "${name}": ${issue.path.join(".")}: ${issue.message}`,
  );
}

/** A name that an artifact can be given by instead of its id. */
export interface ShortName {
  /** As `knee64`. */
  readonly name: string;
  /** The kind of the artifact, as `probe`: one name stands for a model's encoder and for its probe. */
  readonly kind: string;
  /** The id of the artifact. */
  readonly id: string;
}

/** What the models of a host's plugins are called: by the name of their bundle the first artifact of each kind. @throws {FormatError} */
export async function shortNames(host: Host): Promise<ShortName[]> {
  const all: ShortName[] = [];
  for (const bundle of host.members(models)) {
    for (const { id, kind } of (await manifestOf(bundle)).artifacts) {
      const { name } = bundle;
      if (!all.some((one) => one.name === name && one.kind === kind)) all.push({ name, kind, id });
    }
  }
  return all;
}

/** The user's folder first, then the address. */
function remoteSource(
  workspace: Workspace,
  { name }: ModelBundle,
  file: string,
  blob: string,
  place: { url: string; size: number },
  { folder }: InstallOptions,
): BlobSource {
  return async (options) => {
    for (
      const path of folder === undefined ? [] : [`${folder}/${name}/${file}`, `${folder}/${file}`]
    ) {
      if (await exists(path)) return await Deno.readFile(path);
    }
    const hash = blob.slice(0, 64);
    const part = `${workspace.home}/downloads/${hash}`;
    const bytes = await fetchFile({ ...place, sha256: hash }, part, options);
    await Deno.remove(part).catch(() => {});
    return bytes;
  };
}

async function exists(path: string | URL): Promise<boolean> {
  return await Deno.stat(path).then(({ isFile }) => isFile, () => false);
}

async function contents(name: string, folder: URL, file: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(new URL(file, folder));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StorageError(`Cannot install model "${name}": ${reason}`, { cause: error });
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
