/** Transforms of volumes against known geometry. */

import { InputError, Random } from "@countergrade/countergrade";
import type { Volume } from "@countergrade/countergrade/formats";
import {
  boxAround,
  crop,
  orientToRas,
  resample,
  scaleIntensity,
  sliceOf,
} from "@countergrade/countergrade/images";
import { placeOf, spacingOf } from "../../../core/formats/volume.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";

/** A volume whose value is a linear function of the place in mm, so that every transform must keep it. */
function ramp(size: [number, number, number], affine: number[], channels = 1): Volume {
  const data = new Float32Array(size[0] * size[1] * size[2] * channels);
  const volume = { size, channels, data, affine };
  voxels(size, (voxel, at) => {
    for (let c = 0; c < channels; c++) {
      data[c * (data.length / channels) + at] = rampAt(placeOf(volume, voxel)) + 100 * c;
    }
  });
  return volume;
}

const rampAt = ([x, y, z]: number[]) => 0.3 * x - 0.7 * y + 1.1 * z + 5;

function voxels(size: readonly number[], visit: (voxel: number[], at: number) => void): void {
  let at = 0;
  for (let k = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      for (let i = 0; i < size[0]; i++) visit([i, j, k], at++);
    }
  }
}

/** Every voxel, up to `edge` voxels from the border, says where it is. */
function assertRamp(volume: Volume, edge = 0): void {
  const plane = volume.data.length / volume.channels;
  voxels(volume.size, (voxel, at) => {
    if (voxel.some((index, axis) => index < edge || index >= volume.size[axis] - edge)) return;
    for (let c = 0; c < volume.channels; c++) {
      const expected = rampAt(placeOf(volume, voxel)) + 100 * c;
      assertAlmostEquals(volume.data[c * plane + at], expected, 1e-3);
    }
  });
}

/** All 48 ways to lay a grid along the axes, and some that are oblique. */
function* affines(): Generator<number[]> {
  const spacing = [0.5, 1.25, 3];
  for (const order of [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]) {
    for (let signs = 0; signs < 8; signs++) {
      const a = Array(16).fill(0);
      order.forEach((axis, world) =>
        a[4 * world + axis] = spacing[axis] * (signs >> world & 1 ? -1 : 1)
      );
      [a[3], a[7], a[11], a[15]] = [10, -20, 30, 1];
      yield a;
      const angle = 0.2;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      yield a.map((value, i) =>
        i < 3 ? c * value - s * a[i + 4] : i >= 4 && i < 7 ? s * a[i - 4] + c * value : value
      );
    }
  }
}

Deno.test("orientToRas() turns any grid to right, front, up, and every voxel stays in its place", () => {
  for (const affine of affines()) {
    const turned = orientToRas(ramp([4, 3, 2], affine, 2));
    assertRamp(turned);
    for (const axis of [0, 1, 2]) {
      const column = [0, 1, 2].map((row) => turned.affine[4 * row + axis]);
      const largest = column.reduce((best, x) => Math.abs(x) > Math.abs(best) ? x : best);
      assertEquals(column.indexOf(largest), axis);
      assert(largest > 0);
    }
  }
});

Deno.test("resample() keeps what is linear, and the outer edges", () => {
  for (const spacing of [[1, 1, 1], [0.5, 1.25, 3], [2, 0.4, 5], [0.3, 3.1, 1.7]]) {
    for (const affine of affines()) {
      const volume = ramp([16, 8, 6], affine, 2);
      const changed = resample(volume, spacing);
      spacingOf(changed).forEach((mm, axis) => assertAlmostEquals(mm, spacing[axis], 1e-9));
      assertRamp(
        changed,
        Math.ceil(Math.max(...spacing.map((mm, axis) => spacingOf(volume)[axis] / mm))),
      );
      volume.size.forEach((n, axis) => {
        const [before, after] = [n * spacingOf(volume)[axis], changed.size[axis] * spacing[axis]];
        assert(Math.abs(before - after) <= spacing[axis] / 2 + 1e-9);
      });
      break;
    }
  }
  const oblique = [...affines()][5];
  assertRamp(resample(ramp([16, 8, 6], oblique), [1, 1, 1]), 3);
});

