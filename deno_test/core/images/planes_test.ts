/** Tests of volumes as pictures. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError, Random, row, rows, tensor } from "@countergrade/countergrade";
import {
  asPictures,
  augment,
  AugmentationSchema,
  DuplicateFinder,
  ofPng,
  planeNames,
  planeOf,
  slicesAsChannels,
  ssim,
  stacked,
  strip,
  toneDifference,
  toPng,
} from "@countergrade/countergrade/images";

/** Voxel (z, y, x) is 100·z + 10·y + x. */
const numbered = tensor(
  [1, 1, 2, 3, 4],
  Array.from(
    { length: 24 },
    (_, i) => 100 * Math.floor(i / 12) + 10 * (Math.floor(i / 4) % 3) + i % 4,
  ),
);

Deno.test("asPictures() puts the three planes through a point beside and below each other", () => {
  const { shape, data } = asPictures(numbered, { slice: 1, row: 2, column: 0 });
  assertEquals(shape, [1, 1, 3 + 1 + 2, 4 + 1 + 2]);
  const line = (y: number) => [...data.subarray(y * 7, (y + 1) * 7)];
  // The slice, beside it columns of slices from the side, below it rows of slices from above.
  assertEquals(line(0), [100, 101, 102, 103, -1, 0, 100]);
  assertEquals(line(1), [110, 111, 112, 113, -1, 10, 110]);
  assertEquals(line(2), [120, 121, 122, 123, -1, 20, 120]);
  assertEquals(line(3), Array(7).fill(-1));
  assertEquals(line(4), [20, 21, 22, 23, -1, -1, -1]);
  assertEquals(line(5), [120, 121, 122, 123, -1, -1, -1]);
  const affine = [0, 0, 2, 0, -2, 0.5, 0, 0, 0.5, -2, 0, 0, 0, 0, 0, 1];
  assertEquals(planeNames(affine), { slice: "sagittal", row: "axial", column: "coronal" });
  assertThrows(() => planeOf(numbered, "row", 3), InputError, "expected a row from 0 to 2");
});

const volumes = tensor([2, 1, 12, 13, 14], new Random(1).normals(2 * 12 * 13 * 14).map(Math.tanh));

Deno.test("pictures of volumes are those of their middle planes", () => {
  const planes = asPictures(volumes);
  assertEquals(toPng(volumes, 1), toPng(planes, 1));
  assertEquals(strip(volumes), strip(planes));
  assertEquals(ofPng(strip(volumes)).shape, [1, 1, 13 + 1 + 12, 2 * (14 + 1 + 12) + 2]);
  assertEquals(stacked([volumes, volumes]), stacked([planes, planes]));
  assertEquals(
    toneDifference(row(volumes, 0), volumes),
    toneDifference(row(planes, 0), planes),
  );
});

Deno.test("ssim() of volumes is the mean over their slices", () => {
  const [a, b] = [row(volumes, 0), row(volumes, 1)];
  const slices = Array.from({ length: 12 }, (_, z) => {
    const slice = ({ data }: typeof a) =>
      tensor([1, 1, 13, 14], data.subarray(z * 13 * 14, (z + 1) * 13 * 14));
    return ssim(slice(a), slice(b))[0];
  });
  const mean = slices.reduce((sum, value) => sum + value, 0) / slices.length;
  assert(Math.abs(ssim(a, b)[0] - mean) < 1e-12);
  assert(slices.some((value) => Math.abs(value - mean) > 1e-3));
});

Deno.test("augment() moves all slices of a volume alike", () => {
  const options = { ...AugmentationSchema.parse({}), rotate: 20, zoom: 0.2 };
  // Every slice is the same, so it stays so.
  const slice = row(volumes, 0).data.subarray(0, 13 * 14);
  const same = tensor([1, 1, 12, 13, 14], Array.from({ length: 12 }, () => [...slice]).flat());
  const moved = augment(same, options, new Random(2));
  assertEquals(moved.shape, same.shape);
  const planes = slicesAsChannels(moved).data;
  assertEquals(planes.subarray(0, 13 * 14), planes.subarray(11 * 13 * 14));
  assert(moved.data.some((value, i) => Math.abs(value - same.data[i]) > 0.1));
});

Deno.test("duplicates among volumes are found, others are not taken for some", () => {
  const finder = new DuplicateFinder();
  finder.add(volumes);
  finder.add(rows(volumes, 0, 1));
  assertEquals(finder.pairs().map(({ first, second, exact }) => [first, second, exact]), [
    [0, 2, true],
  ]);
});
