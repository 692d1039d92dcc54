/** NIfTI, MetaImage and DICOM against what nibabel, pydicom and a writer of another language hold. */

import { FormatError, Random } from "@countergrade/countergrade";
import {
  metaImageDataFiles,
  readMetaImage,
  readNifti,
  type Volume,
} from "@countergrade/countergrade/formats";
import { readDicom } from "../../../core/formats/dicom/dicom.ts";
import { MAX_VOXELS } from "../../../core/formats/volume.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { deflateSync, gzipSync } from "fflate";
import { mutated } from "../../mutate.ts";
import { caseAt, caseTest } from "../../shared_cases.ts";

const read = (name: string) => Deno.readFileSync(new URL(`volumes/${name}`, import.meta.url));

interface Expected {
  size: number[];
  channels: number;
  affine: number[];
  data: number[];
  shown?: number[];
}
const { volumes }: { volumes: Record<string, Expected> } = JSON.parse(
  new TextDecoder().decode(read("../volumes.json")),
);

async function open(name: string): Promise<Volume> {
  if (name.endsWith(".dcm")) return (await readDicom(read(name))).volume;
  if (name.includes(".nii")) return await readNifti(read(name));
  const file = read(name);
  const apart = metaImageDataFiles(file);
  return readMetaImage(file, apart.map(read));
}

const WITHOUT_PLACE: Record<string, string> = {
  "no_form.nii.gz":
    "it does not say where it lies: without sform and qform its axes are taken as right, front and up",
};

for (const [name, expected] of Object.entries(volumes)) {
  Deno.test(`${name} has the numbers and the place that another reader finds`, async () => {
    const volume = await open(name);
    assertEquals([...volume.size], expected.size);
    assertEquals(volume.channels, expected.channels);
    const scale = Math.max(...expected.data.map(Math.abs));
    expected.data.forEach((x, i) => assertAlmostEquals(volume.data[i], x, 1e-6 * scale));
    expected.affine.forEach((x, i) => assertAlmostEquals(volume.affine[i], x, 2e-5));
    assertEquals(volume.warning, WITHOUT_PLACE[name]);
  });
}

Deno.test("a DICOM window shows what pydicom shows", async () => {
  const { window, display, modality, patientId } = await readDicom(read("gray16.dcm"));
  assertEquals([window, modality, patientId], [{ center: 1500, width: 2000 }, "CT", "patient-7"]);
  // pydicom spreads the window over what 16 bits could hold, rescaled as the pixels are.
  const [low, high] = [-1024, 65535 * 2 - 1024];
  const shown = display().data;
  volumes["gray16.dcm"].shown!.forEach((y, i) =>
    assertAlmostEquals(shown[i], 2 * (y - low) / (high - low) - 1, 1e-5)
  );
  assert(shown.some((y) => y === -1) && shown.some((y) => y === 1));
});

Deno.test("MONOCHROME1 is shown dark for large values, without a window from least to greatest", async () => {
  const { volume, display } = await readDicom(read("inverted.dcm"));
  const shown = display().data;
  const largest = volume.data.indexOf(Math.max(...volume.data));
  const least = volume.data.indexOf(Math.min(...volume.data));
  assertEquals([shown[largest], shown[least]], [-1, 1]);
});

Deno.test("colors are shown from -1 to 1", async () => {
  const { volume, display } = await readDicom(read("colors.dcm"));
  display().data.forEach((y, i) => assertAlmostEquals(y, volume.data[i] / 127.5 - 1, 1e-6));
});

Deno.test("a DICOM file of a syntax that is not read says which, and what helps", async () => {
  const text = new TextDecoder("latin1").decode(read("jpeg2000.dcm"));
  const video = Uint8Array.from(text.replace(".4.90", ".4.10"), (c) => c.charCodeAt(0));
  const message = "1.2.840.10008.1.2.4.10 (MPEG video) is not read; `gdcmconv --raw`";
  await assertRejects(() => readDicom(video), FormatError, message);
});

Deno.test("MetaImage names no file outside its folder", () => {
  const text = new TextDecoder().decode(read("apart.mhd"));
  for (
    const name of [
      ...["../apart.raw", "/etc/passwd", "a\\b.raw", "..", "slice%03d.raw", "LIST"],
      ...["data/../../apart.raw", "./apart.raw", "data//apart.raw"],
    ]
  ) {
    const file = new TextEncoder().encode(text.replace("apart.raw", name));
    assertThrows(() => metaImageDataFiles(file), FormatError, "Cannot read the MetaImage file");
  }
});

