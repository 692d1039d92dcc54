/** A model whose file lies at an address: fetched by the compute worker for the job that reads it first, or from `--models`. */

import { assert, assertEquals } from "@std/assert";
import { artifactId, exportModels, type Job, Workspace } from "@countergrade/countergrade/jobs";
import { Compute } from "../../../server/jobs/compute.ts";

/** A plugin that brings the bundle beside it and a task that reads its file. */
const PLUGIN = `
import { definePlugin, tasks } from "@countergrade/countergrade";
import { models } from "@countergrade/countergrade/jobs";
import { z } from "zod";
export default definePlugin({
  id: "remote-toy",
  version: "1.0.0",
  apiVersion: "^1",
  setup(registry) {
    const folder = new URL("./released/", import.meta.url);
    registry.add(models, { name: "bytes", description: "Bytes", folder });
    registry.add(tasks, {
      name: "readModel",
      description: "Reads the file of a model",
      options: () => z.strictObject({ id: z.string() }),
      result: z.object({ bytes: z.array(z.int()) }),
      async run({ id }, job) {
        const artifact = await job.load("encoder", id);
        return { bytes: [...await job.read(artifact, "model.bin")] };
      },
    });
  },
});
`;

const CONTENT = new Uint8Array([5, 6, 7]);

/** A folder with the plugin; its model's file is named `<id>.model.bin` and not there. */
async function plugin(folder: string, address: string): Promise<string> {
  await using workspace = await Workspace.open(`${folder}/source`);
  const files = { "model.bin": await workspace.blobs.write(CONTENT, "bin") };
  const provenance = { task: "trainEncoder", plugins: [], options: {}, seed: 1, inputs: [] };
  const id = artifactId("encoder", files, provenance);
  const createdAt = "2026-01-01T00:00:00.000Z";
  await workspace.store.artifacts.put({
    id,
    kind: "encoder",
    createdAt,
    files,
    metadata: {},
    provenance,
  });
  await exportModels(workspace, [id], `${folder}/released`, { address, above: 1 });
  await Deno.remove(`${folder}/released/${id}.model.bin`);
  await Deno.writeTextFile(`${folder}/plugin.ts`, PLUGIN);
  return id;
}

async function read(folder: string, id: string, models?: string) {
  const options = { home: `${folder}/home`, plugins: [`file://${folder}/plugin.ts`], models };
  await using compute = await Compute.start(options);
  const submitted = await compute.submit("readModel", { id }, { fresh: true });
  const messages: unknown[] = [];
  for await (const { body } of compute.watch(submitted.id)) {
    if (body.type === "progress") messages.push([body.message, body.step, body.total]);
  }
  const job: Job = await compute.job(submitted.id);
  return { job, messages };
}

Deno.test("the worker fetches a model's file for the first job that reads it, and says so", async () => {
  const folder = await Deno.makeTempDir();
  let answer = () => new Response("gone", { status: 404 });
  let asked = 0;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    asked++;
    return answer();
  });
  const id = await plugin(folder, `http://127.0.0.1:${server.addr.port}`);
  const failed = (await read(folder, id)).job;
  assertEquals([failed.state, failed.error?.code], ["failed", "STORAGE"]);
  assert(failed.error!.message.includes("HTTP status 404"), failed.error!.message);
  answer = () => new Response(CONTENT);
  const { job, messages } = await read(folder, id);
  assertEquals([job.state, job.result], ["done", { bytes: [5, 6, 7] }]);
  assertEquals(messages, [["fetching model.bin", 3, 3]]);
  assertEquals([(await read(folder, id)).job.result, asked], [{ bytes: [5, 6, 7] }, 2]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("with a folder of models the worker fetches nothing", async () => {
  const folder = await Deno.makeTempDir();
  const id = await plugin(folder, "https://models.invalid");
  await Deno.mkdir(`${folder}/mine`);
  await Deno.writeFile(`${folder}/mine/${id}.model.bin`, CONTENT);
  const { job, messages } = await read(folder, id, `${folder}/mine`);
  assertEquals([job.state, job.result, messages], ["done", { bytes: [5, 6, 7] }, []]);
  await Deno.remove(folder, { recursive: true });
});
