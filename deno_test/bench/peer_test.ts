/** What the measurements rest on: taking turns, honest comparison, and skipping where there is no PyTorch. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Random } from "@countergrade/countergrade";
import { parseDaeConfig, PRESETS } from "@countergrade/countergrade/engine";
import { expectEqual, lively } from "../../bench/peer/equality.ts";
import { comparison, interleaved, quantile } from "../../bench/peer/interleave.ts";
import { root } from "../source_files.ts";

Deno.test("interleaved() takes turns, and the order changes from round to round", async () => {
  const order: string[] = [];
  const side = (name: string) => () => Promise.resolve(order.push(name));
  const times = await interleaved(2, { ours: side("ours"), peer: side("peer") });
  assertEquals(order, ["ours", "peer", "peer", "ours"]);
  assertEquals(times, { ours: [1, 4], peer: [2, 3] });
});

Deno.test("quantile() interpolates, and takes values in any order", () => {
  assertEquals(quantile([3, 1, 2], 0.5), 2);
  assertEquals(quantile([4, 1, 2, 3], 0.5), 2.5);
  assertEquals(quantile([5, 7], 1), 7);
});

Deno.test("comparison() divides our median by the peer's", () => {
  assertEquals(comparison({ ours: [1, 9, 2], peer: [4, 4, 100] }).ratio, 0.5);
});

Deno.test("expectEqual() accepts rounding, and nothing that proves nothing", () => {
  assertEquals(expectEqual("x", [1, 2], [1, 2], 1e-4), 0);
  assert(expectEqual("x", [1, 2.00002], [1, 2], 1e-4) > 0);
  assertThrows(() => expectEqual("x", [1, 2.1], [1, 2], 1e-4), Error, "differs");
  assertThrows(() => expectEqual("x", [0, 0], [0, 0], 1e-4), Error, "all below");
  assertThrows(() => expectEqual("x", [NaN, 2], [1, 2], 1e-4), Error, "differs");
  assertThrows(() => expectEqual("x", [1], [1, 2], 1e-4), Error, "1 values");
});

Deno.test("lively() weights leave no parameter at zero", () => {
  const weights = lively(parseDaeConfig(PRESETS.tiny64), new Random(1));
  const silent = [...weights].filter(([, { data }]) => data.every((value) => value === 0));
  assertEquals(silent, []);
});

Deno.test("without Python the comparison is skipped with a message", async () => {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-lock", "bench/engine/engine.ts"],
    cwd: root,
    env: { PATH: "" },
    stderr: "inherit",
  }).output();
  assertEquals(code, 0);
  assertStringIncludes(new TextDecoder().decode(stdout), "Skipped: PyTorch cannot be imported");
});