Deno.test("the slices of a MetaImage may lie in files of their own, by a list or numbered", () => {
  const header = (data: string) =>
    new TextEncoder().encode(
      `NDims = 3\nDimSize = 2 1 3\nElementType = MET_UCHAR\nHeaderSize = 1\nElementDataFile = ${data}`,
    );
  // A byte of something else, then the two voxels of a slice.
  const slices = [[0, 1, 2], [0, 3, 4], [0, 5, 6]].map((bytes) => Uint8Array.from(bytes));
  for (
    const [file, names] of [
      [header("LIST 2\na.raw\nb/c.raw\n d.raw \n"), ["a.raw", "b/c.raw", "d.raw"]],
      [header("s%03d.raw 8 10 1"), ["s008.raw", "s009.raw", "s010.raw"]],
      [header("s%d.raw 1 5 2\n"), ["s1.raw", "s3.raw", "s5.raw"]],
    ] as const
  ) {
    assertEquals(metaImageDataFiles(file), [...names]);
    const { size, data } = readMetaImage(file, slices);
    assertEquals([size, [...data]], [[2, 1, 3], [1, 2, 3, 4, 5, 6]]);
    assertThrows(() => readMetaImage(file), FormatError, `its voxels are in "${names[0]}"`);
  }
  const [file] = [header("LIST\na\nb\nc")];
  const short = [slices[0], slices[1], Uint8Array.of(0, 5)];
  assertThrows(() => readMetaImage(file, short), FormatError, "expected 2 bytes of voxels");
  assertThrows(() => metaImageDataFiles(header("LIST\na\n../b")), FormatError, "../b");
});

Deno.test("the voxels of a MetaImage may lie in a folder below", () => {
  const text = new TextDecoder().decode(read("apart.mhd")).replace("apart.raw", "data/apart.raw");
  assertEquals(metaImageDataFiles(new TextEncoder().encode(text)), ["data/apart.raw"]);
});

Deno.test("a fourth axis of a MetaImage is read as channels, its place as that of three", () => {
  const header = [
    "NDims = 4",
    "DimSize = 2 1 1 3",
    "ElementSpacing = 0.5 2 3 1",
    "Offset = 10 20 30 0",
    "TransformMatrix = 1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1",
    "ElementType = MET_UCHAR",
    "ElementDataFile = LOCAL\n",
  ].join("\n");
  const file = Uint8Array.of(...new TextEncoder().encode(header), 1, 2, 3, 4, 5, 6);
  const { size, channels, data, affine } = readMetaImage(file);
  assertEquals([[...size], channels, [...data]], [[2, 1, 1], 3, [1, 2, 3, 4, 5, 6]]);
  assertEquals(affine.slice(0, 12), [-0.5, 0, 0, -10, 0, -2, 0, -20, 0, 0, 3, 30]);
});

caseTest("keys of DICOM in the header of a MetaImage are skipped", async () => {
  const { size, data } = readMetaImage(await Deno.readFile(caseAt("10_mha_with_dicom_keys.mha")));
  assertEquals([...size], [7, 6, 5]);
  data.forEach((value, i) => assertEquals(value, 3 * i - 300));
});

/** Bytes with a part replaced. */
function changed(file: Uint8Array, at: number, bytes: number[]): Uint8Array {
  const out = file.slice();
  out.set(bytes, at);
  return out;
}

