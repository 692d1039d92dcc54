/** Autoencoders exported from PyTorch, and files that only look like them. */

import {
  encoders,
  FormatError,
  type Images,
  InputError,
  tasks,
  tensor,
} from "@countergrade/countergrade";
import { register, testEncoder, testTask } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { MessageWriter } from "../../../../core/graph/onnx/protobuf_writer.ts";
import { writeModelFile } from "../../../../plugins/encoders/autoencoder/model_file.ts";
import { ForeignNetwork } from "@countergrade/countergrade/engine";
import { Chain } from "../../../chain/chain.ts";
import { ledAway } from "../../../core/graph/onnx/mutations.ts";

const read = (name: string) => Deno.readFileSync(new URL(name, import.meta.url));
const files = { encoder: read("encoder.onnx"), decoder: read("decoder.onnx") };
const reference = JSON.parse(new TextDecoder().decode(read("reference.json")));
/** The images of the reference, from 0 to 1 in a row, here from -1 to 1. */
const images: Images = tensor(
  [2, 1, 16, 16],
  Array.from({ length: 512 }, (_, i) => i / 511 * 2 - 1),
);

const chain = await Chain.open();
await chain.put("encoder.onnx", files.encoder);
await chain.put("decoder.onnx", files.decoder);
await chain.put("elsewhere.onnx", ledAway(files.encoder, "LICENSE", "short")[0]);
await chain.put("hidden.onnx", ledAway(files.encoder, "LICENSE", "high")[0]);
globalThis.addEventListener("unload", () => {
  chain.workspace.close();
  Deno.removeSync(chain.folder, { recursive: true });
});
const member = chain.host.member(encoders, "onnx");
const autoencoder = {
  imageShape: [1, 16, 16] as [number, number, number],
  codeShape: [8],
  imageRange: [0, 1] as [number, number],
  stochastic: "residual" as const,
  encoderInput: "image",
  encoderOutput: "code",
  decoderInput: "code",
  decoderOutput: "image",
};
const model = writeModelFile({ autoencoder, ...files });
const IMPORT = { encoder: "encoder.onnx", decoder: "decoder.onnx", imageRange: [0, 1] };

register("encoder onnx", testEncoder(member, { model, images }));
register(
  "task importOnnx",
  testTask(chain.host.member(tasks, "importOnnx"), { host: chain.host, options: IMPORT }),
);

Deno.test("an exported autoencoder computes what PyTorch computed", async () => {
  await using encoder = await member.load(model);
  const codes = await encoder.encode(images);
  codes.data.forEach((z, i) => assertAlmostEquals(z, reference.codes[i], 1e-5));
  const zero = { ...images, data: images.data.map(() => 0) };
  const decoded = await encoder.render({ codes, noise: zero });
  reference.decoded.forEach((x: number, i: number) =>
    assertAlmostEquals((decoded.data[i] + 1) / 2, x, 1e-5)
  );
});

Deno.test("with the residual a round trip is exact, without it the decoder speaks alone", async () => {
  for (const stochastic of ["residual", "none"] as const) {
    const file = writeModelFile({ autoencoder: { ...autoencoder, stochastic }, ...files });
    await using encoder = await member.load(file);
    const codes = await encoder.encode(images);
    const noise = await encoder.encodeStochastic(images, codes);
    const back = await encoder.render({ codes, noise });
    const error = Math.max(...back.data.map((x, i) => Math.abs(x - images.data[i])));
    assert(stochastic === "residual" ? error < 1e-5 : error > 0.1, `${stochastic}: ${error}`);
  }
});

Deno.test("from two files to a path", async () => {
  const { encoder, imageShape, codeSize } = await chain.done("importOnnx", IMPORT);
  assertEquals([imageShape, codeSize], [[1, 16, 16], 8]);
  const { codes } = await chain.done("encode", { dataset: "bars", encoder });
  const { probe } = await chain.done("trainProbe", { codes, probe: { logistic: {} } });
  const path = await chain.done("counterfactualPath", { dataset: "bars", probe, index: 0 });
  assertEquals(path.frames.length, 3);
});

