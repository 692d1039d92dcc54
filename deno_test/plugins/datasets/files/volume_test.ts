/** Folders whose images are whole volumes. */

import { type Dataset, Host } from "@countergrade/countergrade";
import { readNifti, writeNifti } from "@countergrade/countergrade/formats";
import { builtins } from "@countergrade/countergrade/plugins";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { parseDescription } from "../../../../plugins/datasets/files/description.ts";
import { placeOf } from "../../../../core/formats/volume.ts";
import { mha, niiGz, tiny } from "./volume_writer.ts";

const described = (more = {}) =>
  JSON.stringify({ volume: { spacing: 2 }, imageSize: 8, intensity: "full", ...more });

async function opened(
  content: Record<string, Uint8Array | string>,
  run: (dataset: Dataset) => Promise<void>,
) {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [name, value] of Object.entries(content)) {
      const path = `${folder}/own/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
      await Deno.writeFile(path, bytes);
    }
    await using host = await Host.boot(builtins, { roots: [folder] });
    await run(await host.openDataset("own"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** 1 at the voxel whose middle is `mark`, in mm from the first one; anisotropic, x to the right, y to the front, z upwards. */
const marked = (size: [number, number, number], spacing: [number, number, number], at: number[]) =>
  tiny(size, spacing, (i, j, k) => Number(i === at[0] && j === at[1] && k === at[2]));

Deno.test("scans of different sizes and spacing become cubes of one, and know where they lie", () =>
  opened({
    "countergrade-dataset.json": described(),
    "labels.csv":
      "path,label,patient\na.nii.gz,0,p1\nb.mha,1,p2\nflat.nii.gz,1,p3\nfour.nii.gz,0,p4\n" +
      "lost.nii.gz,1,p5\n",
    // 12 × 10 × 8 voxels of 2 mm: cut. 8 × 8 × 2 voxels of 2 × 2 × 4 mm: resampled, black above and below.
    "a.nii.gz": niiGz(marked([12, 10, 8], [2, 2, 2], [7, 6, 5])),
    "b.mha": mha(marked([8, 8, 2], [2, 2, 4], [2, 3, 1])),
    "flat.nii.gz": niiGz(marked([8, 8, 1], [2, 2, 2], [2, 3, 0])),
    "four.nii.gz": niiGz(tiny([8, 8, 8], [2, 2, 2], () => 1, 2)),
    // Neither sform nor qform, and slices far apart.
    "lost.nii.gz": niiGz(marked([8, 8, 3], [2, 2, 5], [2, 3, 1]), 0),
  }, async (dataset) => {
    assertEquals(dataset.imageShape, [1, 8, 8, 8]);
    assertEquals(dataset.skipped?.map(({ file }) => file), ["flat.nii.gz", "four.nii.gz"]);
    const [flat, four] = dataset.skipped!;
    assert(flat.reason.includes("8 × 8 × 1 voxels: a single slice is no volume"), flat.reason);
    assert(four.reason.includes("It holds 2 volumes, expected one"), four.reason);
    const all = await Promise.all(
      Object.entries(dataset.splits).filter(([, n]) => n).map(([split, n]) =>
        dataset.get(split, Array.from({ length: n }, (_, i) => i))
      ),
    );
    const found = new Map(all.flatMap(({ ids, images, affines, taken }) =>
      ids.map((id, i) => {
        const data = images.data.subarray(i * 512, (i + 1) * 512);
        return [id, { data, affine: affines![i], taken: taken![i] }] as const;
      })
    ));
    const a = found.get("a.nii.gz")!;
    const at = a.data.indexOf(Math.max(...a.data));
    const voxel = [at % 8, Math.floor(at / 8) % 8, Math.floor(at / 64)];
    // Slices run to the right (7 − 2), rows downwards (7 − 5), columns to the back (7 − (6 − 1)).
    assertEquals(voxel, [2, 2, 5]);
    const scan = await readNifti(niiGz(marked([12, 10, 8], [2, 2, 2], [7, 6, 5])));
    const place = placeOf({ affine: a.affine }, voxel);
    placeOf(scan, [7, 6, 5]).forEach((mm, axis) => assertAlmostEquals(mm, place[axis], 1e-9));
    assertEquals(
      a.taken,
      "12 × 10 × 8 voxels of 2 × 2 × 2 mm, resampled to 2 mm; all values; 8 voxels each way around the middle",
    );
    const warning =
      "it does not say where it lies: without sform and qform its axes are taken as " +
      "right, front and up; its voxels are up to 5 mm long: what lies between is interpolated";
    assert(found.get("lost.nii.gz")!.taken!.endsWith(`; ${warning}`));
    assert(dataset.notes!.includes(`1 files, as lost.nii.gz: ${warning}`), dataset.notes!.join());
    const b = found.get("b.mha")!;
    // Four slices of 2 mm in the middle hold the two of 4 mm; beyond is black.
    assert(b.data.every((value, i) => {
      const row = Math.floor(i / 8) % 8;
      return row >= 2 && row < 6 || value === -1;
    }));
    assert(Math.max(...b.data) > 0.5);
    // What is written with such an affine lies where the scan lay.
    const written = await readNifti(writeNifti({ shape: [1, 8, 8, 8], data: a.data }, a.affine));
    assertEquals(placeOf(written, voxel), place);
  }));

/** All images of a data set by their ids: where their brightest voxel lies, in mm. */
async function brightest(dataset: Dataset): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {};
  for (const [split, n] of Object.entries(dataset.splits)) {
    const { ids, images, affines } = await dataset.get(
      split,
      Array.from({ length: n }, (_, i) => i),
    );
    ids.forEach((id, i) => {
      const data = images.data.subarray(i * 512, (i + 1) * 512);
      const at = data.indexOf(Math.max(...data));
      const voxel = [at % 8, Math.floor(at / 8) % 8, Math.floor(at / 64)];
      found[id] = placeOf({ affine: affines![i] }, voxel).map((mm) => +mm.toFixed(3));
      // The middle of the cube, up to half a voxel.
      assert(voxel.every((index) => index === 3 || index === 4), `${id}: ${voxel}`);
    });
  }
  return found;
}

/** Two bright voxels; in the mask they are structures 1 and 2. */
const spots = (bright: number, dim: number) =>
  tiny(
    [24, 24, 12],
    [1, 1, 2],
    (i, j, k) =>
      (i === 5 && j === 6 && k === 8 ? bright : 0) + (i === 17 && j === 15 && k === 3 ? dim : 0),
  );

Deno.test("cubes lie around structures of a mask, and what it lacks is told", () =>
  opened({
    "countergrade-dataset.json": described({ volume: { spacing: 1 } }),
    "labels.csv": "path,mask,structure,label,patient\n" +
      "a.nii.gz,m.nii.gz,1,0,p1\na.nii.gz,m.nii.gz,2,1,p1\na.nii.gz,m.nii.gz,3,1,p1\n" +
      "b.nii.gz,other.nii.gz,1,1,p2\n",
    "a.nii.gz": niiGz(spots(100, 100)),
    "b.nii.gz": niiGz(spots(100, 100)),
    "m.nii.gz": niiGz(spots(1, 2)),
    "other.nii.gz": niiGz(tiny([8, 8, 8], [1, 1, 2], () => 1)),
  }, async (dataset) => {
    const places = await brightest(dataset);
    assertEquals(Object.keys(places).toSorted(), ["a.nii.gz#1", "a.nii.gz#2"]);
    assertEquals(places["a.nii.gz#1"].slice(0, 2), [5, 6]);
    assertEquals(places["a.nii.gz#2"].slice(0, 2), [17, 15]);
    const reasons = dataset.skipped!.map(({ reason }) => reason);
    assertEquals(reasons, [
      "a.nii.gz#3: The mask has no voxel of label 3",
      'The mask "other.nii.gz" has 8 × 8 × 8 voxels, expected 24 × 24 × 12',
    ]);
  }));

Deno.test("cubes lie around coordinates, also as DICOM has them", () =>
  opened({
    "countergrade-dataset.json": described({
      volume: { spacing: 1, coordinates: "lps" },
      columns: { center: ["X", "Y", "Z"] },
    }),
    "labels.csv": "path,X,Y,Z,label\na.nii.gz,-5,-6,16,0\na.nii.gz,-17,-15,6,1\n" +
      "a.nii.gz,-99,-15,6,1\na.nii.gz,,2,3,1\n",
    "a.nii.gz": niiGz(spots(100, 100)),
  }, async (dataset) => {
    const places = await brightest(dataset);
    assertEquals(Object.keys(places).toSorted(), ["a.nii.gz#17,15,6", "a.nii.gz#5,6,16"]);
    assertEquals(places["a.nii.gz#5,6,16"].slice(0, 2), [5, 6]);
    const [blank, beyond] = dataset.skipped!.map(({ reason }) => reason);
    assert(blank.includes("its coordinates are , 2, 3"), blank);
    assert(beyond.includes("current is [99,15,6]"), beyond);
    // One scan is one patient's, so its cubes share a split.
    assertEquals(Object.values(dataset.splits), [2]);
  }));

Deno.test("volumes that would be too large, or slices as well, are refused by the description", async () => {
  const refused = (more: object, said: string) =>
    assertRejects(
      () => Promise.resolve().then(() => parseDescription(described(more))),
      Error,
      said,
    );
  await refused({ imageSize: 256 }, "imageSize: expected volumes of at most 128 voxels");
  await refused({ slice: {} }, "not both");
  await refused({ volume: { spacing: 0 } }, "volume.spacing");
});
