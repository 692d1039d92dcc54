/** Jobs and artifacts that mean nothing, for stores to keep. */

import type { Artifact } from "@countergrade/countergrade";
import type { NewJob } from "@countergrade/countergrade/jobs";

/** A job of which only the key and the task matter. */
export function work(key: string, task = "encode"): NewJob {
  return { task, options: { a: 1 }, seed: 3, key };
}

/** An artifact without files; its kind stands before the dash. */
export function artifactOf(id: string): Artifact {
  return {
    id,
    kind: id.split("-")[0],
    createdAt: "2026-01-01T00:00:00.000Z",
    files: { "codes.safetensors": "0".repeat(64) + ".safetensors" },
    metadata: { size: 4 },
    provenance: { task: "encode", plugins: [], options: {}, seed: 0, inputs: ["encoder-1"] },
  };
}