Deno.test("headers that lie are refused before anything is allocated", async () => {
  const nii = read("flipped.nii");
  const huge = [0xff, 0x7f];
  const cases: [Uint8Array, string][] = [
    [changed(nii, 42, [...huge, ...huge, ...huge]), `at most ${MAX_VOXELS} numbers`],
    [changed(nii, 42, [0xff, 0xff]), "at least one"],
    [changed(nii, 42, [0, 0]), "at least one"],
    [changed(nii, 40, [9, 0]), "expected 1 to 7 axes"],
    [changed(nii, 70, [128, 0]), "numbers of type 128"],
    [changed(nii, 108, [0, 0, 0xc0, 0x7f]), "bytes of voxels"],
    [changed(nii, 344, [0x6e, 0x69]), "header of a pair of files"],
    [changed(nii, 280, Array(48).fill(0)), "expected three axes in mm"],
    [nii.slice(0, -1), "bytes of voxels"],
    [nii.slice(0, 200), "no NIfTI header"],
    [new Uint8Array(0), "no NIfTI header"],
    [gzipSync(nii).slice(0, -12), "gzip stream"],
  ];
  for (const [file, text] of cases) await assertRejects(() => readNifti(file), FormatError, text);

  const mha = new TextDecoder("latin1").decode(read("oblique.mha"));
  const swap = (from: string, to: string) =>
    Uint8Array.from(mha.replace(from, to), (letter) => letter.charCodeAt(0));
  const texts: [Uint8Array, string][] = [
    [swap("DimSize = 5 4 3", "DimSize = 5 4 -3"), "at least one"],
    [swap("DimSize = 5 4 3", "DimSize = 60000 60000 60000"), `at most ${MAX_VOXELS}`],
    [swap("DimSize = 5 4 3", "DimSize = 5 4"), "expected 3 numbers as DimSize"],
    [swap("DimSize", "Size"), "it has no DimSize"],
    [swap("MET_SHORT", "MET_STRING"), "numbers of type MET_STRING"],
    [swap("ElementSpacing = ", "ElementSpacing = 0 1 1\nWas = "), "expected three axes in mm"],
    [swap("CompressedData = False", "CompressedData = True"), "compressed"],
    [swap("LOCAL", "elsewhere.raw"), 'its voxels are in "elsewhere.raw"'],
    [swap("ElementDataFile", "DataFile"), "no MetaImage header"],
    [read("oblique.mha").slice(0, -1), "bytes of voxels"],
  ];
  for (const [file, text] of texts) assertThrows(() => readMetaImage(file), FormatError, text);

  const dcm = read("gray16.dcm");
  for (const cut of [0, 100, 140, 200, 400, dcm.length - 1]) {
    await assertRejects(() => readDicom(dcm.slice(0, cut)), FormatError, "Cannot read the DICOM");
  }
});

Deno.test("bombs are noticed", async () => {
  const zeros = new Uint8Array(8 * 2 ** 20);
  const header = read("flipped.nii").slice(0, 352);
  const bomb = new Uint8Array(header.length + zeros.length);
  bomb.set(header);
  // A megabyte of zeros behind the numbers that the header promises costs little and does no harm.
  assertEquals((await readNifti(gzipSync(bomb))).size, [5, 4, 3]);
  const mha = new TextDecoder().decode(read("compressed.mha")).split("ElementDataFile")[0];
  const packed = deflateSync(zeros);
  const text = new TextEncoder().encode(
    mha.replace("DimSize = 5 4 3", "DimSize = 1000 1000 50") + "ElementDataFile = LOCAL\n",
  );
  const file = new Uint8Array(text.length + packed.length);
  file.set(text);
  file.set(packed, text.length);
  assertThrows(() => readMetaImage(file), FormatError, "cannot expand to 200000000 bytes");
});

const READERS: Record<
  string,
  [files: string[], read: (file: Uint8Array) => Volume | Promise<Volume>]
> = {
  NIfTI: [["flipped.nii", "oblique.nii.gz", "version2.nii.gz", "big_endian.nii.gz"], readNifti],
  MetaImage: [["oblique.mha", "compressed.mha", "colors.mha"], (file) => readMetaImage(file)],
  DICOM: [
    ["gray16.dcm", "implicit.dcm", "big_endian.dcm", "deflated.dcm", "rle16.dcm", "colors.dcm"],
    async (file) => (await readDicom(file)).volume,
  ],
};
for (const [format, [names, reader]] of Object.entries(READERS)) {
  Deno.test(`2,000 damaged ${format} files give a volume or a FormatError, and none hangs`, async () => {
    const files = names.map(read);
    const random = new Random(format);
    let refused = 0;
    for (let i = 0; i < 2_000; i++) {
      const file = mutated(files[i % files.length], random);
      try {
        const { size, channels, data } = await reader(file);
        assertEquals(data.length, size[0] * size[1] * size[2] * channels);
        assert(data.length <= 8 * file.length * 1032, `${data.length} from ${file.length} bytes`);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        refused++;
      }
    }
    assert(refused > 100 && refused < 2_000, `${refused} were refused`);
  });
}
