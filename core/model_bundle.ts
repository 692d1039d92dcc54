/** The family `models`: trained models that come with a plugin, as folders of files with a manifest. */

import { z } from "zod";
import { sha256 } from "./blobs.ts";
import { FormatError, NotFoundError, StorageError } from "./errors.ts";
import { defineFamily, type Family, type Host } from "./plugin.ts";
import { artifactId } from "./store.ts";
import type { Artifact } from "./task.ts";
import type { Workspace } from "./workspace.ts";

/** A folder with `models.json` and the files that it names. */
export interface ModelBundle {
  readonly name: string;
  readonly description: string;
  /** Where the folder is; ends with a slash. */
  readonly folder: URL;
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

const ManifestSchema = z.strictObject({ artifacts: z.array(ArtifactSchema) });

/**
 * Writes artifacts with their files as a bundle, for instance an encoder and the probes of its codes.
 *
 * @throws {NotFoundError} When an id names nothing.
 */
export async function exportModels(
  workspace: Workspace,
  ids: readonly string[],
  folder: string,
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const artifacts: Artifact[] = [];
  for (const id of ids) {
    const artifact = await workspace.store.artifacts.get(id);
    if (!artifact) throw new NotFoundError("artifact", id);
    for (const [name, blob] of Object.entries(artifact.files)) {
      await Deno.writeFile(`${folder}/${id}.${name}`, await workspace.blobs.read(blob));
    }
    artifacts.push(artifact);
  }
  await Deno.writeTextFile(`${folder}/${MANIFEST}`, JSON.stringify({ artifacts }, null, 2) + "\n");
}

/**
 * Puts the models of all plugins of a host into a workspace. What is there already is left alone.
 *
 * @throws {FormatError} When a manifest or a file is not what its hashes say.
 */
export async function installModels(workspace: Workspace, host: Host): Promise<void> {
  for (const bundle of host.members(models)) await installModel(workspace, bundle);
}

async function installModel(workspace: Workspace, { name, folder }: ModelBundle): Promise<void> {
  const manifest = ManifestSchema.safeParse(parsed(await contents(name, folder, MANIFEST)));
  if (!manifest.success) {
    const [issue] = manifest.error.issues;
    throw new FormatError(
      `Cannot install model "${name}": ${issue.path.join(".")}: ${issue.message}`,
    );
  }
  for (const artifact of manifest.data.artifacts) {
    const { id, kind, files, provenance } = artifact;
    if (artifactId(kind, files, provenance) !== id) {
      throw new FormatError(
        `Cannot install model "${name}": "${id}" is not the id of its files and provenance`,
      );
    }
    for (const [file, blob] of Object.entries(files)) {
      if (await workspace.blobs.has(blob)) continue;
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