Deno.test("importing says which names and shapes there are", async () => {
  const cases: [Record<string, unknown>, string][] = [
    [{ encoderOutput: "latent" }, 'expected the output "latent", it has code float32 [n, 8]'],
    [{ decoderInput: "z" }, 'expected the input "z", it has code float32 [n, 8]'],
    [{ decoder: "encoder.onnx" }, "takes shape [n, 1, 16, 16], current shape is [1, 8]"],
    [{ imageShape: [3, 16, 16] }, "expected imageShape to fill in what the encoder leaves free"],
    [{ encoder: "decoder.onnx" }, "expected an encoder of images [n, c, h, w]"],
    [{ encoder: "bars.npz" }, "Cannot"],
    [{ encoder: "elsewhere.onnx" }, "keeps tensors in other files"],
    [{ encoder: "hidden.onnx" }, "there is no field 536870925"],
    [{ encoder: "missing.onnx" }, 'Cannot find file "missing.onnx"'],
    [{ encoder: "../encoder.onnx" }, "inside a data folder"],
  ];
  for (const [options, text] of cases) {
    const job = await chain.run("importOnnx", { ...IMPORT, ...options });
    assertEquals(job.state, "failed", JSON.stringify(options));
    assert(job.error!.message.includes(text), job.error!.message);
  }
  assertEquals(chain.log, []);
  assertEquals(await chain.leftovers(), []);
});

/** A model whose only initializer, of the given fields, stands as deep in subgraphs as told. */
function modelWith(initializer: MessageWriter, depth: number): Uint8Array {
  let graph = new MessageWriter().bytes(5, initializer);
  for (let i = 0; i < depth; i++) {
    graph = new MessageWriter().bytes(
      1,
      new MessageWriter().bytes(5, new MessageWriter().bytes(6, graph)),
    );
  }
  return new MessageWriter().int(1, 8).bytes(7, graph).finish();
}

Deno.test("tensors in other files are refused, wherever the model hides them", async () => {
  const place = new MessageWriter().bytes(1, "location").bytes(2, "/etc/passwd");
  const tensors = [
    new MessageWriter().int(2, 1).bytes(13, place),
    new MessageWriter().int(2, 1).int(14, 1),
  ];
  for (const hidden of tensors) {
    for (const depth of [0, 1, 5]) {
      const open = () => ForeignNetwork.open(modelWith(hidden, depth), "encoder");
      await assertRejects(open, FormatError, "keeps tensors in other files");
    }
  }
  await assertRejects(
    () => ForeignNetwork.open(modelWith(new MessageWriter().int(2, 1), 70), "encoder"),
    FormatError,
    "nested",
  );
});

Deno.test("damaged files are refused as such", async () => {
  for (const cut of [1, 10, 100, 4000, files.encoder.length - 1]) {
    await assertRejects(
      () => ForeignNetwork.open(files.encoder.slice(0, cut), "encoder"),
      FormatError,
    );
  }
  await assertRejects(() => ForeignNetwork.open(new Uint8Array(0), "encoder"), FormatError);
  await assertRejects(
    () => member.load(writeModelFile({ autoencoder, ...files, encoder: new Uint8Array(8) })),
    FormatError,
  );
});

Deno.test("a decoder that gives another shape than the encoder takes is refused when it runs", async () => {
  await using encoder = await member.load(
    writeModelFile({ autoencoder: { ...autoencoder, imageShape: [1, 16, 8] }, ...files }),
  );
  const half = tensor([1, 1, 16, 8], new Float32Array(128));
  const noise = half;
  const codes = tensor([1, 8], new Float32Array(8));
  await assertRejects(
    () => encoder.render({ codes, noise }),
    FormatError,
    "expected [1, 1, 16, 8]",
  );
});

Deno.test("a range upside down is refused", async () => {
  await assertRejects(
    () => chain.jobs.submit("importOnnx", { ...IMPORT, imageRange: [1, 0] }),
    InputError,
  );
});
