/** PyTorch checkpoints: a real one, every element type and layout, and files made to hurt. */

import { bytesSource, FormatError, tensor } from "@countergrade/countergrade";
import { openNpz, openTorchCheckpoint } from "@countergrade/countergrade/formats";
import { readTorchCheckpoint } from "../../../core/formats/torch_checkpoint.ts";
import { PickledObject, plainOf } from "../../../core/formats/pickle/values.ts";
import { writeZip } from "../../../core/formats/zip.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { zipSync } from "fflate";
import {
  build,
  call,
  checkpoint,
  global,
  Instructions,
  pickle,
  torchTensor,
} from "./pickle/writer.ts";

const reference = new URL("../../../../shared/reference/", import.meta.url);
const hasReference = await Deno.stat(reference).then(() => true, () => false);

const floats = { type: "FloatStorage", key: "0", elements: 6 };
const six = Float32Array.of(1, 2, 3, 4, 5, 6);

Deno.test({
  name: "checkpoint: the reference's own file",
  ignore: !hasReference,
  fn() {
    const bytes = Deno.readFileSync(new URL("tiny_gray32.ckpt", reference));
    const { tensors, hyperParameters, other } = readTorchCheckpoint(bytes);
    // 294 parameters, once as trained and once averaged, and x_T.
    assertEquals(tensors.size, 2 * 294 + 1);
    assertEquals(tensors.get("x_T")?.shape[1], 1);
    assertEquals(hyperParameters.net_ch_mult, [1, 2]);
    assertEquals(hyperParameters.net_enc_attn, null);
    assertEquals(other.global_step, 1234);
    assert(tensors.values().every(({ data }) => data.buffer === bytes.buffer), "expected views");

    // After six steps of Adam at 1e-4 the weights have moved by 6e-4 at most, so these are the right numbers.
    const after = openNpz(Deno.readFileSync(new URL("tiny_gray32_train.npz", reference)));
    const names = after.names.filter((name) => name.startsWith("after/"));
    assertEquals(names.length, 3);
    for (const name of names) {
      const stored = tensors.get(`model.${name.slice("after/".length)}`)!;
      const { data, shape } = after.get(name);
      assertEquals(stored.shape, [...shape]);
      data.forEach((value, i) => assertAlmostEquals(stored.data[i], value, 7e-4));
    }
  },
});

Deno.test("checkpoint: shapes, strides and offsets are honored", () => {
  const bytes = checkpoint({
    state_dict: {
      plain: torchTensor(floats, 0, [2, 3], [3, 1]),
      transposed: torchTensor(floats, 0, [3, 2], [1, 3]),
      column: torchTensor(floats, 1, [2], [3]),
      window: torchTensor(floats, 2, [2], [1]),
      scalar: torchTensor(floats, 5, [], []),
      expanded: torchTensor(floats, 0, [2, 2], [0, 1]),
      nothing: torchTensor(floats, 6, [0, 3], [3, 1]),
      parameter: call(
        global("torch._utils", "_rebuild_parameter"),
        torchTensor(floats, 0, [1], [1]),
        true,
        call(global("collections", "OrderedDict")),
      ),
    },
  }, { "0": six });
  const { tensors } = readTorchCheckpoint(bytes);
  assertEquals(Object.fromEntries(tensors), {
    plain: tensor([2, 3], six),
    transposed: tensor([3, 2], [1, 4, 2, 5, 3, 6]),
    column: tensor([2], [2, 5]),
    window: tensor([2], [3, 4]),
    scalar: tensor([], [6]),
    expanded: tensor([2, 2], [1, 2, 1, 2]),
    nothing: tensor([0, 3], []),
    parameter: tensor([1], [1]),
  });
});

