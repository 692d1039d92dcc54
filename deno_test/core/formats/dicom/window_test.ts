/** Windows: which values they show black, white and between, by PS3.3 C.11.2.1. */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { LookupTable } from "../../../../core/formats/dicom/lookup.ts";
import {
  byRange,
  byTable,
  byWindow,
  edgesOf,
  extremesOf,
} from "../../../../core/formats/dicom/window.ts";

Deno.test("a linear window is as in the standard: half a step off, and one step narrower", () => {
  // C.11.2.1.2.1, note 2: center 2048 and width 4096 show 0 black and 4095 white.
  const whole = byWindow({ center: 2048, width: 4096 });
  assertEquals([whole(-1), whole(0), whole(4095), whole(4096)], [-1, -1, 1, 1]);
  assertAlmostEquals(whole(1), -1 + 2 / 4095, 1e-12);
  assertAlmostEquals(whole(2047.5), 0, 1e-12);
  // A width of 1 is a threshold.
  const sharp = byWindow({ center: 2048, width: 1, function: "LINEAR" });
  assertEquals([sharp(2047.5), sharp(2047.6)], [-1, 1]);
});

Deno.test("an exact window has its edges where it says, a sigmoid none", () => {
  const exact = byWindow({ center: 10, width: 4, function: "LINEAR_EXACT" });
  assertEquals([7, 8, 9, 10, 12, 13].map(exact), [-1, -1, -0.5, 0, 1, 1]);
  assertEquals(edgesOf({ center: 10, width: 4 }), [8, 12]);
  const soft = byWindow({ center: 10, width: 4, function: "SIGMOID" });
  assertEquals(soft(10), 0);
  assertAlmostEquals(soft(12), 2 / (1 + Math.exp(-2)) - 1, 1e-12);
  assertAlmostEquals(soft(9), -soft(11), 1e-12);
});

Deno.test("a range goes from the least to the greatest number that counts", () => {
  const data = Float32Array.of(3, -5, NaN, 7, Infinity, 90, -90);
  const mask = Uint8Array.of(0, 0, 0, 0, 0, 1, 1);
  assertEquals(extremesOf(data, mask), [-5, 7]);
  assertEquals(extremesOf(data), [-90, 90]);
  const shown = byRange(data, mask);
  assertEquals([-90, -5, 1, 7, 90, NaN].map(shown), [-1, -1, 0, 1, 1, -1]);
  assertEquals(byRange(Float32Array.of(4, 4))(4), -1);
});

Deno.test("a table tells each value, those beyond its ends as the ends", () => {
  const table: LookupTable = { first: 10, entries: Uint16Array.of(0, 51, 255), bits: 8 };
  const shown = byTable(table);
  assertEquals([0, 10, 12, 99].map(shown), [-1, -1, 1, 1]);
  assertAlmostEquals(shown(11), 2 * 51 / 255 - 1, 1e-12);
});
