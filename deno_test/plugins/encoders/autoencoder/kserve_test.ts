/** Autoencoders on a server: the protocol, its faults, and the whole flow. */

import {
  CancelledError,
  encoders,
  FormatError,
  type Images,
  NotFoundError,
  tasks,
  tensor,
  UnavailableError,
} from "@countergrade/countergrade";
import { Jobs } from "@countergrade/countergrade/jobs";
import { register, testEncoder, testTask } from "@countergrade/countergrade/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { writeServedModel } from "../../../../plugins/encoders/autoencoder/kserve_model.ts";
import { ForeignNetwork } from "@countergrade/countergrade/engine";
import { Chain } from "../../../chain/chain.ts";
import { serveModels } from "./kserve_server.ts";

const read = (name: string) => Deno.readFileSync(new URL(name, import.meta.url));
const images: Images = tensor([3, 1, 16, 16], Array.from({ length: 768 }, (_, i) => Math.sin(i)));
const [down, up] = await Promise.all(
  ["encoder.onnx", "decoder.onnx"].map((name) => ForeignNetwork.open(read(name), name)),
);
const MODELS = {
  down: {
    input: { name: "image", shape: [1, 16, 16] },
    output: { name: "code", shape: [8] },
    run: (x: Images) => down.run(x),
  },
  up: {
    input: { name: "code", shape: [8] },
    output: { name: "image", shape: [1, 16, 16] },
    run: (x: Images) => up.run(x),
  },
};
const server = serveModels(MODELS);
const jsonServer = serveModels(MODELS, { json: true });
const chain = await Chain.open();
globalThis.addEventListener("unload", () => {
  chain.workspace.close();
  Deno.removeSync(chain.folder, { recursive: true });
});
const member = chain.host.member(encoders, "kserve");

function modelFor({ url }: { url: string }, timeout = 5000): Uint8Array {
  return writeServedModel({
    url,
    encoderModel: "down",
    decoderModel: "up",
    timeout,
    autoencoder: {
      imageShape: [1, 16, 16],
      codeShape: [8],
      imageRange: [0, 1],
      stochastic: "residual",
      encoderInput: "image",
      encoderOutput: "code",
      decoderInput: "code",
      decoderOutput: "image",
    },
  });
}
const OPTIONS = { url: server.url, encoderModel: "down", decoderModel: "up", imageRange: [0, 1] };

register("encoder kserve", testEncoder(member, { model: modelFor(server), images }));
register(
  "task connectKserve",
  testTask(chain.host.member(tasks, "connectKserve"), { host: chain.host, options: OPTIONS }),
);

Deno.test("binary tensors, JSON and the model itself say the same", async () => {
  await using binary = await member.load(modelFor(server));
  await using json = await member.load(modelFor(jsonServer));
  const direct = await down.run({ ...images, data: images.data.map((x) => (x + 1) / 2) });
  assertEquals((await binary.encode(images)).data, direct.data);
  assertEquals((await json.encode(images)).data, direct.data);
});

Deno.test("sixteen rows go in one request, and none that is empty", async () => {
  await using many = serveModels(MODELS);
  await using encoder = await member.load(modelFor(many));
  for (const [count, requests] of [[16, 1], [17, 2], [32, 2]]) {
    const rows = tensor([count, 1, 16, 16], new Float32Array(count * 256));
    many.log.length = 0;
    assertEquals((await encoder.encode(rows)).shape, [count, 8]);
    assertEquals(many.log.length, requests);
  }
});

Deno.test("from a server to a path", async () => {
  const { encoder, codeSize } = await chain.done("connectKserve", OPTIONS);
  assertEquals(codeSize, 8);
  const { codes } = await chain.done("encode", { dataset: "bars", encoder });
  const { probe } = await chain.done("trainProbe", { codes, probe: { logistic: {} } });
  const path = await chain.done("counterfactualPath", { dataset: "bars", probe, index: 1 });
  assertEquals(path.frames.length, 3);
});

/** Encodes on a server whose first answers are wrong. */
async function encodeOn(faults: (() => Response | Promise<Response>)[]) {
  await using bad = serveModels(MODELS);
  await using encoder = await member.load(modelFor(bad, 300));
  bad.log.length = 0;
  bad.manner.faults = faults;
  return { codes: await encoder.encode(images), requests: bad.log.length };
}

Deno.test("a busy server is asked again, a refusal is not", async () => {
  const busy = () => new Response("", { status: 503 });
  const { codes, requests } = await encodeOn([busy, busy]);
  assertEquals([codes.shape, requests], [[3, 8], 3]);
  await assertRejects(
    () => encodeOn([busy, busy, busy, busy]),
    UnavailableError,
    "it answered 503",
  );
  await assertRejects(
    () => encodeOn([() => Response.json({ error: "shape mismatch" }, { status: 400 })]),
    UnavailableError,
    "it answered 400: shape mismatch",
  );
});

