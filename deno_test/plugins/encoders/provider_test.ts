/** Where encoders train and run is told, with the reason when it is not where they should. */

import { definePlugin, type Encoder, encoders, Host } from "@countergrade/countergrade";
import { memoryJob } from "@countergrade/countergrade/testing";
import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { daeEncoder } from "../../../plugins/encoders/dae/mod.ts";
import { LoadedEncoders } from "../../../plugins/tasks/encoders/models.ts";
import { Chain, TINY } from "../../chain/chain.ts";

/** A provider that onnxruntime has on another system only. */
const foreign = Deno.build.os === "darwin" ? "dml" : "coreml";

Deno.test("a training on a provider that does not start warns, trains on the CPU and says so", async () => {
  await using chain = await Chain.open();
  const dae = { ...TINY, steps: 2, provider: foreign };
  const job = await chain.run("trainEncoder", { dataset: "bars", encoder: { dae } });
  assertEquals([job.state, job.error], ["done", undefined]);
  const { encoder: id, provider } = job.result as { encoder: string; provider: string };
  assertEquals(provider, "cpu");
  const warnings = (await chain.events(job)).flatMap((e) =>
    e.type === "warning" && e.message.startsWith(foreign) ? [e.message] : []
  );
  assertEquals(warnings.length, 1);
  assert(warnings[0].startsWith(`${foreign} cannot be used, going on with cpu: `), warnings[0]);
  const { metadata } = await chain.jobs.artifact(id);
  assertEquals((metadata.details as Record<string, unknown>).provider, "cpu");
  const encoded = await chain.done("encode", { dataset: "bars", encoder: id });
  assertEquals(encoded.provider, "cpu");

  const { blobs, store } = chain.workspace;
  const model = await blobs.read((await store.artifacts.get(id))!.files["model.safetensors"]);
  const told: string[] = [];
  const warn = (message: string) => told.push(message);
  await using host = await Host.boot([daeEncoder]);
  await using loaded = await host.member(encoders, "dae").load(model, { provider: foreign, warn });
  assertEquals([loaded.details.provider, told], ["cpu", warnings]);
});

Deno.test("every job that uses an encoder is told where it should have run, not only the first", async () => {
  const asked: unknown[] = [];
  const plugin = definePlugin({
    id: "shy",
    version: "1.0.0",
    apiVersion: "^1",
    setup: (registry) =>
      registry.add(encoders, {
        name: "shy",
        description: "Runs elsewhere",
        options: z.object({}),
        load(_, options) {
          asked.push(options?.provider);
          options?.warn?.("elsewhere");
          const encoder = { [Symbol.asyncDispose]: () => Promise.resolve() };
          return Promise.resolve(encoder as Partial<Encoder> as Encoder);
        },
      }),
  });
  await using host = await Host.boot([plugin], undefined, { provider: "auto" });
  await using loaded = new LoadedEncoders();
  const first = memoryJob(host);
  const files = { "model.safetensors": new Uint8Array(1) };
  const { id } = await first.save("encoder", files, { plugin: "shy" }, []);
  const second = memoryJob(host, { after: first });
  assertEquals(await loaded.get(first, id), await loaded.get(second, id));
  assertEquals(asked, ["auto"]);
  const warning = { type: "warning", message: "elsewhere" };
  assertEquals([first.events, second.events], [[warning], [warning]]);
});
