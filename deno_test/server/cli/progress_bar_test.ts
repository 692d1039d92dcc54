/** The progress bar: rate, time left, and how often it draws. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { duration, ProgressBar, progressLine } from "../../../server/cli/progress_bar.ts";

Deno.test("a line shows share, rate since the first step seen, time left and metrics", () => {
  assertEquals(
    progressLine({ step: 500, total: 1000, metrics: { loss: 0.012345 } }, 400, 10),
    "██████████░░░░░░░░░░ 50 %  500/1000  10/s  50 s left  loss 0.01235",
  );
  assertStringIncludes(progressLine({ step: 12, total: 100 }, 10, 10), "5.0 s/step");
  assertStringIncludes(
    progressLine({ step: 12, total: 100, imagesPerStep: 32 }, 10, 10),
    "6.4 images/s  7 min left",
  );
  assertStringIncludes(progressLine({ step: 0, total: 0 }, 0, 0), " 0 %  0/0");
  assertEquals(progressLine({ step: 1, total: 2, message: "x".repeat(200) }, 0, 1, 60).length, 60);
});

Deno.test("durations are in words", () => {
  assertEquals([4.2, 99, 150, 7500].map(duration), ["5 s", "99 s", "3 min", "2 h 5 min"]);
});

Deno.test("a terminal is redrawn at most ten times per second, a file gets a line per 10 s, the last always", () => {
  for (const [terminal, every] of [[true, 100], [false, 10_000]] as const) {
    let now = 0;
    let text = "";
    const stream = {
      isTerminal: () => terminal,
      writeSync(bytes: Uint8Array) {
        text += new TextDecoder().decode(bytes);
        return bytes.length;
      },
    };
    const bar = new ProgressBar(stream, () => now);
    for (let step = 1; step <= 21; step++, now += every / 10) bar.update({ step, total: 22 });
    bar.update({ step: 22, total: 22 });
    bar.end();
    assertEquals(text.match(/\d+\/22/g), ["1/22", "11/22", "21/22", "22/22"]);
    assertEquals(text.includes("\r"), terminal);
    assertEquals(text.endsWith("\n"), true);
  }
});
