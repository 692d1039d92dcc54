/** Encoding a data set: what is interrupted goes on, to the same codes. */

import { CancelledError } from "@countergrade/countergrade";
import { JobRunner } from "@countergrade/countergrade/jobs";
import { assert, assertEquals } from "@std/assert";
import { bars, Chain } from "../../../chain/chain.ts";
import { until } from "../../../until.ts";

Deno.test("encode() goes on behind the parts that were done, to the same codes", async () => {
  await using chain = await Chain.open({ bars: bars(1, { train: 700, val: 80 }) });
  const trained = await chain.done("trainEncoder", {
    dataset: "bars",
    encoder: { pca: { components: 4 } },
  });
  const options = { dataset: "bars", encoder: trained.encoder };
  const steps = async (job: Parameters<Chain["events"]>[0]) =>
    (await chain.events(job)).flatMap((e) => e.type === "progress" ? [e.step] : []);
  const controller = new AbortController();
  const { id } = await chain.jobs.submit("encode", options);
  const running = chain.run("encode", options, { signal: controller.signal });
  for await (const { body } of chain.jobs.watch(id)) {
    if (body.type === "progress" && body.step >= 576) controller.abort(new CancelledError());
  }
  assertEquals((await running).state, "cancelled");
  const resumed = await chain.run("encode", options);
  assertEquals(resumed.state, "done");
  assertEquals(await steps(resumed), [256, 512, 576, 640, 700, 764, 780]);
  const whole = await chain.run("encode", { ...options, splits: ["train", "val"] });
  const files = async (codes: string) => (await chain.jobs.artifact(codes)).files;
  const [a, b] = [resumed, whole].map(({ result }) => (result as { codes: string }).codes);
  assertEquals((await steps(whole))[0], 64);
  assertEquals(await files(a), await files(b));
});

Deno.test("what another worker encodes of it comes to the same codes", async () => {
  const files = { bars: bars(1, { train: 1500, val: 80 }) };
  await using chain = await Chain.open(files);
  await using other = await Chain.open(files, chain.workspace.home);
  const { encoder } = await chain.done("trainEncoder", {
    dataset: "bars",
    encoder: { pca: { components: 4 } },
  });
  const { id } = await chain.jobs.submit("encode", { dataset: "bars", encoder });
  const running = chain.run("encode", { dataset: "bars", encoder });
  let helped = 0;
  const { workspace: { store, owner } } = other;
  await until(async () => {
    const part = await store.queue.claim(owner, { parent: id });
    if (part) {
      await new JobRunner(other.host, other.workspace).run(part, new AbortController().signal);
    }
    if (part) helped++;
    return (await chain.jobs.job(id)).state === "done";
  });
  const { result } = await running;
  assert(helped > 0);
  const alone = await chain.done("encode", { dataset: "bars", encoder, splits: ["train", "val"] });
  const [a, b] = await Promise.all(
    [result as { codes: string }, alone].map(({ codes }) => chain.jobs.artifact(codes)),
  );
  assertEquals(a.files, b.files);
});
