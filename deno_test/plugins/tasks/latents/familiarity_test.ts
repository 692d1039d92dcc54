/** Familiarity of images, on the drawn vertebrae and the model of them that comes along. */

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import {
  Host,
  type Images,
  InputError,
  type JobContext,
  Random,
  tasks,
  tensor,
} from "@countergrade/countergrade";
import { derivedId, installModels, Workspace } from "@countergrade/countergrade/jobs";
import { mirroredWhere, toPng } from "@countergrade/countergrade/images";
import { builtins } from "@countergrade/countergrade/plugins";
import { memoryJob } from "@countergrade/countergrade/testing";
import { halvesDataset, lossyWorld } from "../lossy_world.ts";
import { LoadedEncoders, loadProbe } from "../../../../plugins/tasks/encoders/models.ts";
import {
  type Familiarity,
  familiarityOf,
  familiarityWarning,
  ownImagesOf,
} from "../../../../plugins/tasks/latents/familiarity.ts";

const home = await Deno.makeTempDir();
await using host = await Host.boot(builtins);
const workspace = await Workspace.open(home);
await installModels(workspace, host);
const { items } = await workspace.store.artifacts.list({ kind: "probe" });
const probe = items.find(({ metadata }) => metadata.dataset === "vertebra")!.id;

/** A job that reads the models that come along, and makes nothing that follows from them. */
function job(): JobContext {
  const own = memoryJob(host);
  const { store, blobs } = workspace;
  return {
    ...own,
    signal: own.signal,
    load: async (kind, id) => await store.artifacts.get(id) ?? await own.load(kind, id),
    read: (artifact, file) =>
      blobs.read(artifact.files[file]).catch(() => own.read(artifact, file)),
    async derived(kind, key, make) {
      const stored = await store.artifacts.get(derivedId(kind, key));
      if (!stored) return await own.derived(kind, key, make);
      const files = Object.entries(stored.files);
      return Object.fromEntries(
        await Promise.all(files.map(async ([name, blob]) => [name, await blobs.read(blob)])),
      );
    },
  };
}

Deno.test.afterAll(async () => {
  await loaded[Symbol.asyncDispose]();
  await workspace.close();
  await Deno.remove(home, { recursive: true });
});

const COUNT = 12;
const loaded = new LoadedEncoders();
const stored = await loadProbe(job(), probe);
const own = (await ownImagesOf(stored, job(), loaded))!;
const dataset = await host.openDataset("vertebra");
const at = new Random(1).permutation(dataset.splits.test).subarray(0, COUNT);
const { images } = await dataset.get("test", at);
const [, , h, w] = images.shape;

/** The images with every pixel taken from elsewhere. */
function moved(from: (y: number, x: number) => [number, number]): Images {
  return tensor(
    images.shape,
    images.data.map((_, i) => {
      const [y, x] = from(Math.floor(i / w) % h, i % w);
      return images.data[i - i % (h * w) + y * w + x];
    }),
  );
}

async function told(images: Images): Promise<Familiarity[]> {
  const encoder = await loaded.get(job(), stored.encoder);
  return familiarityOf(images, await encoder.encode(images), own, encoder);
}

Deno.test("what its own images are like comes along with the model", () => {
  assertEquals([own.measuredOn, own.held.length], ["val", dataset.splits.val]);
});

Deno.test("images of the same kind are familiar, with few exceptions", async () => {
  const verdicts = await told(images);
  assert(verdicts.filter(({ verdict }) => verdict === "familiar").length >= COUNT - 2);
  assertEquals(familiarityWarning({ ...verdicts[0], verdict: "familiar" }), undefined);
});

Deno.test("what is known of own images is read once, and anew for a probe on other codes", async () => {
  const read: unknown[] = [];
  const first = job();
  const real = stored.artifact.provenance.inputs.find((input) => input.startsWith("codes-"));
  const reading: JobContext = {
    ...first,
    signal: first.signal,
    derived(kind, key, make) {
      const { codes } = key as { codes: string };
      read.push(codes);
      return first.derived(kind, { ...key as object, codes: real }, make);
    },
  };
  const { provenance } = stored.artifact;
  const artifact = { ...stored.artifact, provenance: { ...provenance, inputs: ["codes-other"] } };
  for (const probe of [stored, { ...stored, artifact }, { ...stored, artifact }]) {
    assertEquals((await ownImagesOf(probe, reading, loaded))!.held, own.held);
  }
  assertEquals(read, ["codes-other"]);
});

