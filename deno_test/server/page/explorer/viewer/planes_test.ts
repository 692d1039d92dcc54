/** Tests of the three linked planes. */

import { assertEquals } from "@std/assert";
import {
  linesThrough,
  montage,
  sizeOf,
  voxelAt,
  voxelOf,
} from "../../../../../server/page/explorer/viewer/planes.ts";

/** As browsers have it. */
class Raster {
  readonly data: Uint8ClampedArray;
  constructor(readonly width: number, readonly height: number) {
    this.data = new Uint8ClampedArray(4 * width * height);
  }
}
Object.assign(globalThis, { ImageData: Raster });

/** Two slices of 3 × 4 voxels: voxel (slice, row, column) is 100·slice + 10·row + column. */
const sheet = new ImageData(4, 6);
for (let i = 0; i < 24; i++) {
  sheet.data[4 * i] = 100 * Math.floor(i / 12) + 10 * (Math.floor(i / 4) % 3) + i % 4;
}
const size = sizeOf(sheet, { depth: 2 });

Deno.test("the planes through a voxel lie beside and below its slice", () => {
  assertEquals(size, { slice: 2, row: 3, column: 4 });
  const { data, width, height } = montage(sheet, size, { slice: 1, row: 2, column: 0 });
  assertEquals([width, height], [7, 6]);
  const line = (y: number) => Array.from({ length: 7 }, (_, x) => data[4 * (7 * y + x)]);
  assertEquals(line(0), [100, 101, 102, 103, 0, 0, 100]);
  assertEquals(line(2), [120, 121, 122, 123, 0, 20, 120]);
  assertEquals(line(4), [20, 21, 22, 23, 0, 0, 0]);
  assertEquals(line(5), [120, 121, 122, 123, 0, 0, 0]);
});

Deno.test("a click into any plane moves the other two, one between them nothing", () => {
  const at = { slice: 0, row: 1, column: 2 };
  assertEquals(voxelAt({ x: 3, y: 0 }, size, at), { slice: 0, row: 0, column: 3 });
  assertEquals(voxelAt({ x: 6, y: 2 }, size, at), { slice: 1, row: 2, column: 2 });
  assertEquals(voxelAt({ x: 0, y: 5 }, size, at), { slice: 1, row: 1, column: 0 });
  assertEquals(voxelAt({ x: 4, y: 0 }, size, at), undefined);
  assertEquals(voxelAt({ x: 6, y: 5 }, size, at), undefined);
});

Deno.test("the crosshair begins in the middle, and its lines cross each plane at the voxel", () => {
  const at = voxelOf({ slice: 0.5, row: 0.5, column: 0.5 }, size);
  assertEquals(at, { slice: 1, row: 1, column: 2 });
  assertEquals(voxelOf({ slice: 1, row: 1, column: 1 }, size), { slice: 1, row: 2, column: 3 });
  assertEquals(linesThrough(at, size), [
    [2.5, 0, 2.5, 3],
    [0, 1.5, 4, 1.5],
    [2.5, 4, 2.5, 6],
    [0, 5.5, 4, 5.5],
    [6.5, 0, 6.5, 3],
    [5, 1.5, 7, 1.5],
  ]);
});
