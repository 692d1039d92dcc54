/** Models that want a file opened, in a working folder of files that none may read. */

import { FormatError } from "@countergrade/countergrade";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { openForeign } from "../../../../core/graph/foreign/foreign_session.ts";
import { readMessage, writeMessage } from "../../../../core/graph/onnx/messages.ts";
import { loadRuntime } from "../../../../core/graph/runtime.ts";
import { root } from "../../../source_files.ts";
import { MODELS } from "../onnx/models.ts";
import { ledAway } from "../onnx/mutations.ts";

/** What became of mutated models, each run in a process whose working folder is full of baits. */
async function fuzz(mode: string, count: number): Promise<Record<string, number>> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "bench/serving/onnx_fuzz.ts",
      "--no-trace",
      "--mode",
      mode,
      `--count=${count}`,
    ],
    cwd: root,
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertEquals(code, 0, text + new TextDecoder().decode(stderr));
  return JSON.parse(text);
}

Deno.test("of hundreds of hostile models none reads a file and none ends the process", async () => {
  const { crashed, leaked, refused, run } = await fuzz("checked", 400);
  assertEquals({ crashed, leaked }, { crashed: 0, leaked: 0 });
  // Neither are all refused, nor are all harmless.
  assert(refused > 200 && run > 20, `${refused} refused, ${run} run`);
});

Deno.test("the same models read files where they are handed over as they are", async () => {
  const { leaked } = await fuzz("naked", 400);
  assert(leaked > 0);
});

Deno.test("without the check, files are looked for where none can be", async () => {
  let refused = 0;
  for (const seed of [MODELS.linear, MODELS.branches]) {
    for (const form of ["short", "high"] as const) {
      for (const hidden of ledAway(seed, "LICENSE", form)) {
        const bytes = new Uint8Array(hidden);
        const open = () => openForeign({ bytes, inputs: [], outputs: [] }, "model");
        await assertRejects(open, FormatError, "nowhere");
        refused++;
      }
    }
  }
  assert(refused > 8, `${refused} models`);
});

Deno.test("bytes that look like onnxruntime's own format are read as ONNX", async () => {
  const linear = readMessage(MODELS.linear, "Model");
  const bytes = writeMessage({ ...linear, producerName: "ORTM" }, "Model");
  const { InferenceSession } = await loadRuntime();
  await assertRejects(() => InferenceSession.create(bytes), Error, "ORT model verification failed");
  const session = await openForeign({ bytes, inputs: [], outputs: [] }, "model");
  assertEquals(session.inputNames, ["x"]);
  await session.release();
});
