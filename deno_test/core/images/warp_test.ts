/** Moving pixels: known geometry gives known images. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Images, Random, tensor } from "@countergrade/countergrade";
import {
  distorted,
  samePlaces,
  shifted,
  type Similarity,
  turned,
  warp,
} from "../../../core/images/warp.ts";

const STILL: Similarity = { degrees: 0, zoom: 1, mirror: false, upsideDown: false };
const [H, W] = [6, 6];

function noise(n = 1, c = 1, h = H, w = W): Images {
  const random = new Random("warp");
  return tensor([n, c, h, w], Array.from({ length: n * c * h * w }, () => random.uniform()));
}

/** An image whose pixel at (row, column) is what `of` says. */
function image(of: (row: number, column: number) => number, h = H, w = W): Images {
  return tensor(
    [1, 1, h, w],
    Array.from({ length: h * w }, (_, i) => of(Math.floor(i / w), i % w)),
  );
}

const at = ({ data, shape }: Images, row: number, column: number) => data[row * shape[3] + column];

for (const fill of ["edge", "background"] as const) {
  Deno.test(`quarter turns, mirroring and standing still only move pixels (${fill})`, () => {
    const x = noise();
    const cases: [Partial<Similarity>, (row: number, column: number) => [number, number]][] = [
      [{}, (r, c) => [r, c]],
      [{ degrees: 90 }, (r, c) => [c, W - 1 - r]],
      [{ degrees: 180 }, (r, c) => [H - 1 - r, W - 1 - c]],
      [{ degrees: -90 }, (r, c) => [H - 1 - c, r]],
      [{ mirror: true }, (r, c) => [r, W - 1 - c]],
      [{ upsideDown: true }, (r, c) => [H - 1 - r, c]],
      [{ upsideDown: true, degrees: 90 }, (r, c) => [H - 1 - c, W - 1 - r]],
    ];
    for (const [change, from] of cases) {
      const moved = warp(x, [turned(samePlaces(H, W), { ...STILL, ...change })], fill);
      assertEquals(moved, image((r, c) => at(x, ...from(r, c))), JSON.stringify(change));
    }
  });
}

Deno.test("a shift by whole pixels moves them down and to the right", () => {
  const x = noise();
  const moved = warp(x, [shifted(samePlaces(H, W), 1, -2)], "edge");
  const within = (i: number) => Math.min(5, Math.max(0, i));
  assertEquals(moved, image((r, c) => at(x, within(r - 1), within(c + 2))));
});

Deno.test("a zoom by 2 halves the slope of a ramp about the center", () => {
  const ramp = image((_, column) => column / 10);
  const moved = warp(ramp, [turned(samePlaces(H, W), { ...STILL, zoom: 2 })], "edge");
  const expected = image((_, column) => (2.5 + (column - 2.5) / 2) / 10);
  moved.data.forEach((value, i) => assert(Math.abs(value - expected.data[i]) < 1e-7));
});

Deno.test("a turn by 30° turns a ramp's direction by 30°, counter-clockwise as seen", () => {
  const [h, w] = [9, 9];
  const ramp = image((_, column) => (column - 4) / 10, h, w);
  const moved = warp(ramp, [turned(samePlaces(h, w), { ...STILL, degrees: 30 })], "edge");
  // Bright was on the right; after 30° it is to the right and a little up (row down is −y).
  const [cos, sin] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
  for (const [row, column] of [[4, 4], [3, 5], [5, 3], [4, 6], [2, 4]]) {
    const expected = ((column - 4) * cos - (row - 4) * sin) / 10;
    assert(Math.abs(at(moved, row, column) - expected) < 1e-7, `at ${row}, ${column}`);
  }
});

Deno.test("beyond the border lies the nearest pixel, or black", () => {
  const x = image(() => 0.5);
  const smaller = turned(samePlaces(H, W), { ...STILL, zoom: 0.25 });
  assertEquals(warp(x, [smaller], "edge"), x);
  const black = warp(x, [smaller], "background");
  assertEquals([at(black, 0, 0), at(black, 5, 5), at(black, 0, 3)], [-1, -1, -1]);
  assert(at(black, 2, 2) > 0.49);
});

Deno.test("a grid's nodes move the pixels under them by so many cells, the pixels between by shares", () => {
  const [h, w] = [9, 9];
  const shift = { cells: 2, y: new Float64Array(9), x: new Float64Array(9) };
  // The node in the middle: half a cell is two pixels.
  shift.x[4] = 0.5;
  shift.y[4] = -0.25;
  const { y, x } = distorted(samePlaces(h, w), shift);
  const place = (row: number, column: number) => [y[row * w + column], x[row * w + column]];
  assertEquals(place(4, 4), [3, 6]);
  assertEquals(place(4, 2), [3.5, 3]);
  assertEquals(place(2, 2), [1.75, 2.5]);
  for (const border of [[0, 3], [8, 8], [5, 0], [2, 8]]) {
    assertEquals(place(border[0], border[1]), border);
  }
});

Deno.test("each image of a batch has its own places, all channels share them", () => {
  const x = noise(2, 3);
  const turn = turned(samePlaces(H, W), { ...STILL, mirror: true });
  const moved = warp(x, [samePlaces(H, W), turn], "edge");
  const size = 3 * H * W;
  assertEquals(moved.data.subarray(0, size), x.data.subarray(0, size));
  for (let line = 3 * H; line < 6 * H; line++) {
    const row = [...x.data.subarray(line * W, (line + 1) * W)];
    assertEquals([...moved.data.subarray(line * W, (line + 1) * W)], row.reverse());
  }
  assertThrows(() => warp(x, [turn], "edge"), TypeError, "places for 2 images of 6 × 6");
  assertThrows(() => warp(x, [turn, samePlaces(3, 6)], "edge"), TypeError, "2 of 3 × 6");
});