Deno.test("an image that the encoder saw mirrored is looked at as it saw it", async () => {
  const encoder = await loaded.get(job(), stored.encoder);
  const codes = await encoder.encode(images);
  const mirrored = mirroredWhere(images, (i) => i % 2 === 1);
  const mirrors = () => Array.from({ length: COUNT }, (_, i) => i % 2 === 1);
  const seen = familiarityOf(mirrored, codes, own, { ...encoder, mirrors });
  assertEquals(seen, familiarityOf(images, codes, own, encoder));
  assertNotEquals(familiarityOf(mirrored, codes, own, encoder), seen);
});

const random = new Random(2);
const foreign: Record<string, Images> = {
  "turned by 90°": moved((y, x) => [x, w - 1 - y]),
  "turned by 180°": moved((y, x) => [h - 1 - y, w - 1 - x]),
  "a quarter of one": moved((y, x) => [(y + h / 2) >> 1, (x + w / 2) >> 1]),
  negative: tensor(images.shape, images.data.map((value) => -value)),
  noise: tensor(images.shape, images.data.map(() => 2 * random.uniform() - 1)),
  black: tensor(images.shape, images.data.map(() => -1)),
  white: tensor(images.shape, images.data.map(() => 1)),
};
for (const [name, other] of Object.entries(foreign)) {
  Deno.test(`an image is foreign: ${name}`, async () => {
    for (const familiarity of await told(other)) {
      assertEquals(familiarity.verdict, "foreign");
      assert(familiarityWarning(familiarity)!.includes("foreign to this model"));
    }
  });
}

/** One's own image that stands on its head. */
async function headDown(job: JobContext): Promise<string> {
  const png = toPng(foreign["turned by 180°"], 0);
  const { id } = await job.save("image", { "image.png": png }, { title: "head down" }, []);
  return id;
}

for (const name of ["grade", "counterfactualPath"]) {
  Deno.test(`the task ${name} refuses a foreign image unless it is let through`, async () => {
    const task = host.member(tasks, name);
    const one = job();
    const run = async (more: Record<string, unknown>) => {
      const sampler = { inversionSteps: 1, renderSteps: 1 };
      const how = name === "grade" ? more : { ...more, targets: [0, 1], sampler };
      return await task.run(task.options(host).parse({ probe, ...how }), one);
    };
    const image = await headDown(one);
    const error = await assertRejects(() => run({ image }), InputError, "foreign to this model");
    assertEquals(error.path, ["foreign"]);
    const result = await run({ image, foreign: true });
    const { familiarity } = name === "grade" ? result.grades[0] : result;
    assertEquals(familiarity.verdict, "foreign");
  });
}

Deno.test("of other models what their own images are like is learned at the first use", async () => {
  const noise = tensor([1, 1, 16, 16], Float32Array.from({ length: 256 }, () => random.normal()));
  await using world = await lossyWorld((brightness) => brightness, [], {
    splits: { train: 40, val: 30, odd: 1 },
    get: async (split, indices) => ({
      ...await halvesDataset.get("train", indices),
      ...split === "odd" && { images: noise },
    }),
  });
  const path = async (split: string) => (await world.run("counterfactualPath", { split })).result;
  const { familiarity, warnings } = await path("val");
  assertEquals([familiarity.verdict, familiarity.images, familiarity.measuredOn, warnings], [
    "familiar",
    30,
    "val",
    [],
  ]);
  // One of 31 is not yet one of a hundred.
  const odd = await path("odd");
  assertEquals([odd.familiarity.verdict, odd.familiarity.p], ["unusual", 1 / 31]);
  const strange = "of 30 images of val none is as strange";
  assert(odd.warnings[0].includes(strange), odd.warnings[0]);
  const { job } = await world.run("interpolate", { split: "odd", toSplit: "val", toIndex: 0 });
  const told = job.events.flatMap((e) => e.type === "warning" ? [e.message] : []);
  assertEquals(told.length, 1);
  assert(told[0].startsWith("train-0: ") && told[0].includes(strange), told[0]);
});
