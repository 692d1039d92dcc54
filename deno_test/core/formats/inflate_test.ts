/** Deflated bytes: the same as were packed, and no more than asked for. */

import { inflate, mostInflated } from "../../../core/formats/inflate.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { deflateRawSync, deflateSync } from "node:zlib";

const packers = [
  { name: "zlib", raw: false, pack: deflateSync },
  { name: "raw", raw: true, pack: deflateRawSync },
] as const;

for (const { name, raw, pack } of packers) {
  Deno.test(`inflate() gives back what was packed as ${name}, of any length`, () => {
    for (const length of [0, 1, 63, 64, 65, 1000, 65_536, 100_001]) {
      const bytes = new Uint8Array(length).map((_, i) => (i * i) >> 3);
      const packed = pack(bytes);
      assert(length <= mostInflated(packed.length));
      assertEquals(inflate(packed, length, { raw }), bytes);
      assertEquals(inflate(packed, length + 100, { raw }), bytes);
    }
  });

  Deno.test(`inflate() refuses one byte too many, and damage, of ${name}`, () => {
    const packed = pack(new Uint8Array(1000));
    for (const most of [0, 1, 63, 64, 999]) {
      assertThrows(() => inflate(packed, most, { raw }), RangeError);
    }
    for (const damaged of [packed.subarray(0, 8), new Uint8Array(9).fill(0x77)]) {
      const error = assertThrows(() => inflate(damaged, 1000, { raw }), Error);
      assert(!(error instanceof RangeError));
    }
  });
}
