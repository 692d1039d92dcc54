/** Images as pictures: PNG round trips, colors, strips, and difference maps. */

import { FormatError, tensor } from "@countergrade/countergrade";
import { encode } from "@countergrade/countergrade/formats";
import { stacked, strip, toneDifference, toPng } from "@countergrade/countergrade/images";
import { decode } from "../../../core/formats/png/png.ts";
import { fromPng } from "../../../core/images/image.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";

/** One image with every 8-bit intensity. */
function ramp(c: number) {
  const data = Float32Array.from({ length: c * 256 }, (_, i) => ((i * 7) % 256) / 127.5 - 1);
  return tensor([1, c, 16, 16], data);
}

Deno.test("image: toPng() then fromPng() returns the image, gray and RGB", () => {
  for (const c of [1, 3]) {
    const image = ramp(c);
    const back = fromPng(toPng(image, 0), [c, 16, 16]);
    assertEquals(back.shape, image.shape);
    back.data.forEach((value, i) => assertAlmostEquals(value, image.data[i], 1e-6));
  }
});

Deno.test("image: toPng() takes the image at the index, clamps, and keeps channels apart", () => {
  const images = tensor([2, 3, 1, 2], [0, 0, 0, 0, 0, 0, -1, -9, 1, 9, 0, NaN]);
  const { image, colorType } = decode(toPng(images, 1));
  assertEquals(colorType, "rgb");
  assertEquals(image, Uint8Array.of(0, 255, 128, 0, 255, 0));
});

Deno.test("image: toPng() refuses other shapes and indices", () => {
  assertThrows(() => toPng(tensor([1, 2, 1, 1], [0, 0]), 0), TypeError, "expected shape");
  assertThrows(() => toPng(tensor([4], [0, 0, 0, 0]), 0), TypeError, "expected shape");
  assertThrows(() => toPng(ramp(1), 1), RangeError, "expected an index below 1");
});

Deno.test("image: gray and RGB become each other, 16 bits and opacity are understood", () => {
  const rgba = encode(Uint8Array.of(255, 0, 0, 9), 1, 1);
  assertEquals(fromPng(rgba, [3, 1, 1]).data, Float32Array.of(1, -1, -1));
  assertAlmostEquals(fromPng(rgba, [1, 1, 1]).data[0], 2 * 0.299 - 1, 1e-6);
  const gray = encode(Uint16Array.of(65535, 5), 1, 1, { color: "grayAlpha", depth: 16 });
  assertEquals(fromPng(gray, [3, 1, 1]).data, Float32Array.of(1, 1, 1));
  assertEquals(fromPng(gray, [1, 1, 1]).data, Float32Array.of(1));
});

Deno.test("image: fromPng() resizes, and refuses what is no PNG", () => {
  const png = encode(Uint8Array.of(0, 255, 0, 255), 2, 2, { color: "gray" });
  assertEquals(fromPng(png, [1, 1, 1]).data, Float32Array.of(0));
  assertEquals(fromPng(png, [3, 4, 6]).shape, [1, 3, 4, 6]);
  assertThrows(() => fromPng(Uint8Array.of(1), [1, 1, 1]), FormatError);
  assertThrows(() => fromPng(png, [1, 1, 1], { maxPixels: 3 }), FormatError, "at most 3 pixels");
  assertThrows(() => fromPng(png, [2, 1, 1]), TypeError, "1 or 3 channels");
});

Deno.test("image: stacked() sets the images of each batch above those of the next", () => {
  const top = tensor([2, 1, 1, 2], [0, 0.25, 0.5, 0.75]);
  const bottom = tensor([2, 1, 1, 2], [-1, -0.75, -0.5, -0.25]);
  assertEquals(
    stacked([top, bottom], { gap: 1 }),
    tensor([2, 1, 3, 2], [0, 0.25, 1, 1, -1, -0.75, 0.5, 0.75, 1, 1, -0.5, -0.25]),
  );
  assertEquals(stacked([top, bottom, top], { gap: 0 }).shape, [2, 1, 3, 2]);
  assertEquals(stacked([tensor([1, 3, 1, 1], [0, 1, 2])]).shape, [1, 3, 1, 1]);
  assertThrows(() => stacked([top, tensor([2, 1, 2, 1], [0, 0, 0, 0])]), TypeError, "stack");
});

Deno.test("image: strip() sets all images side by side", () => {
  const images = tensor([2, 1, 2, 1], [-1, -1, 0, 1]);
  const { image, width, height } = decode(strip(images, { gap: 1 }));
  assertEquals([width, height], [3, 2]);
  assertEquals(image, Uint8Array.of(0, 255, 128, 0, 255, 255));
  assertEquals(decode(strip(images)).width, 4);
  const rgb = decode(strip(tensor([1, 3, 1, 1], [-1, 0, 1]), { gap: 0 }));
  assertEquals(rgb.image, Uint8Array.of(0, 128, 255));
  assertThrows(() => strip(tensor([0, 1, 2, 2], [])), TypeError, "at least one image");
});

Deno.test("image: strip() starts a new row after `columns` images", () => {
  const images = tensor([3, 1, 1, 1], [-1, 0, 0.5]);
  const { image, width, height } = decode(strip(images, { gap: 1, columns: 2 }));
  assertEquals([width, height], [3, 3]);
  assertEquals([...image], [0, 255, 128, 255, 255, 255, 191, 255, 255]);
  const rgb = decode(strip(tensor([2, 3, 1, 1], [-1, 0, 1, 1, 0, -1]), { gap: 0, columns: 1 }));
  assertEquals([...rgb.image], [0, 128, 255, 255, 128, 0]);
});

Deno.test("image: toneDifference() is white, red where brighter, blue where darker", () => {
  const a = tensor([1, 1, 1, 5], [0, 0, 0, 0, 0]);
  const b = tensor([1, 1, 1, 5], [0, 1, -1, 0.25, NaN]);
  const map = toneDifference(a, b);
  assertEquals(map.shape, [1, 3, 1, 5]);
  const pixel = (i: number) => [0, 1, 2].map((channel) => map.data[channel * 5 + i]);
  assertEquals([pixel(0), pixel(4)], [[1, 1, 1], [1, 1, 1]]);
  const [[red, , blueOfRed], [redOfBlue, , blue]] = [pixel(1), pixel(2)];
  assert(red > 0 && blueOfRed < -0.4 && blue > 0 && redOfBlue < -0.4);
  assertEquals(toneDifference(a, b, { range: 0.25 }).data[3], map.data[1], "full color at range");
  assertEquals(toneDifference(a, b, { range: 1 }).data[1], map.data[1], "and beyond");
  assert(map.data[3] > map.data[1], "half the difference, a lighter red");
});

Deno.test("image: toneDifference() averages channels and compares all with one image", () => {
  const one = tensor([1, 3, 1, 1], [0, 0, 0]);
  const two = tensor([2, 3, 1, 1], [0.3, 0.3, -0.6, 0.5, 0.5, 0.5]);
  const { shape, data } = toneDifference(one, two);
  assertEquals(shape, [2, 3, 1, 1]);
  [...data.subarray(0, 3)].forEach((value) => assertAlmostEquals(value, 1, 1e-6));
  const full = toneDifference(tensor([1, 1, 1, 1], [0]), tensor([1, 1, 1, 1], [1])).data;
  assertEquals([...data.subarray(3)], [...full]);
  assertThrows(
    () => toneDifference(two, tensor([2, 1, 1, 1], [0, 0])),
    TypeError,
    "compare images",
  );
});
