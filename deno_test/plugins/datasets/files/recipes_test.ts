/** The paper's recipes on tiny volumes of the published formats, geometries and names. */

import { type Dataset, Host } from "@countergrade/countergrade";
import { builtins } from "@countergrade/countergrade/plugins";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { mha, niiGz, tiny } from "./volume_writer.ts";

async function withData(
  content: Record<string, Uint8Array | string>,
  run: (dataset: Dataset) => Promise<void>,
) {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [name, value] of Object.entries(content)) {
      const path = `${folder}/own/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeFile(
        path,
        typeof value === "string" ? new TextEncoder().encode(value) : value,
      );
    }
    await using host = await Host.boot(builtins, { roots: [folder] });
    await run(await host.openDataset("own"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The brightest pixel of an image, as [row, column]. */
function brightest(data: Float32Array, width: number): [number, number] {
  const at = data.indexOf(Math.max(...data));
  return [Math.floor(at / width), at % width];
}

Deno.test("SPIDER: discs by Pfirrmann grade, cut from sagittal T2 by the mask's label", async () => {
  // As published: thick sagittal slices along the first axis, fine along the others.
  const size = [7, 60, 60] as const;
  const spacing = [4, 0.6, 0.6] as const;
  // Discs 1 to 3 from below, each 16 voxels long (j) and 6 high (k), in slices 2 to 4.
  const discAt = (i: number, j: number, k: number) => {
    const disc = Math.floor((k - 6) / 16) + 1;
    return i >= 2 && i <= 4 && j >= 22 && j < 38 && (k - 6) % 16 < 6 && k >= 6 && disc <= 3
      ? disc
      : 0;
  };
  const image = (patient: number) =>
    mha(tiny([...size], [...spacing], (i, j, k) => {
      const disc = discAt(i, j, k);
      // A bright spot at the front upper corner of disc 2, in its middle slice only.
      if (disc === 2 && i === 3 && j >= 36 && (k - 6) % 16 >= 4) return 1000;
      return disc ? 300 + patient : 50;
    }));
  const mask = mha(tiny([...size], [...spacing], (i, j, k) => {
    const disc = discAt(i, j, k);
    return disc ? 200 + disc : 0;
  }));
  const gradings = [
    "Patient,IVD label,Modic,UP endplate,LOW endplate,Spondylolisthesis,Disc herniation,Disc narrowing,Disc bulging,Pfirrman grade",
    ...[1, 2, 3].flatMap((patient) =>
      [1, 2, 3].map((disc) => `${patient},${disc},0,0,0,0,0,0,0,${disc + (patient === 3 ? 2 : 0)}`)
    ),
    "1,4,0,0,0,0,0,0,0,2",
    "4,1,0,0,0,0,0,0,0,5",
    "2,5,0,0,0,0,0,0,0,",
  ].join("\n");
  const overview =
    "new_file_name,subset\n1_t2,training\n1_t1,training\n2_t2,training\n3_t2,validation\n";
  const content: Record<string, Uint8Array | string> = {
    "radiological_gradings.csv": gradings,
    "overview.csv": overview,
    "countergrade-dataset.json": '{"imageSize": 32, "margin": 3}',
  };
  for (const patient of [1, 2, 3]) {
    content[`images/${patient}_t2.mha`] = image(patient);
    content[`images/${patient}_t1.mha`] = image(patient);
    content[`masks/${patient}_t2.mha`] = mask;
  }
  await withData(content, async (dataset) => {
    assertEquals(dataset.splits, { train: 6, val: 3 });
    assertEquals(dataset.scale.names[0], "Pfirrmann 1");
    assertEquals(dataset.scale.type, "ordinal");
    const { ids, labels, images } = await dataset.get("train", [0, 1, 2]);
    assertEquals(ids, ["1-disc-1", "1-disc-2", "1-disc-3"]);
    assertEquals([...labels], [0, 1, 2]);
    assertEquals([...(await dataset.get("val", [0, 1, 2])).labels], [2, 3, 4]);
    // 16 + 2·5 voxels wide, 6 + 2·5 high at 0.6 mm: padded to a square and resized from 26 to 32.
    const disc = images.data.subarray(0, 1024);
    const inside = Array.from(disc).filter((x) => x > -0.9).length;
    assertAlmostEquals(inside, 16 * 6 * (32 / 26) ** 2, 40);
    // Front is left, up is up: the spot of disc 2 is left above the middle.
    const [row, column] = brightest(images.data.subarray(1024, 2048), 32);
    assert(row < 16 && column < 12, `the spot is at ${row}, ${column}`);
    const skipped = new Map(dataset.skipped!.map(({ file, reason }) => [file, reason]));
    assert(skipped.get("images/4_t2.mha")!.includes("no T2 image"));
    assert(skipped.get("patient 2, disc 5")!.includes("Its grade is"));
  });
});

Deno.test("BraTS: axial FLAIR slices at 3 × 3 × 2 mm, tumor by the slice's own mask", async () => {
  // As in the Decathlon: 1 mm voxels, four channels, FLAIR first.
  const size: [number, number, number] = [96, 90, 20];
  const head = (i: number, j: number, k: number) =>
    (i - 48) ** 2 / 40 ** 2 + (j - 45) ** 2 / 38 ** 2 < 1 && k >= 4;
  const tumor = (i: number, j: number, k: number) =>
    (i - 60) ** 2 + (j - 60) ** 2 < 64 && k >= 12 && k < 16;
  const image = niiGz(
    tiny(
      size,
      [1, 1, 1],
      (i, j, k, c) => c > 0 ? 999 : tumor(i, j, k) ? 900 : head(i, j, k) ? 400 : 0,
      4,
    ),
  );
  const mask = niiGz(tiny(size, [1, 1, 1], (i, j, k) => tumor(i, j, k) ? 2 : 0));
  const content: Record<string, Uint8Array | string> = {};
  for (const patient of ["BRATS_001", "BRATS_002", "BRATS_003"]) {
    content[`imagesTr/${patient}.nii.gz`] = image;
    content[`labelsTr/${patient}.nii.gz`] = mask;
  }
  content["imagesTr/BRATS_004.nii.gz"] = image;
  content["dataset.json"] = '{"name": "BRATS"}';
  await withData(content, async (dataset) => {
    assertEquals([...dataset.imageShape], [1, 64, 64]);
    assertEquals(dataset.scale.type, "binary");
    const total = Object.values(dataset.splits).reduce((a, b) => a + b, 0);
    // 20 mm at 2 mm are 10 slices, of which 8 show the head.
    assertEquals(total, 24);
    const [split, count] = Object.entries(dataset.splits)[0];
    const { ids, labels, images } = await dataset.get(
      split,
      Array.from({ length: count }, (_, i) => i),
    );
    ids.forEach((id, i) => {
      const k = Number(id.split("-")[1]);
      assertEquals(labels[i], k === 6 || k === 7 ? 1 : 0, id);
      if (!labels[i]) return;
      const [row, column] = brightest(images.data.subarray(i * 4096, (i + 1) * 4096), 64);
      // The tumor is front (up) and to the right of the patient (left): 60/3 of 32 columns, centered in 64.
      assert(row < 32 && column < 32, `${row}, ${column}`);
    });
    assertEquals(dataset.skipped![0].file, "imagesTr/BRATS_004.nii.gz");
    // A patient's slices stay together.
    const homes = new Map<string, Set<string>>();
    for (const [name, n] of Object.entries(dataset.splits)) {
      for (const id of (await dataset.get(name, Array.from({ length: n }, (_, i) => i))).ids) {
        const patient = id.split("-")[0];
        homes.set(patient, (homes.get(patient) ?? new Set()).add(name));
      }
    }
    assert([...homes.values()].every(({ size }) => size === 1));
  });
});

Deno.test("vertebrae: crops of a table's structures, with Genant grades", async () => {
  const size: [number, number, number] = [20, 40, 60];
  const vertebraAt = (j: number, k: number) =>
    j >= 10 && j < 30 && k % 20 < 14 ? 20 + Math.floor(k / 20) : 0;
  const image = niiGz(tiny(size, [1, 1, 1], (_i, j, k) => vertebraAt(j, k) ? 500 : -200));
  const mask = niiGz(tiny(size, [1, 1, 1], (i, j, k) => i >= 5 && i < 15 ? vertebraAt(j, k) : 0));
  const table = [
    "subject,image,mask,vertebra,genant,split",
    ...["004", "005"].flatMap((subject, s) =>
      [20, 21, 22].map((label) =>
        `${subject},rawdata/sub-verse${subject}/sub-verse${subject}_ct.nii.gz,` +
        `derivatives/sub-verse${subject}/sub-verse${subject}_seg-vert_msk.nii.gz,${label},${
          label - 20 + s
        },` +
        (s ? "test" : "training")
      )
    ),
    "006,rawdata/../../x.nii.gz,m.nii.gz,20,1,training",
    "004,rawdata/sub-verse004/sub-verse004_ct.nii.gz,derivatives/sub-verse004/sub-verse004_seg-vert_msk.nii.gz,L1,1,training",
  ].join("\n");
  const content: Record<string, Uint8Array | string> = {
    "grades.csv": table,
    "countergrade-dataset.json": JSON.stringify({
      recipe: "vertebrae",
      columns: { label: "genant" },
      imageSize: 32,
      margin: 5,
    }),
  };
  for (const subject of ["004", "005"]) {
    content[`rawdata/sub-verse${subject}/sub-verse${subject}_ct.nii.gz`] = image;
    content[`derivatives/sub-verse${subject}/sub-verse${subject}_seg-vert_msk.nii.gz`] = mask;
  }
  await withData(content, async (dataset) => {
    assertEquals(dataset.splits, { train: 3, test: 3 });
    assertEquals([...(await dataset.get("test", [0, 1, 2])).labels], [1, 2, 3]);
    assertEquals(dataset.scale, { type: "ordinal", names: ["0", "1", "2", "3"] });
    const { images } = await dataset.get("train", [1]);
    const bright = Array.from(images.data).filter((x) => x > 0).length;
    // 20 × 14 mm of vertebra, and 4 mm of the next on one side, in 30 × 24 mm: 30 mm are 32 pixels.
    assertAlmostEquals(bright, 20 * 14 * (32 / 30) ** 2, 40);
    assertEquals(dataset.skipped!.length, 2);
  });
});
