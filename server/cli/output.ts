/** `--out`: the files of a result's artifacts, copied to where the user wants them. */

import { z } from "zod";
import {
  type Artifact,
  InputError,
  type TaskPlugin,
  writeAtomic,
} from "@countergrade/countergrade";
import type { Jobs } from "@countergrade/countergrade/jobs";
import type { Schema } from "./flags.ts";

/** The artifacts that a result names: its fields whose schema has the meta `{ artifact: true }`. */
export async function artifactsOf(
  task: TaskPlugin,
  result: unknown,
  jobs: Jobs,
): Promise<Artifact[]> {
  const schema = z.toJSONSchema(task.result, { io: "output", unrepresentable: "any" }) as Schema;
  const ids = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    if (!field.artifact && !field.items?.artifact) return [];
    return [(result as Record<string, unknown>)[name]].flat();
  });
  const named = [...new Set(ids)].filter((id) => typeof id === "string");
  return await Promise.all(named.map((id) => jobs.artifact(id)));
}

/**
 * Copies the files of artifacts: a single file becomes `path` itself (or goes into it, where that is a folder), several go
 * into the folder `path`, which appears with all of them. Returns the paths written.
 *
 * @throws {InputError} When there is nothing to copy.
 * @throws {StorageError} When a file is missing or damaged, or cannot be written.
 */
export async function copyFiles(
  artifacts: readonly Artifact[],
  path: string,
  jobs: Jobs,
): Promise<string[]> {
  const files = artifacts.flatMap(({ id, files }) =>
    Object.entries(files).map(([name, blob]) => ({ id, name, blob }))
  );
  if (files.length === 0) {
    throw new InputError(`Cannot write ${path}: the result of this task has no files`, ["out"]);
  }
  const folder = await isFolder(path);
  if (files.length === 1 && !folder && !path.endsWith("/")) {
    await writeAtomic(path, await jobs.workspace.blobs.read(files[0].blob), { what: path });
    return [path];
  }
  const target = path.replace(/\/+$/, "");
  const draft = folder ? target : `${target}.part`;
  const names = files.map(({ id, name }) =>
    files.filter((file) => file.name === name).length > 1 ? `${id}/${name}` : name
  );
  for (const [i, { blob }] of files.entries()) {
    const bytes = await jobs.workspace.blobs.read(blob);
    await writeAtomic(`${draft}/${names[i]}`, bytes, { what: `${target}/${names[i]}` });
  }
  if (!folder) await Deno.rename(draft, target);
  return names.map((name) => `${target}/${name}`);
}

async function isFolder(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isDirectory, () => false);
}
