/** The judge `kserve`: the same classifier, on a server. */

import { judges, NotFoundError, tensor } from "@countergrade/countergrade";
import { ForeignNetwork } from "@countergrade/countergrade/engine";
import { Jobs } from "@countergrade/countergrade/jobs";
import { memoryJob, register, testJudge } from "@countergrade/countergrade/testing";
import { assertEquals, assertRejects } from "@std/assert";
import { Chain } from "../../../chain/chain.ts";
import { drawnClassifier } from "../../../drawn_classifier.ts";
import { serveModels } from "../../encoders/autoencoder/kserve_server.ts";

const file = drawnClassifier([0, 1, 2].map((k) => ({ left: 2 * k, bias: -0.5 * k ** 2 })));
const network = await ForeignNetwork.open(file, "three");
const server = serveModels({
  three: {
    input: { name: "images", shape: [1, 16, 16] },
    output: { name: "told", shape: [3] },
    run: (rows) => network.run(rows),
  },
});
const chain = await Chain.open({ "three.onnx": file });
globalThis.addEventListener("unload", () => {
  chain.workspace.close();
  Deno.removeSync(chain.folder, { recursive: true });
});
const { host } = chain;
const member = host.member(judges, "kserve");
const OPTIONS = { url: server.url, model: "three", output: "logits", imageRange: [-1, 1] };
const connected = await chain.done("connectJudge", OPTIONS);
const stored = (await chain.workspace.store.artifacts.get(connected.judge))!;
const job = memoryJob(host);
const { id: model } = await job.save("judge", {}, stored.metadata, []);

register("judge kserve", testJudge(member, { host, options: { model }, job }));

Deno.test("a served classifier says what the same file says here", async () => {
  const images = tensor([3, 1, 16, 16], Array.from({ length: 768 }, (_, i) => i / 384 - 1));
  await using there = await member.open({ model }, job);
  await using here = await host.member(judges, "onnx")
    .open({ model: "three.onnx", imageRange: [-1, 1] }, job);
  assertEquals(await there.judge(images), await here.judge(images));
  assertEquals(connected.classes, 3);
});

Deno.test("clients of the API cannot name a server", async () => {
  const remote = new Jobs(host, chain.workspace);
  await assertRejects(() => remote.submit("connectJudge", OPTIONS), NotFoundError);
});
