/** Volumes in one file: what each is by its bytes, and what an archive may hold. */

import { FormatError, tensor } from "@countergrade/countergrade";
import { readScan, scanFormat, writeNifti } from "@countergrade/countergrade/formats";
import { writeZip } from "../../../core/formats/zip.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { mha, tiny } from "../../plugins/datasets/files/volume_writer.ts";
import { dicomFile } from "./dicom/writer.ts";

const affine = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1];
const nifti = writeNifti(tensor([1, 2, 3, 4], Array.from({ length: 24 }, (_, i) => i)), affine);

/** Slice `k` of 2 × 3 pixels, 2.5 mm apart. */
const slice = (k: number, series = "1.2") =>
  dicomFile([2, 3], new Uint8Array(6).fill(k), {
    "0020,000e UI": series,
    "0020,0032 DS": `0\\0\\${2.5 * k}`,
    "0020,0037 DS": "1\\0\\0\\0\\1\\0",
    "0028,0030 DS": "1\\1",
  });

const zipped = (files: Record<string, Uint8Array>) =>
  writeZip(new Map(Object.entries(files)), { compress: true });

Deno.test("a volume is known by its bytes: NIfTI, MetaImage, an archive of a series", async () => {
  const meta = mha(tiny([4, 3, 2], [1, 1, 1], (i) => i));
  const series = zipped({
    "series/": new Uint8Array(),
    "__MACOSX/series/._2.dcm": new Uint8Array(9),
    "series/DICOMDIR": new Uint8Array(9),
    "series/2.dcm": slice(1),
    "series/1.dcm": slice(0),
    "series/3.dcm": slice(2),
  });
  const formats = [nifti, meta, series, slice(0)].map((bytes) => scanFormat(bytes));
  assertEquals(formats, ["NIfTI", "MetaImage", "zip", undefined]);
  assertEquals((await readScan(nifti)).size, [4, 3, 2]);
  assertEquals((await readScan(meta)).size, [4, 3, 2]);
  const { size, data, affine: [, , , , , , , , , , apart] } = await readScan(series);
  assertEquals([size, [data[0], data[6], data[12]], apart], [[3, 2, 3], [0, 1, 2], 2.5]);
  assertEquals((await readScan(zipped({ "scan.nii.gz": nifti }))).size, [4, 3, 2]);
});

Deno.test("an archive that holds something else, or too much, is refused", async () => {
  const refused = (bytes: Uint8Array, said: string, most?: number) =>
    assertRejects(() => readScan(bytes, most), FormatError, said);
  await refused(zipped({}), "expected 1 to 4000 files, it has 0");
  const many = Array.from({ length: 4001 }, (_, i) => [`${i}`, new Uint8Array()] as const);
  await refused(writeZip(new Map(many)), "it has 4001");
  await refused(zipped({ "a.zip": zipped({ "scan.nii": nifti }) }), "another archive");
  await refused(zipped({ "a.txt": new Uint8Array(9), "b.txt": new Uint8Array(9) }), "is DICOM");
  await refused(zipped({ "1.dcm": slice(0), "2.dcm": slice(1, "1.3") }), "they are of 2");
  await refused(zipped({ "1.dcm": slice(0), "2.dcm": slice(1) }), "at most 11 voxels", 11);
  await refused(nifti, "at most 23 numbers", 23);
  const bomb = zipped({ "1.dcm": new Uint8Array(2 ** 20) });
  // The directory says that it expands to 1 GiB.
  const view = new DataView(bomb.buffer, bomb.byteOffset);
  view.setUint32(bomb.length - 22 - 46 - "1.dcm".length + 24, 2 ** 30, true);
  await refused(bomb, "beyond the limit of 268435456 bytes");
  await refused(zipped({ "1.dcm": slice(0) }).subarray(0, 60), "truncated");
});
