/**
 * Makes hostile ONNX models by seeds and opens and runs what is accepted, in a working folder full of baits:
 * `run_models.ts MODE FROM COUNT SEED PLACE`. Before each model its number and what became of those before are written to the
 * file PLACE, for models that end the process, or never come to an end themselves: a loop may run 2⁵⁷ times.
 *
 * MODE `checked` is how the program opens models; `confined` leaves out the reading and writing anew, and `naked` the
 * confinement too, as controls.
 */

import { FormatError, Random } from "@countergrade/countergrade";
import type { InferenceSession } from "onnxruntime-node";
import { openForeign } from "../../core/graph/foreign/foreign_session.ts";
import { readOnnxModel } from "../../core/graph/onnx/model.ts";
import { loadRuntime } from "../../core/graph/runtime.ts";
import { MODELS } from "../../deno_test/core/graph/onnx/models.ts";
import { hostileModel } from "../../deno_test/core/graph/onnx/mutations.ts";
import { BAITS, SECRET } from "./baits.ts";

const [mode, from, count, seed, place] = Deno.args;
const ort = await loadRuntime();
const seeds = Object.values(MODELS);
/** What became of the models. `leaked` ones gave numbers that stand in a bait only. */
const counts = { refused: 0, "not compiled": 0, "not run": 0, run: 0, leaked: 0 };

// While native code runs, this thread sees no timer.
const watchdog = new Worker(new URL("./watchdog.ts", import.meta.url), { type: "module" });
watchdog.postMessage(place);

const OPEN: Record<string, (bytes: Uint8Array<ArrayBuffer>) => Promise<InferenceSession>> = {
  checked: (bytes) => openForeign({ bytes, inputs: [], outputs: [] }, "model"),
  confined: (bytes) => openForeign({ bytes, inputs: [], outputs: [] }, "model"),
  naked: (bytes) => ort.InferenceSession.create(bytes, { logSeverityLevel: 4 }),
};

for (let i = Number(from); i < Number(from) + Number(count); i++) {
  note(i);
  const random = new Random(`${seed}/${i}`);
  const hostile = hostileModel(seeds[i % seeds.length], random, BAITS);
  counts[await fate(hostile)]++;
}
note(Number(from) + Number(count));
Deno.exit();

function note(at: number): void {
  Deno.writeTextFileSync(place, JSON.stringify({ at, counts }));
}

async function fate(hostile: Uint8Array): Promise<keyof typeof counts> {
  let bytes = new Uint8Array(hostile);
  try {
    if (mode === "checked") bytes = readOnnxModel(hostile).bytes;
  } catch (error) {
    if (error instanceof FormatError) return "refused";
    throw error;
  }
  let session: InferenceSession;
  try {
    session = await OPEN[mode](bytes);
  } catch (error) {
    // Anything else than the runtime's own refusal is a fault of ours.
    if (mode === "naked" || error instanceof FormatError) return "not compiled";
    throw error;
  }
  try {
    return await leaks(session) ? "leaked" : "run";
  } catch {
    return "not run";
  } finally {
    await session.release();
  }
}

/** Whether a model that is run on ones tells what stands in a bait. */
async function leaks(session: InferenceSession): Promise<boolean> {
  const x = new ort.Tensor("float32", new Float32Array(3).fill(1), [1, 3]);
  const results = await session.run(
    Object.fromEntries(session.inputNames.map((name) => [name, x])),
  );
  return Object.values(results).some(({ data }) =>
    data instanceof Float32Array && data.includes(SECRET)
  );
}