Deno.test("resample() to fewer voxels averages, so that nothing aliases; masks keep their labels", () => {
  const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const stripes: Volume = {
    size: [8, 1, 1],
    channels: 1,
    data: Float32Array.from({ length: 8 }, (_, i) => i % 2),
    affine: identity,
  };
  assertEquals([...resample(stripes, [2, 1, 1]).data], [0.5, 0.5, 0.5, 0.5]);
  const labels = { ...stripes, data: Float32Array.of(0, 0, 7, 7, 7, 7, 0, 0) };
  assertEquals([...resample(labels, [2, 1, 1], "nearest").data], [0, 7, 7, 0]);
  const uneven = resample(labels, [3, 1, 1], "nearest");
  assert(uneven.data.every((label) => label === 0 || label === 7));
  assertThrows(() => resample(stripes, [0, 1, 1]), InputError, "expected a spacing");
});

Deno.test("scaleIntensity() goes by percentiles, and NaN is background", () => {
  const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const data = Float32Array.from(new Random(3).permutation(1001));
  const volume: Volume = { size: [1001, 1, 1], channels: 1, data, affine: identity };
  const scaled = scaleIntensity(volume, [0, 99.5]);
  data.forEach((x, i) => assertAlmostEquals(scaled.data[i], Math.min(1, 2 * x / 995 - 1), 1e-6));
  const holes = { ...volume, data: data.map((x) => x === 500 ? NaN : x) };
  assertEquals(scaleIntensity(holes, [0, 100]).data[data.indexOf(500)], -1);
  for (const value of [7, NaN]) {
    const even = scaleIntensity({ ...volume, data: data.map(() => value) }, [0, 99.5]);
    assert(even.data.every((x) => x === -1));
  }
  assertThrows(() => scaleIntensity(volume, [90, 10]), InputError, "rising percentiles");
});

Deno.test("boxAround() and crop() cut out a structure with room in mm, also beyond the edge", () => {
  for (const affine of affines()) {
    const volume = ramp([6, 5, 4], affine);
    const mask = { ...volume, data: new Float32Array(120) };
    mask.data[(2 * 5 + 1) * 6 + 3] = 208;
    mask.data[(2 * 5 + 2) * 6 + 4] = 208;
    const box = boxAround(mask, 208, 2.5)!;
    const room = spacingOf(mask).map((mm) => Math.ceil(2.5 / mm - 1e-9));
    assertEquals(box.start, [3 - room[0], 1 - room[1], 2 - room[2]]);
    assertEquals(box.end, [5 + room[0], 3 + room[1], 3 + room[2]]);
    const cut = crop(volume, box.start, box.end);
    voxels(cut.size, (voxel, at) => {
      const inside = voxel.every((index, axis) => {
        const from = index + box.start[axis];
        return from >= 0 && from < volume.size[axis];
      });
      if (!inside) assert(Number.isNaN(cut.data[at]));
      else assertAlmostEquals(cut.data[at], rampAt(placeOf(cut, voxel)), 1e-3);
    });
    assertEquals(boxAround(mask, 1, 2), undefined);
  }
});

Deno.test("sliceOf() looks at the patient as radiologists do", () => {
  const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const size: [number, number, number] = [2, 3, 4];
  const data = new Float32Array(24);
  voxels(size, ([i, j, k], at) => data[at] = 100 * i + 10 * j + k);
  const volume: Volume = { size, channels: 1, data, affine: identity };
  const sagittal = sliceOf(volume, "sagittal", 1);
  assertEquals(sagittal.shape, [1, 1, 4, 3]);
  // Top left: the highest k, the most anterior j.
  assertEquals([sagittal.data[0], sagittal.data.at(-1)], [123, 100]);
  const axial = sliceOf(volume, "axial", 2);
  assertEquals(axial.shape, [1, 1, 3, 2]);
  // Top left: the most anterior j, the patient's right.
  assertEquals([axial.data[0], axial.data.at(-1)], [122, 2]);
  const coronal = sliceOf(volume, "coronal");
  assertEquals([coronal.shape, coronal.data[0]], [[1, 1, 4, 2], 113]);
  for (const index of [4, -1, 0.5]) {
    const cut = () => sliceOf(volume, "axial", index);
    assertThrows(cut, InputError, `axial slice from 0 to 3, current is ${index}`);
  }
  // Channels are cut alike, each from its own volume.
  const two = { ...volume, channels: 2, data: Float32Array.of(...data, ...data.map((v) => -v)) };
  for (const [plane, index] of [["sagittal", 0], ["coronal", 2], ["axial", 3]] as const) {
    const one = sliceOf(volume, plane, index);
    const both = sliceOf(two, plane, index);
    assertEquals(both.shape, one.shape.with(1, 2));
    assertEquals([...both.data], [...one.data, ...one.data.map((value) => -value)]);
  }
});
