/** Safetensors in several files: as one, wherever a read begins and ends. */

import { bytesSource, FormatError, tensor } from "@countergrade/countergrade";
import {
  isShardIndex,
  joinedShards,
  openSafetensors,
  shardsOf,
  writeSafetensors,
} from "@countergrade/countergrade/formats";
import { assertEquals, assertThrows } from "@std/assert";

const parts = [
  writeSafetensors({ b: tensor([2], [1, 2]), a: tensor([1], [3]) }, { format: "pt" }),
  writeSafetensors({ c: tensor([2, 1], [4, 5]) }),
];
const source = (value: unknown) =>
  bytesSource(new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)));

Deno.test("an index names its files, each once; files elsewhere are refused", () => {
  const weight_map = { a: "m-1.safetensors", b: "m-1.safetensors", c: "m-2.safetensors" };
  assertEquals(shardsOf(source({ weight_map })), ["m-1.safetensors", "m-2.safetensors"]);
  assertEquals(isShardIndex("deep/model.safetensors.index.json"), true);
  assertEquals(isShardIndex("model.safetensors"), false);
  for (
    const odd of [
      "{",
      {},
      { weight_map: {} },
      { weight_map: { a: "../m.safetensors" } },
      { weight_map: { a: "x/m.safetensors" } },
      { weight_map: { a: 3 } },
    ]
  ) assertThrows(() => shardsOf(source(odd)), FormatError, "Cannot read the index");
});

Deno.test("several files are read as one", () => {
  const joined = joinedShards(parts.map(bytesSource));
  const { tensors } = openSafetensors(joined);
  assertEquals(Object.fromEntries([...tensors].map(([name, one]) => [name, one.read()])), {
    a: tensor([1], [3]),
    b: tensor([2], [1, 2]),
    c: tensor([2, 1], [4, 5]),
  });
  const whole = joined.read(0, joined.size);
  for (let start = 0; start < joined.size; start += 7) {
    assertEquals(joined.read(start, joined.size), whole.slice(start));
  }
});

Deno.test("files that share a name, are cut off or are none are refused", () => {
  for (
    const odd of [
      [parts[0], parts[0]],
      [parts[0], parts[1].slice(0, 7)],
      [parts[0], parts[1].slice(0, 20)],
      [new TextEncoder().encode("not safetensors")],
    ]
  ) assertThrows(() => openSafetensors(joinedShards(odd.map(bytesSource))), FormatError);
});