Deno.test("answers that make no sense are told apart", async () => {
  const output = { name: "code", datatype: "FP32", shape: [3, 8] };
  const answer = (value: unknown) => () => Response.json(value);
  const cases: [() => Response, string][] = [
    [() => new Response("<html>"), "it is not JSON"],
    [answer({}), "outputs"],
    [answer({ outputs: [] }), 'no output "code"'],
    [answer({ outputs: [{ ...output, data: [1, 2] }] }), "with 2 numbers"],
    [answer({ outputs: [{ ...output, datatype: "FP16", data: [] }] }), "as FP16"],
    [answer({ outputs: [{ ...output, parameters: { binary_data_size: 96 } }] }), "with 0 numbers"],
    [
      () => new Response("{}", { headers: { "Inference-Header-Content-Length": "99" } }),
      "a header of 99 bytes",
    ],
    [
      answer({ outputs: [{ ...output, shape: [1, 24], data: Array(24).fill(0) }] }),
      "expected [3, 8]",
    ],
    [answer({ outputs: [{ ...output, data: Array(24).fill(null) }] }), "with 0 numbers"],
  ];
  for (const [fault, text] of cases) {
    await assertRejects(() => encodeOn([fault]), FormatError, text);
  }
});

Deno.test("a server that says nothing, redirects or is gone is reported as such", async () => {
  const silent = () =>
    new Promise<Response>((done) => setTimeout(() => done(new Response("")), 900));
  await assertRejects(() => encodeOn([silent]), UnavailableError, "no answer within 0.3 s");
  const elsewhere = () => Response.redirect(`${server.url}/v2/models/down`, 302);
  await assertRejects(() => encodeOn(Array(4).fill(elsewhere)), UnavailableError);
  const gone = serveModels(MODELS);
  await gone[Symbol.asyncDispose]();
  await assertRejects(async () => await member.load(modelFor(gone)), UnavailableError, gone.url);
});

/** An answer of which the first of ten bytes comes; then nothing does, or the connection breaks. */
function begun(then: "silence" | "break", status = 200): Response {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("{"));
      if (then === "break") controller.close();
    },
  });
  return new Response(body, { status, headers: { "content-length": "10" } });
}

Deno.test("an answer that stops on the way is given up, one that breaks off is asked for again", async () => {
  for (const status of [200, 400]) {
    const silent = () => begun("silence", status);
    await assertRejects(() => encodeOn([silent]), UnavailableError, "no answer within 0.3 s");
  }
  const broken = () => begun("break");
  const { codes, requests } = await encodeOn([broken, broken]);
  assertEquals([codes.shape, requests], [[3, 8], 3]);
  await assertRejects(() => encodeOn(Array(4).fill(broken)), UnavailableError, "Cannot use model");
});

Deno.test("a cancel ends the wait", async () => {
  const controller = new AbortController();
  const cancelling = () => {
    controller.abort(new CancelledError());
    return new Promise<Response>((done) => setTimeout(() => done(new Response("")), 400));
  };
  await using bad = serveModels(MODELS);
  await using encoder = await member.load(modelFor(bad));
  bad.manner.faults = [cancelling];
  await assertRejects(
    () => encoder.encode(images, { signal: controller.signal }),
    CancelledError,
  );
});

Deno.test("connecting says what is wrong, and clients of the API cannot connect", async () => {
  const cases: [Record<string, unknown>, string, string][] = [
    [{ url: "nowhere" }, "BAD_INPUT", "expected an address"],
    [{ url: "file:///etc/passwd" }, "BAD_INPUT", "expected http or https"],
    [{ url: "http://user:secret@127.0.0.1/" }, "BAD_INPUT", "without user, password"],
    [{ encoderModel: "sideways" }, "UNAVAILABLE", "it answered 404: unknown model 'sideways'"],
    [{ encoderOutput: "z" }, "BAD_FORMAT", 'expected the output "z", it has code FP32 [-1, 8]'],
    [{ decoderModel: "down" }, "UNAVAILABLE", "it answered"],
  ];
  for (const [options, code, text] of cases) {
    const job = await chain.run("connectKserve", { ...OPTIONS, ...options });
    assertEquals([job.state, job.error?.code], ["failed", code], JSON.stringify(job.error));
    assert(job.error!.message.includes(text), job.error!.message);
    assert(!job.error!.message.includes("secret"));
  }
  const remote = new Jobs(chain.host, chain.workspace);
  await assertRejects(() => remote.submit("connectKserve", OPTIONS), NotFoundError);
});
