/** Models that come with plugins: written as a folder, put into a workspace. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Artifact,
  definePlugin,
  FormatError,
  Host,
  NotFoundError,
  StorageError,
} from "@countergrade/countergrade";
import {
  artifactId,
  exportModels,
  installModels,
  models,
  Workspace,
} from "@countergrade/countergrade/jobs";

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
        description: "A toy",
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

Deno.test("a file at an address is fetched when it is first read, and only then", () =>
  withFolder(async (folder) => {
    const artifact = await source(folder);
    let asked = 0;
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      ({ url }) => {
        asked++;
        assert(url.endsWith(`/v1/${artifact.id}.model.bin`));
        return new Response(new Uint8Array([1, 2, 3]));
      },
    );
    const address = `http://127.0.0.1:${server.addr.port}/v1/`;
    const bundle = await released(folder, artifact, address);
    await using host = await hostWith(bundle);
    await using workspace = await Workspace.open(`${folder}/other`);
    await installModels(workspace, host);
    const { items } = await workspace.store.artifacts.list({ kind: "encoder" });
    assertEquals([items, asked], [[artifact], 0]);
    const blob = artifact.files["model.bin"];
    const progress: number[][] = [];
    const onProgress = (...step: number[]) => progress.push(step);
    assertEquals([...await workspace.blobs.read(blob, { onProgress })], [1, 2, 3]);
    assertEquals([...await workspace.blobs.read(blob, { onProgress })], [1, 2, 3]);
    assertEquals([asked, progress], [1, [[3, 3]]]);
    assertEquals([...Deno.readDirSync(`${folder}/other/downloads`)], []);
    await Deno.remove(workspace.blobs.path(blob));
    const both = await Promise.all([workspace.blobs.read(blob), workspace.blobs.read(blob)]);
    assertEquals(both.map((bytes) => [...bytes]), [[1, 2, 3], [1, 2, 3]]);
  }));

Deno.test("a file at an address may lie in a folder of the user's instead; damage is noticed", () =>
  withFolder(async (folder) => {
    const artifact = await source(folder);
    const bundle = await released(folder, artifact, "https://models.invalid/v1");
    await using host = await hostWith(bundle);
    await using workspace = await Workspace.open(`${folder}/other`);
    const mine = `${folder}/mine`;
    await Deno.mkdir(`${mine}/bytes`, { recursive: true });
    await installModels(workspace, host, { folder: mine });
    const blob = artifact.files["model.bin"];
    await Deno.writeFile(`${mine}/${artifact.id}.model.bin`, new Uint8Array([9]));
    await assertRejects(() => workspace.blobs.read(blob), FormatError, "its content is another");
    await Deno.writeFile(`${mine}/bytes/${artifact.id}.model.bin`, new Uint8Array([1, 2, 3]));
    assertEquals([...await workspace.blobs.read(blob)], [1, 2, 3]);
  }));

Deno.test("only large files are left to a release, and a manifest with an odd address is refused", () =>
  withFolder(async (folder) => {
    const artifact = await source(folder);
    await using workspace = await Workspace.open(folder);
    await exportModels(workspace, [artifact.id], `${folder}/small`, {
      address: "https://models.invalid",
      above: 3,
    });
    const manifest = await Deno.readTextFile(`${folder}/small/models.json`);
    assertEquals("remote" in JSON.parse(manifest), false);
    const odd = { ...JSON.parse(manifest), remote: { x: { url: "nowhere", size: 1 } } };
    await Deno.writeTextFile(`${folder}/small/models.json`, JSON.stringify(odd));
    await using host = await hostWith(`${folder}/small`);
    await assertRejects(() => installModels(workspace, host), FormatError, "remote.x.url");
  }));

/** A bundle whose file lies at an address only. */
async function released(folder: string, { id }: Artifact, address: string): Promise<string> {
  await using workspace = await Workspace.open(folder);
  await exportModels(workspace, [id], `${folder}/released`, { address, above: 2 });
  await Deno.remove(`${folder}/released/${id}.model.bin`);
  return `${folder}/released`;
}
