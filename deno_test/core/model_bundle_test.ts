/** Models that come with plugins: written as a folder, put into a workspace. */

import { assertEquals, assertRejects } from "@std/assert";
import {
  type Artifact,
  artifactId,
  definePlugin,
  exportModels,
  FormatError,
  Host,
  installModels,
  models,
  NotFoundError,
  StorageError,
  Workspace,
} from "@countergrade/countergrade";

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A workspace with one artifact of one file. */
async function source(home: string): Promise<Artifact> {
  await using workspace = await Workspace.open(home);
  const files = { "model.bin": await workspace.blobs.write(new Uint8Array([1, 2, 3]), "bin") };
  const provenance = { task: "trainEncoder", plugins: [], options: {}, seed: 1, inputs: [] };
  const artifact = {
    id: artifactId("encoder", files, provenance),
    kind: "encoder",
    createdAt: "2026-01-01T00:00:00.000Z",
    files,
    metadata: { title: "three bytes" },
    provenance,
  };
  await workspace.store.artifacts.put(artifact);
  await exportModels(workspace, [artifact.id], `${home}/bundle`);
  await assertRejects(
    () => exportModels(workspace, ["encoder-none"], `${home}/other`),
    NotFoundError,
  );
  return artifact;
}

function hostWith(folder: string): Promise<Host> {
  return Host.boot([definePlugin({
    id: "bundle",
    version: "1.0.0",
    apiVersion: "^1",
    setup(registry) {
      registry.add(models, {
        name: "bytes",
        description: "",
        folder: new URL(`file://${folder}/`),
      });
    },
  })]);
}

Deno.test("exportModels() and installModels() bring an artifact with its files into another home, once", () =>
  withFolder(async (folder) => {
    const artifact = await source(folder);
    await using host = await hostWith(`${folder}/bundle`);
    await using workspace = await Workspace.open(`${folder}/other`);
    await installModels(workspace, host);
    await installModels(workspace, host);
    const { items } = await workspace.store.artifacts.list({ kind: "encoder" });
    assertEquals(items, [artifact]);
    assertEquals([...await workspace.blobs.read(artifact.files["model.bin"])], [1, 2, 3]);
  }));

Deno.test("installModels() refuses damaged files, ids that do not fit and a missing folder", () =>
  withFolder(async (folder) => {
    const artifact = await source(folder);
    const bundle = `${folder}/bundle`;
    const manifest = await Deno.readTextFile(`${bundle}/models.json`);
    const attempt = async (name: string) => {
      await using host = await hostWith(name);
      await using workspace = await Workspace.open(`${folder}/${crypto.randomUUID()}`);
      await installModels(workspace, host);
    };
    await Deno.writeFile(`${bundle}/${artifact.id}.model.bin`, new Uint8Array([1, 2, 4]));
    await assertRejects(() => attempt(bundle), FormatError, "is damaged");
    await Deno.writeTextFile(`${bundle}/models.json`, manifest.replace('"seed": 1', '"seed": 2'));
    await assertRejects(() => attempt(bundle), FormatError, "is not the id");
    await Deno.writeTextFile(`${bundle}/models.json`, "{");
    await assertRejects(() => attempt(bundle), FormatError, "Cannot install model");
    await assertRejects(() => attempt(`${folder}/none`), StorageError);
  }));
