/** How many threads a graph may take. */

import { assertEquals } from "@std/assert";
import { limitThreads } from "@countergrade/countergrade/engine";
import { allowedThreads } from "../../../core/graph/session_options.ts";
import { readWorkerFlags } from "../../../server/cli/worker_flags.ts";

Deno.test("a graph takes as many threads as it asks for, and no more than its process has", () => {
  assertEquals([allowedThreads(), allowedThreads(3)], [0, 3]);
  try {
    limitThreads(2);
    assertEquals([allowedThreads(), allowedThreads(1), allowedThreads(3)], [2, 1, 2]);
  } finally {
    limitThreads(0);
  }
  assertEquals(allowedThreads(3), 3);
});

Deno.test("a worker is told how many threads it has", () => {
  const flags = readWorkerFlags(["worker", "--workers", "4", "--threads", "2"]);
  assertEquals([flags?.workers, flags?.threads], [4, 2]);
  assertEquals(readWorkerFlags(["worker"])?.threads, undefined);
});
