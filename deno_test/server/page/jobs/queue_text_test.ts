/** Where a job stands in the queue. */

import { assertEquals } from "@std/assert";
import { queueText } from "../../../../server/page/jobs/queue_text.ts";

Deno.test("place, what is ahead and the time are told as far as they are known", () => {
  const ahead = [{ task: "trainEncoder" }, { task: "encode" }];
  assertEquals(
    queueText({ position: 2, ahead, secondsLeft: 250 }),
    "Waits for its turn: number 2 in the queue, behind trainEncoder, about 4 min 10 s",
  );
  assertEquals(
    queueText({ position: 1, ahead: [], secondsLeft: null }),
    "Waits for its turn: next in the queue",
  );
});