Deno.test("checkpoint: every element type becomes float32", () => {
  const stored: [string, ArrayBufferView][] = [
    ["DoubleStorage", Float64Array.of(1, -2)],
    ["HalfStorage", Float16Array.of(1, -2)],
    ["BFloat16Storage", Uint16Array.of(0x3f80, 0xc000)],
    ["LongStorage", BigInt64Array.of(1n, -2n)],
    ["IntStorage", Int32Array.of(1, -2)],
    ["ShortStorage", Int16Array.of(1, -2)],
    ["CharStorage", Int8Array.of(1, -2)],
  ];
  for (const [type, data] of stored) {
    const t = torchTensor({ type, key: "k", elements: 2 }, 0, [2], [1]);
    const { tensors } = readTorchCheckpoint(checkpoint({ state_dict: { t } }, { k: data }));
    assertEquals(tensors.get("t"), tensor([2], [1, -2]), type);
  }
});

Deno.test("checkpoint: a bare state_dict, deflated, with nested names", () => {
  const top = { a: { b: torchTensor(floats, 0, [6], [1]) } };
  const bytes = zipSync({
    "archive/data.pkl": pickle(top),
    "archive/data/0": new Uint8Array(six.buffer),
    "archive/byteorder": new TextEncoder().encode("little"),
  });
  const { tensors, hyperParameters, other } = readTorchCheckpoint(bytes);
  assertEquals(tensors.get("a.b"), tensor([6], six));
  assertEquals([hyperParameters, other], [{}, {}]);
});

Deno.test("checkpoint: foreign hyper-parameters are data, tensors elsewhere are tensors", () => {
  const config = build(
    new Instructions([...global("diffae.config", "TrainConfig").bytes, 0x29, 0x81]),
    { batch: 4 },
  );
  const bytes = checkpoint({
    state_dict: {},
    hyper_parameters: { conf: config },
    optimizer_states: [{ exp_avg: torchTensor(floats, 0, [6], [1]) }],
  }, { "0": six });
  const { hyperParameters, other } = readTorchCheckpoint(bytes);
  assertEquals(hyperParameters, {
    conf: { $class: "diffae.config.TrainConfig", args: [], state: { batch: 4 } },
  });
  assertEquals<unknown>(other.optimizer_states, [{ exp_avg: tensor([6], six) }]);
});

Deno.test("checkpoint: a tensor of a type that is not read matters only when it is taken", () => {
  const bytes = checkpoint({
    state_dict: {
      t: torchTensor(floats, 0, [6], [1]),
      quantized: torchTensor({ type: "QInt8Storage", key: "1", elements: 3 }, 0, [3], [1]),
      other: call(global("torch._utils", "_rebuild_qtensor"), 1),
    },
  }, { "0": six, "1": new Uint8Array(3) });
  const { tensors } = openTorchCheckpoint(bytesSource(bytes));
  assertEquals([...tensors.keys()], ["t", "quantized"]);
  assertEquals(tensors.get("t")!.read(), tensor([6], six));
  assertThrows(() => tensors.get("quantized")!.read(), FormatError, "torch.QInt8Storage");
});

Deno.test("checkpoint: objects that know their whole, and names of Python's own types, are data", () => {
  const node = build(
    new Instructions([...global("omegaconf", "Node").bytes, 0x29, 0x81]),
    { kind: global("builtins", "int"), value: 4 },
  );
  const { hyperParameters } = readTorchCheckpoint(
    checkpoint({ state_dict: {}, hyper_parameters: { heads: node } }),
  );
  assertEquals(hyperParameters.heads, {
    $class: "omegaconf.Node",
    args: [],
    state: { kind: { $class: "builtins.int" }, value: 4 },
  });
  const whole = new PickledObject("Whole", []);
  whole.state = new Map<string, unknown>([["part", new Map([["parent", whole]])]]);
  assertEquals(plainOf(whole), {
    $class: "Whole",
    args: [],
    state: { part: { parent: { $class: "Whole" } } },
  });
});

