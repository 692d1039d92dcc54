/** Sources: bytes in memory and files, read in parts. */

import { bytesSource, FileSource, FormatError, tensor } from "@countergrade/countergrade";
import {
  openSafetensors,
  openTorchCheckpoint,
  openZip,
  writeSafetensors,
} from "@countergrade/countergrade/formats";
import { writeZip } from "../../core/formats/zip.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  call,
  checkpoint,
  global,
  persistent,
  torchTensor,
  tuple,
} from "./formats/pickle/writer.ts";
import { counting } from "./counting_source.ts";

async function withFile(bytes: Uint8Array, use: (file: FileSource) => void | Promise<void>) {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    using file = await FileSource.open(path);
    await use(file);
  } finally {
    await Deno.remove(path);
  }
}

const floats = { type: "FloatStorage", key: "0", elements: 6 };
const six = Float32Array.of(1, 2, 3, 4, 5, 6);

Deno.test("a file and its bytes read the same from any place", async () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i);
  await withFile(bytes, (file) => {
    const memory = bytesSource(bytes);
    assertEquals(file.size, memory.size);
    for (const [start, end] of [[0, 0], [0, 1000], [999, 1000], [300, 400], [10, 20]]) {
      assertEquals(file.read(start, end), memory.read(start, end));
    }
    for (const source of [file, memory]) {
      for (const [start, end] of [[-1, 3], [5, 4], [0, 1001], [NaN, 4], [2 ** 53, 2 ** 53 + 2]]) {
        assertThrows(() => source.read(start, end), FormatError, "there are 1000");
      }
    }
  });
});

Deno.test("a folder is no file", async () => {
  const folder = await Deno.makeTempDir();
  await assertRejects(() => FileSource.open(folder), FormatError, "not a folder");
  await Deno.remove(folder);
});

Deno.test("a file that was cut while open is a FormatError", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, new Uint8Array(100));
  using file = await FileSource.open(path);
  await Deno.truncate(path, 50);
  assertThrows(() => file.read(0, 100), FormatError, "cut");
  await Deno.remove(path);
});

Deno.test("of an archive only the directory and what is asked for is read", async () => {
  const files = new Map(
    ["a", "b", "c"].map((name, i) => [name, new Uint8Array(200_000).fill(i)]),
  );
  await withFile(writeZip(files), (file) => {
    const source = counting(file);
    const archive = openZip(source);
    assertEquals(archive.names, ["a", "b", "c"]);
    assertEquals([archive.sizeOf("b"), archive.sizeOf("d")], [200_000, undefined]);
    assert(source.bytesRead < 70_000, `${source.bytesRead} bytes for the directory`);
    source.reset();
    assertEquals(archive.get("b"), files.get("b"));
    assert(source.bytesRead < 200_100);
  });
});

Deno.test("tensors of a checkpoint are read when they are asked for", () => {
  const large = new Float32Array(100_000).fill(2);
  const shared = { type: "FloatStorage", key: "1", elements: large.length };
  const source = counting(bytesSource(checkpoint({
    state_dict: {
      small: torchTensor(floats, 0, [6], [1]),
      first: torchTensor(shared, 0, [10], [1]),
      second: torchTensor(shared, 99_990, [10], [1]),
    },
    optimizer_states: [torchTensor(floats, 0, [2], [3])],
  }, { "0": six, "1": large })));
  const { tensors, other } = openTorchCheckpoint(source);
  assertEquals([...tensors.keys()], ["small", "first", "second"]);
  assertEquals(tensors.get("second")!.shape, [10]);
  source.reset();
  assertEquals(tensors.get("small")!.read(), tensor([6], six));
  assert(source.bytesRead < 200);
  assertEquals(tensors.get("first")!.read(), tensor([10], large.subarray(0, 10)));
  assertEquals(tensors.get("second")!.read(), tensor([10], large.subarray(0, 10)));
  assert(source.bytesRead < 400_300, `${source.bytesRead} bytes for a storage of 400,000`);
  const [stored] = other().optimizer_states as { read(): unknown }[];
  assertEquals(stored.read(), tensor([2], [1, 4]));
});

Deno.test("shared storages are read once, in whatever order their tensors are", () => {
  const large = new Float32Array(400_000);
  const window = (key: string) =>
    torchTensor({ type: "FloatStorage", key, elements: large.length }, 0, [1], [1]);
  const names = Array.from({ length: 60 }, (_, i) => [`t${i}`, window(String(i % 2))]);
  const source = counting(
    bytesSource(checkpoint({ state_dict: Object.fromEntries(names) }, { "0": large, "1": large })),
  );
  const { tensors } = openTorchCheckpoint(source);
  source.reset();
  for (const stored of tensors.values()) stored.read();
  assert(source.bytesRead < 2 * large.byteLength + 1000, `${source.bytesRead} bytes`);
  // A reader that comes back for more has to stop somewhere.
  const again = () => {
    for (let i = 0; i < 100; i++) for (const stored of tensors.values()) stored.read();
  };
  assertThrows(again, FormatError, "far more");
});

Deno.test("a parameter with attributes of its own is a tensor", () => {
  const rebuilt = call(
    global("torch._tensor", "_rebuild_from_type_v2"),
    global("torch._utils", "_rebuild_tensor_v2"),
    global("torch.nn.parameter", "Parameter"),
    tuple(
      persistent("storage", global("torch", "FloatStorage"), "0", "cpu", 6),
      0,
      tuple(6),
      tuple(1),
      false,
      call(global("collections", "OrderedDict")),
    ),
    {},
  );
  const { tensors } = openTorchCheckpoint(bytesSource(checkpoint({ w: rebuilt }, { "0": six })));
  assertEquals(tensors.get("w")!.read(), tensor([6], six));
  const endless = call(
    global("torch._tensor", "_rebuild_from_type_v2"),
    global("torch._tensor", "_rebuild_from_type_v2"),
    global("a", "B"),
    [],
    {},
  );
  assertThrows(
    () => openTorchCheckpoint(bytesSource(checkpoint({ w: endless }))),
    FormatError,
    "rebuilds a tensor",
  );
});

Deno.test("formats of PyTorch before 1.6 are named", () => {
  const old = Uint8Array.from([
    0x80,
    2,
    0x8a,
    10,
    0x6c,
    0xfc,
    0x9c,
    0x46,
    0xf9,
    0x20,
    0x6a,
    0xa8,
    0x50,
    0x19,
    0x2e,
  ]);
  assertThrows(() => openTorchCheckpoint(bytesSource(old)), FormatError, "before 1.6 (no zip");
  const tar = new Uint8Array(512);
  tar.set(new TextEncoder().encode("ustar"), 257);
  assertThrows(() => openTorchCheckpoint(bytesSource(tar)), FormatError, "before 1.6 (a tar");
});

Deno.test("safetensors are read and written one tensor at a time", () => {
  const file = writeSafetensors({
    a: tensor([1000], new Float32Array(1000)),
    b: tensor([2], [1, 2]),
  });
  const source = counting(bytesSource(file));
  const { tensors } = openSafetensors(source);
  source.reset();
  assertEquals(tensors.get("b")!.read(), tensor([2], [1, 2]));
  assertEquals(source.bytesRead, 8);
  assertEquals(writeSafetensors(tensors), file);
  const wrong = { shape: [3], read: () => tensor([2], [1, 2]) };
  assertThrows(() => writeSafetensors({ wrong }), TypeError, "expected 3 elements");
});
