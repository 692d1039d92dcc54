/** The task downloadDataset, from a server on this machine: found afterwards, checked, resumed, refused. */

import { createHash } from "node:crypto";
import {
  FormatError,
  Host,
  InputError,
  NotFoundError,
  StorageError,
} from "@countergrade/countergrade";
import { writeNpz } from "@countergrade/countergrade/formats";
import { memoryJob, testTask } from "@countergrade/countergrade/testing";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { npzDatasets } from "../../../../plugins/datasets/npz/mod.ts";
import { downloadDatasetTask } from "../../../../plugins/datasets/npz/download.ts";
import { MEDMNIST, type MedmnistFile } from "../../../../plugins/datasets/npz/medmnist.ts";

const random = Uint8Array.from({ length: 40 * 784 }, (_, i) => (i * i * 7) % 251);
const CONTENT = writeNpz({
  train_images: { shape: [40, 28, 28], data: random },
  train_labels: { shape: [40, 1], data: Uint8Array.from({ length: 40 }, (_, i) => i % 2) },
});
/** BreastMNIST as it would be with these images. */
const breast: MedmnistFile = {
  size: 28,
  set: {
    ...MEDMNIST.find(({ flag }) => flag === "breastmnist")!,
    md5: { 28: createHash("md5").update(CONTENT).digest("hex") },
  },
};
const task = downloadDatasetTask([breast]);

/** A folder, a host that downloads into it, and a server whose answers a test chooses. */
class Place implements AsyncDisposable {
  readonly asked: string[] = [];
  answer = (_request: Request, _times: number): Response => new Response(CONTENT.slice());
  #server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    this.asked.push(`${new URL(request.url).pathname} ${request.headers.get("range") ?? "whole"}`);
    return this.answer(request, this.asked.length);
  });
  private constructor(readonly folder: string, readonly host: Host) {}

  static async open(): Promise<Place> {
    const folder = await Deno.realPath(await Deno.makeTempDir());
    const downloads = `${folder}/datasets`;
    return new Place(folder, await Host.boot([npzDatasets], { roots: [downloads], downloads }));
  }

  get options() {
    return { dataset: "breastmnist", address: `http://127.0.0.1:${this.#server.addr.port}/files/` };
  }

  async run(options: Record<string, unknown> = {}, job = memoryJob(this.host)) {
    return await task.run(task.options(this.host).parse({ ...this.options, ...options }), job);
  }

  async [Symbol.asyncDispose]() {
    await this.#server.shutdown();
    await this.host[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

Deno.test("downloadDataset puts a published file where data sets are looked for", async () => {
  await using place = await Place.open();
  const job = memoryJob(place.host);
  const result = await place.run({}, job);
  assertEquals(result.file, `${place.folder}/datasets/breastmnist.npz`);
  assertEquals([result.bytes, result.present], [CONTENT.length, false]);
  assert(result.citation.includes("Scientific Data"));
  assertEquals(job.events.at(-1), {
    type: "progress",
    step: 0,
    total: 1,
    message: "downloading, MB",
  });
  const dataset = await place.host.openDataset("breastmnist");
  assertEquals([dataset.splits, dataset.scale.names[0]], [{ train: 40 }, "malignant"]);
  assertEquals((await place.run()).present, true);
  assertEquals(place.asked, ["/files/breastmnist.npz whole"]);
  const elsewhere = await place.run({ folder: `${place.folder}/mine` });
  assertEquals(elsewhere.file, `${place.folder}/mine/breastmnist.npz`);
});

Deno.test("downloadDataset goes on by itself while it gets on, and gives up when it does not", async () => {
  await using place = await Place.open();
  const half = CONTENT.length >> 1;
  const cut = (from: number, to: number) =>
    new Response(CONTENT.slice(from, to), {
      status: from ? 206 : 200,
      headers: { "content-range": `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}` },
    });
  // The server below promises all and hangs up in the middle.
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const address = `http://127.0.0.1:${listener.addr.port}/`;
  const serving = (async () => {
    for (const [from, to] of [[0, half], [half, half + 5], [half + 5, CONTENT.length]]) {
      using connection = await listener.accept();
      await connection.read(new Uint8Array(4096));
      const head = from
        ? `206 Partial Content\r\ncontent-range: bytes ${from}-${
          CONTENT.length - 1
        }/${CONTENT.length}`
        : "200 OK";
      await connection.write(
        new TextEncoder().encode(
          `HTTP/1.1 ${head}\r\ncontent-length: ${
            CONTENT.length - from
          }\r\nconnection: close\r\n\r\n`,
        ),
      );
      for (let at = from; at < to;) at += await connection.write(CONTENT.slice(at, to));
    }
  })();
  const job = memoryJob(place.host);
  assertEquals((await place.run({ address }, job)).bytes, CONTENT.length);
  await serving;
  assertEquals(job.events.filter(({ type }) => type === "warning").length, 2);

  await Deno.remove(`${place.folder}/datasets`, { recursive: true });
  place.answer = (_, times) => times === 1 ? cut(0, 0) : new Response("gone", { status: 503 });
  await assertRejects(() => place.run(), FormatError);
  await assertRejects(() => place.run(), StorageError, "HTTP status 503");
  assertEquals(place.asked.length, 2);
});

Deno.test("downloadDataset keeps no file with another checksum, nor one that is too large", async () => {
  await using place = await Place.open();
  place.answer = () => new Response(CONTENT.toReversed());
  await assertRejects(() => place.run(), FormatError, `expected MD5 ${breast.set.md5[28]}`);
  place.answer = () => new Response(new Uint8Array(3e6));
  await assertRejects(() => place.run(), FormatError, "larger than");
  assertEquals(await place.host.discoverDatasets(), []);
});

Deno.test("downloadDataset refuses what is not published, and odd addresses", async () => {
  await using place = await Place.open();
  await assertRejects(
    () => place.run({ dataset: "breastmnist_64" }),
    NotFoundError,
    "known: breastmnist",
  );
  const { asked } = place;
  await assertRejects(() => place.run({ address: "http://192.0.2.1/" }), InputError, "https://");
  assertEquals(asked, []);
  const schema = task.options(place.host);
  assertEquals(schema.safeParse({ dataset: "a", address: "https://a.b/c" }).success, false);
  await using bare = await Host.boot([npzDatasets]);
  await assertRejects(() => place.run({}, memoryJob(bare)), InputError, "expected a folder");
});

Deno.test("download-dataset on the command line says which permission is missing", async () => {
  await using place = await Place.open();
  const root = new URL("../../../../", import.meta.url);
  const text = await Deno.readTextFile(new URL("deno.json", root));
  const { tasks, permissions } = JSON.parse(text);
  const home = `${place.folder}/home`;
  const flags = ["download-dataset", "--dataset", "pathmnist_64", "--home", home, "--json"];
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "countergrade", ...flags],
    cwd: root,
    stdin: "null",
  }).output();
  const { error } = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals([code, error.code], [1, "STORAGE"]);
  assertStringIncludes(error.message, "--allow-net=zenodo.org");
  assertStringIncludes(error.message, `put the file at ${home}/datasets/pathmnist_64.npz yourself`);
  assertStringIncludes(tasks.download.command, " -P=download ");
  assertEquals(permissions.download.net, ["zenodo.org"]);
  assertStringIncludes(tasks.download.command, " server/cli/main.ts download-dataset");
});

Deno.test("downloadDataset keeps the promises of a task", async (t) => {
  await using place = await Place.open();
  const fixture = { host: place.host, options: place.options, varying: ["present"] };
  for (const { name, run } of testTask(task, fixture)) await t.step(name, run);
});