Deno.test("checkpoint: a file without checksums is read on request only", () => {
  const bytes = checkpoint({ state_dict: { t: torchTensor(floats, 0, [6], [1]) } }, { "0": six });
  const at = bytes.findIndex((_, i) => bytes[i] === 0x80 && bytes[i + 1] === 0x3f);
  const damaged = bytes.with(at, 0x81);
  assertThrows(() => readTorchCheckpoint(damaged), FormatError, "checksum");
  const { tensors } = readTorchCheckpoint(damaged, { checksum: false });
  assert(tensors.get("t")!.data[0] !== 1);
});

Deno.test("checkpoint: damage is a FormatError that says what is wrong", async (t) => {
  const withTensor = (tensor: Instructions, data: ArrayBufferView = six) =>
    checkpoint({ state_dict: { t: tensor } }, { "0": data });
  const many = Object.fromEntries(
    Array.from({ length: 50 }, (_, i) => [`t${i}`, torchTensor(floats, 0, [1000, 1000], [0, 0])]),
  );
  const cases: [string, Uint8Array, string][] = [
    ["no archive", pickle({}), "no directory"],
    ["no pickle", writeZip(new Map([["a.npy", six as unknown as Uint8Array]])), "one data.pkl"],
    ["not a dict", checkpoint([1]), "expected a dict"],
    ["a whole module", checkpoint(call(global("models", "Net"))), "not a whole module; in PyTorch"],
    ["a module in a dict", checkpoint({ model: call(global("a", "Net")) }), '"model" is a a.Net'],
    ["os.system", checkpoint({ a: call(global("os", "system"), "true") }), "os.system"],
    [
      "foreign tensor",
      withTensor(call(global("a", "B"))),
      '"t" is a a.B, not a dict of tensors; in PyTorch save',
    ],
    [
      "storage missing",
      checkpoint({ t: torchTensor(floats, 0, [6], [1]) }),
      'no entry "test/data/0"',
    ],
    [
      "storage too short",
      withTensor(torchTensor(floats, 0, [1], [1]), six.subarray(1)),
      "20 bytes",
    ],
    ["beyond the storage", withTensor(torchTensor(floats, 1, [6], [1])), "needs 7 elements"],
    [
      "far beyond",
      withTensor(torchTensor(floats, 0, [2 ** 30, 2 ** 30], [1, 1])),
      "a tensor of shape",
    ],
    ["negative offset", withTensor(torchTensor(floats, -1, [1], [1])), "description"],
    ["negative stride", withTensor(torchTensor(floats, 5, [6], [-1])), "description"],
    ["ranks differ", withTensor(torchTensor(floats, 0, [6], [])), "description"],
    [
      "unknown type",
      withTensor(torchTensor({ ...floats, type: "QInt8Storage" }, 0, [6], [1])),
      "QInt8",
    ],
    ["memory bomb", checkpoint({ state_dict: many }, { "0": six }), "far more memory"],
    [
      "big-endian",
      writeZip(
        new Map([["data.pkl", pickle({})], ["byteorder", new TextEncoder().encode("big")]]),
      ),
      "little-endian",
    ],
  ];
  for (const [name, bytes, message] of cases) {
    await t.step(name, () => {
      assertThrows(() => readTorchCheckpoint(bytes), FormatError, message);
    });
  }
});

Deno.test("checkpoint: no flipped or missing byte causes anything but a FormatError", () => {
  const bytes = checkpoint({
    epoch: 1,
    state_dict: { w: torchTensor(floats, 0, [3, 2], [1, 3]) },
    hyper_parameters: { lr: 0.5, kind: call(global("a.b", "Kind"), "x") },
  }, { "0": six });
  const noThrow = (damaged: Uint8Array, checksum: boolean) => {
    try {
      readTorchCheckpoint(damaged, { checksum });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  };
  for (let length = 0; length < bytes.length; length++) {
    assertThrows(() => readTorchCheckpoint(bytes.slice(0, length)), FormatError);
  }
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (changes, checksum) => {
        const damaged = bytes.slice();
        for (const [at, value] of changes) damaged[at] = value;
        noThrow(damaged, checksum);
      },
    ),
    { numRuns: 4000 },
  );
});
