/** A PyTorch checkpoint against what the reference computed from it. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  FormatError,
  Host,
  type JobContext,
  NotFoundError,
  tasks,
} from "@countergrade/countergrade";
import { readTorchCheckpoint } from "../../../core/formats/torch_checkpoint.ts";
import { daeEncoder } from "../../../plugins/encoders/dae/mod.ts";

const folder = new URL("../../../../shared/reference/", import.meta.url);
const present = await Deno.stat(folder).then(() => true, () => false);
if (!present) {
  console.warn("The reference outputs are absent: verifyEncoder is not compared with PyTorch");
}

async function verify(checkpoint: string, reference: string) {
  await using host = await Host.boot([daeEncoder], { roots: [], trusted: true });
  const task = host.member(tasks, "verifyEncoder");
  const job = { host, signal: new AbortController().signal, emit() {} } as unknown as JobContext;
  return await task.run(task.options(host).parse({ checkpoint, reference }), job);
}

const CHECKPOINT = new URL("tiny_gray32.ckpt", folder).pathname;
const REFERENCE = new URL("tiny_gray32.npz", folder).pathname;

Deno.test({
  name: "verifyEncoder agrees with the PyTorch reference and takes the averaged weights",
  ignore: !present,
  async fn() {
    const result = await verify(CHECKPOINT, REFERENCE);
    const limits = { z: 1e-4, eps: 1e-4, xT: 1e-3, rec: 1e-3, edit: 1e-3 };
    for (const [name, limit] of Object.entries(limits)) {
      assert(result[name].maxRel < limit, `${name}: ${result[name].maxRel}`);
    }
    assertEquals(result.weights, "averaged (EMA)");
    const { tensors } = readTorchCheckpoint(await Deno.readFile(CHECKPOINT));
    const stored = [...tensors].filter(([name]) => name.startsWith("ema_model."));
    assertEquals(result.parameters, stored.reduce((sum, [, { data }]) => sum + data.length, 0));
  },
});

Deno.test({
  name: "verifyEncoder refuses a truncated checkpoint, a foreign file and a missing one",
  ignore: !present,
  async fn() {
    const bytes = await Deno.readFile(CHECKPOINT);
    const path = await Deno.makeTempFile({ suffix: ".ckpt" });
    try {
      await Deno.writeFile(path, bytes.subarray(0, bytes.length / 2));
      await assertRejects(() => verify(path, REFERENCE), FormatError);
      await assertRejects(() => verify(REFERENCE, REFERENCE), FormatError);
      await assertRejects(() => verify(`${path}.none`, REFERENCE), NotFoundError);
    } finally {
      await Deno.remove(path);
    }
  },
});
