/** Which values are black and white: what is asked for, what is told, and when a warning helps. */

import { FormatError } from "@countergrade/countergrade";
import { encode } from "@countergrade/countergrade/formats";
import {
  fitPicture,
  openFitted,
  openPicture,
  ownImage,
  ownImageMetadata,
  readPicture,
  valueRangeOf,
  valueRangeText,
} from "@countergrade/countergrade/images";
import { assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { dicomFile } from "../formats/dicom/writer.ts";

/** 12 bits in 16: 0, 10, … 4090. */
const deep = encode(Uint16Array.from({ length: 400 }, (_, i) => 10 * i), 20, 20, {
  color: "gray",
  depth: 16,
});

function assertNear(found: ArrayLike<number>, expected: readonly number[]) {
  expected.forEach((y, i) => assertAlmostEquals(found[i], y, 1e-3, `pixel ${i}`));
}

Deno.test("values that fill a small part of their type are told, and an intensity shows them", async () => {
  const plain = await openPicture(deep);
  assertEquals(plain.taken, undefined);
  assertStringIncludes(plain.warning!, "0 to 3990, fill 6 % of 0 to 65535");
  const window = valueRangeOf("window 1000 2000");
  const seen = await openPicture(deep, { intensity: window });
  assertEquals([seen.taken, seen.warning], ["window 1000/2000", undefined]);
  assertNear(seen.images.data, [-1, -0.99, -0.98]);
  assertNear(seen.images.data.subarray(100), [0, 0.01]);
  assertEquals(seen.images.data[399], 1);
  const spread = await openPicture(deep, { intensity: valueRangeOf("percentiles 25 75") });
  assertEquals(spread.taken, "percentiles 25 to 75");
  assertNear(spread.images.data.subarray(99), [-1, -0.9975]);
  assertNear(spread.images.data.subarray(199), [-0.005, 0.005]);
  assertEquals((await openPicture(deep, { intensity: { kind: "full" } })).warning, undefined);
});

Deno.test("pictures of 8 bits and such as fill theirs are not warned about", async () => {
  const faint = encode(Uint8Array.from({ length: 4 }, (_, i) => i), 2, 2, { color: "gray" });
  assertEquals((await openPicture(faint)).warning, undefined);
  const full = encode(Uint16Array.of(0, 65_535), 2, 1, { color: "gray", depth: 16 });
  assertEquals((await openPicture(full)).warning, undefined);
});

Deno.test("of DICOM an intensity takes the place of the file's window; padding does not count", async () => {
  const file = dicomFile([1, 5], Uint16Array.of(0, 100, 200, 300, 65_535), {
    "0028,0120 US": 65_535,
    "0028,1050 DS": "50",
    "0028,1051 DS": "20",
    "0028,1052 DS": "-1000",
    "0028,1053 DS": "1",
  });
  const full = await openPicture(file, { intensity: { kind: "full" } });
  assertNear(full.images.data, [-1, -1 / 3, 1 / 3, 1, -1]);
  assertEquals(full.taken, "all values");
  const window = { kind: "window", center: -900, width: 200 } as const;
  const hounsfield = await openPicture(file, { intensity: window });
  // A window of whole numbers has its middle half a step below (PS3.3 C.11.2.1.2).
  assertNear(hounsfield.images.data, [-1, 1 / 199, 1, 1, -1]);
  assertEquals(hounsfield.taken, "window -900/200");
});

Deno.test("one's own image keeps what black and white are, so that a window can be asked for later", async () => {
  const own = await ownImage(deep);
  const { numbers, warning } = ownImageMetadata(own, "knee.png");
  assertEquals(numbers, [0, 65_535]);
  assertStringIncludes(String(warning), "fill 6 %");
  const intensity = valueRangeOf("window 1000 2000");
  const now = await openPicture(deep, { intensity });
  const later = await openPicture(own.png, { intensity, numbers: own.numbers });
  assertEquals(later.images, now.images);
  // What was kept of a window is still known in the file's numbers.
  const part = await ownImage(deep, { intensity: valueRangeOf("window 2000 4000") });
  assertNear(part.numbers, [0, 4000]);
  const again = await openPicture(part.png, { intensity, numbers: part.numbers });
  assertNear(again.images.data, [...now.images.data]);
});

Deno.test("a picture fitted row by row is the same as one that was held whole", async () => {
  const rgb = encode(Uint8Array.from({ length: 30 * 17 * 3 }, (_, i) => (i * 37) % 256), 30, 17, {
    color: "rgb",
  });
  const whole = await readPicture(rgb);
  for (const fit of ["pad", "crop", "stretch"] as const) {
    for (const shape of [[1, 8, 8], [3, 40, 40], [1, 12, 25]] as const) {
      const { images, from } = await openFitted(rgb, shape, fit);
      assertEquals([images, from], [fitPicture(whole, shape, fit), [3, 17, 30]]);
    }
  }
});

Deno.test("intensities are written as in results, and what makes no sense is refused", () => {
  for (
    const [text, words] of [
      ["full", "all values"],
      ["percentiles", "percentiles 0.5 to 99.5"],
      ["percentiles 1 99", "percentiles 1 to 99"],
      ["window -600 1500", "window -600/1500"],
      ["window 40/400", "window 40/400"],
    ]
  ) assertEquals(valueRangeText(valueRangeOf(text)), words);
  for (const text of ["", "window", "window 40 0", "percentiles 99 1", "percentiles 0 101", "x"]) {
    assertThrows(() => valueRangeOf(text), FormatError, "expected full, percentiles");
  }
});
