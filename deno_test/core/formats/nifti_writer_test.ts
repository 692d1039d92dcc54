/** Tests of writing NIfTI, against the reader, which is held to what nibabel reads. */

import { assertEquals, assertThrows } from "@std/assert";
import { Random, tensor } from "@countergrade/countergrade";
import { readNifti, writeNifti } from "@countergrade/countergrade/formats";

const affine = [0, 0, 2.5, -10, -1.5, 0, 0, 20, 0, -0.75, 0, 5, 0, 0, 0, 1];

Deno.test("a volume that was written is read again with its numbers and its place", async () => {
  const volume = tensor([2, 3, 4, 5], new Random(1).normals(120));
  const read = await readNifti(writeNifti(volume, affine));
  assertEquals([read.size, read.channels], [[5, 4, 3], 2]);
  assertEquals(read.data, volume.data);
  assertEquals(read.affine, affine);
});

Deno.test("the same volume gives the same bytes, and what is none is refused", () => {
  const volume = tensor([1, 2, 2, 2], new Random(1).normals(8));
  assertEquals(writeNifti(volume, affine), writeNifti(volume, affine));
  const picture = tensor([1, 2, 2], [0, 0, 0, 0]);
  assertThrows(() => writeNifti(picture, affine), TypeError, "expected a volume [c, d, h, w]");
  assertThrows(() => writeNifti(volume, affine.slice(1)), TypeError, "15");
});
