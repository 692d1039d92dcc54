/** What happens to a chain on its way: broken numbers, a cancel, changed images, a full disk, damaged files. */

import { CancelledError } from "@countergrade/countergrade";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { stub } from "@std/testing/mock";
import { bars, Chain, TINY } from "./chain.ts";

Deno.test("a training that diverges says so, and stores no model", async () => {
  await using chain = await Chain.open();
  const encoder = { dae: TINY };
  // Broken numbers from the engine itself cannot be asked for: the images bring them.
  const open = chain.host.openDataset.bind(chain.host);
  chain.host.openDataset = async (id) => {
    const dataset = await open(id);
    let calls = 0;
    return {
      ...dataset,
      async get(split, indices) {
        const batch = await dataset.get(split, indices);
        if (calls++ > 4) batch.images.data[0] = NaN;
        return batch;
      },
    };
  };
  const job = await chain.run("trainEncoder", { dataset: "bars", encoder });
  assertEquals([job.state, job.error?.code, job.artifacts], ["failed", "BAD_INPUT", []]);
  assertEquals(job.error?.path, ["encoder", "dae", "learningRate"]);
  assert(/diverged at step \d+/.test(job.error!.message), job.error!.message);
});

Deno.test("a cancelled training is cancelled within a step, and the same one goes on from its checkpoint", async () => {
  await using chain = await Chain.open();
  const options = { dataset: "bars", encoder: { dae: { ...TINY, steps: 14 } } };
  const controller = new AbortController();
  const submitted = await chain.jobs.submit("trainEncoder", options);
  const running = chain.run("trainEncoder", options, { signal: controller.signal });
  for await (const { body } of chain.jobs.watch(submitted.id, 0, controller.signal)) {
    if (body.type === "progress" && body.step === 5) controller.abort(new CancelledError());
  }
  const job = await running;
  assertEquals([job.state, job.error, job.artifacts, chain.log], ["cancelled", undefined, [], []]);
  const last = (await chain.events(job)).flatMap((e) => e.type === "progress" ? [e.step] : []).at(
    -1,
  )!;
  assert(last < 14, `${last} steps after a cancel at step 5`);
  assertEquals(await chain.leftovers(), []);

  const again = await chain.run("trainEncoder", options);
  assertEquals(again.state, "done");
  const first =
    (await chain.events(again)).flatMap((e) => e.type === "progress" ? [e.step] : [])[0];
  assert(first >= 5, `it went on at step ${first}`);
});

Deno.test("a checkpoint of other images under the same id is not taken up", async () => {
  await using chain = await Chain.open();
  const options = { dataset: "bars", encoder: { dae: { ...TINY, steps: 14 } } };
  const controller = new AbortController();
  const submitted = await chain.jobs.submit("trainEncoder", options);
  const running = chain.run("trainEncoder", options, { signal: controller.signal });
  for await (const { body } of chain.jobs.watch(submitted.id, 0, controller.signal)) {
    if (body.type === "progress" && body.step === 5) controller.abort(new CancelledError());
  }
  await running;
  await chain.put("bars", bars(2, { train: 40, val: 12 }));
  const again = await chain.run("trainEncoder", options);
  assertEquals(again.state, "done");
  const steps = (await chain.events(again)).flatMap((e) => e.type === "progress" ? [e.step] : []);
  assertEquals(steps[0], 1);
});

Deno.test("a stored result no longer answers once the file of its data set was replaced", async () => {
  await using chain = await Chain.open();
  const options = { dataset: "bars", encoder: { dae: TINY } };
  const first = await chain.run("trainEncoder", options);
  assertEquals((await chain.run("trainEncoder", options)).id, first.id);
  await chain.put("bars", bars(2, { train: 40, val: 12 }));
  const second = await chain.run("trainEncoder", options);
  assertEquals(second.state, "done");
  assertNotEquals(second.artifacts, first.artifacts);
});

Deno.test({
  name: "a full disk fails a training with STORAGE and keeps what was stored before",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using chain = await Chain.open();
    const { codes } = await chain.probed();
    const stored = (await chain.jobs.artifacts()).items;
    const options = { dataset: "bars", encoder: { dae: { ...TINY, steps: 8 } } };
    await chain.jobs.submit("trainEncoder", options);
    // Linux has a device that is always full: the checkpoint's temporary file leads there.
    await Deno.symlink("/dev/full", `${chain.workspace.home}/partial/full`);
    const name = stub(crypto, "randomUUID", () => "full" as ReturnType<Crypto["randomUUID"]>);
    const job = await chain.run("trainEncoder", options);
    name.restore();
    assertEquals([job.state, job.error?.code, chain.log], ["failed", "STORAGE", []]);
    assert(job.error!.message.includes("the disk is full"), job.error!.message);
    assertEquals(await chain.leftovers(), []);
    assertEquals((await chain.jobs.artifacts()).items, stored);
    // With room again the same command goes through.
    assertEquals((await chain.run("trainEncoder", options)).state, "done");
    await chain.done("trainProbe", { codes, probe: { ordinal: {} } });
  },
});

Deno.test("a stored file that is damaged or gone is a storage error, not a wrong result", async () => {
  await using chain = await Chain.open();
  const { codes } = await chain.probed();
  const blob = (await chain.jobs.artifact(codes)).files["codes.safetensors"];
  const path = chain.workspace.blobs.path(blob);
  const bytes = await Deno.readFile(path);
  bytes[bytes.length - 1] ^= 1;
  await Deno.writeFile(path, bytes);
  const options = { codes, probe: { svm: {} } };
  const damaged = await chain.run("trainProbe", options);
  assertEquals([damaged.state, damaged.error?.code], ["failed", "STORAGE"]);
  await Deno.remove(path);
  const gone = await chain.run("trainProbe", options);
  assertEquals([gone.state, gone.error?.code, chain.log], ["failed", "STORAGE", []]);
  // Encoding again repairs the file under the same id.
  assertEquals(
    (await chain.done("encode", {
      encoder: (await chain.jobs.artifact(codes)).metadata.encoder,
      dataset: "bars",
    })).codes,
    codes,
  );
  assertEquals((await chain.run("trainProbe", options)).state, "done");
});
