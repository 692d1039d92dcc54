/** Published data sets as they lie on disk after a download, opened as docs/datasets.md says. */

import { type Dataset, FormatError } from "@countergrade/countergrade";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { dicomFile } from "../../../core/formats/dicom/writer.ts";
import { counts, idsOf, splitsByPatient, withFiles } from "./mock.ts";
import { mha, niiGz, tiny } from "./volume_writer.ts";

const document = await Deno.readTextFile(
  new URL("../../../../docs/datasets.md", import.meta.url),
);

/** The description that the document gives for a set, with small images; none where it works out of the box. */
function described(set: string): Record<string, string> {
  const section = document.split(`\n### ${set}\n`)[1]?.split(/\n##/)[0];
  assert(section, `the document has a paragraph ${set}`);
  const [, text] = section.match(/```json\n([\s\S]*?)```/) ?? [];
  if (text === undefined) return {};
  assert(text.trim().split("\n").length <= 10, `${set} takes at most ten lines`);
  return {
    "countergrade-dataset.json": JSON.stringify({ ...JSON.parse(text), imageSize: 8 }),
  };
}

const named = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, null]));
const whole = (n: number) => Array.from({ length: n }, (_, i) => i);
const padded = (n: number, digits: number) => String(n).padStart(digits, "0");

/** Label of an image by its id. */
async function labelsOf(dataset: Dataset): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const [split, n] of Object.entries(dataset.splits)) {
    const { ids, labels } = await dataset.get(split, whole(n));
    ids.forEach((id, i) => found.set(id, dataset.scale.names[labels[i]]));
  }
  return found;
}

function notesSay(dataset: Dataset, words: string) {
  assert(dataset.notes?.some((note) => note.includes(words)), dataset.notes?.join("\n"));
}

const head = niiGz(
  tiny([24, 24, 10], [3, 3, 2], (i, j) => (i - 12) ** 2 + (j - 12) ** 2 < 100 ? 400 : 0),
);
const tumor = niiGz(
  tiny([24, 24, 10], [3, 3, 2], (i, j, k) => i === 12 && j === 12 && k < 3 ? 4 : 0),
);

Deno.test("BraTS 2021 and 2023 out of the box: a folder for each patient, whose visits stay together", async () => {
  const old = whole(3).map((i) => `BraTS2021_0000${i}`);
  const kinds = ["flair", "seg", "t1", "t1ce", "t2"];
  await withFiles(
    Object.fromEntries(
      old.flatMap((name) =>
        kinds.map((kind) =>
          [`${name}/${name}_${kind}.nii.gz`, kind === "seg" ? tumor : head] as const
        )
      ),
    ),
    (dataset) => {
      assertEquals([counts(dataset), dataset.scale.names], [30, ["healthy slice", "tumor"]]);
    },
  );
  const visits = whole(4).map((i) => `BraTS-GLI-0000${i >> 1}-00${i & 1}`);
  const since = ["t2f", "seg", "t1n", "t1c", "t2w"];
  await withFiles(
    Object.fromEntries(
      visits.flatMap((name) =>
        since.map((kind) =>
          [`${name}/${name}-${kind}.nii.gz`, kind === "seg" ? tumor : head] as const
        )
      ),
    ),
    async (dataset) => {
      assertEquals(counts(dataset), 40);
      const labels = await labelsOf(dataset);
      assertEquals(labels.get("BraTS-GLI-00001-001-2"), "tumor");
      assertEquals(labels.get("BraTS-GLI-00001-001-3"), "healthy slice");
      const found = await splitsByPatient(dataset, (id) => id.slice(0, 15));
      assertEquals([...found.values()].map(({ size }) => size), [1, 1]);
      notesSay(dataset, "40 images are of 2 patients");
    },
  );
});

Deno.test("BraTS 2020 as it is unpacked: tables beside the patients, one without a mask", async () => {
  const names = [1, 2, 3].map((i) => `BraTS20_Training_00${i}`);
  const files = names.flatMap((name, i) => [
    [`MICCAI_BraTS2020_TrainingData/${name}/${name}_flair.nii.gz`, head] as const,
    ...i === 2
      ? []
      : [[`MICCAI_BraTS2020_TrainingData/${name}/${name}_seg.nii.gz`, tumor] as const],
  ]);
  await withFiles({
    ...Object.fromEntries(files),
    "name_mapping.csv": "Grade,BraTS_2020_subject_ID\nHGG,BraTS20_Training_001\n",
    "survival_info.csv": "Brats20ID,Age\nBraTS20_Training_001,60\n",
    ...described("BraTS"),
  }, (dataset) => {
    assertEquals(counts(dataset), 20);
    assertEquals(dataset.skipped?.map(({ reason }) => reason), [
      "There is no mask (seg) beside it",
    ]);
  });
});

Deno.test("VerSe: rawdata and derivatives with a table of one's own", async () => {
  const vertebra = (i: number, j: number, k: number) =>
    i > 4 && i < 12 && j > 3 && j < 9 && k > 3 && k < 8;
  const files: Record<string, Uint8Array | string> = {};
  const rows = whole(6).flatMap((subject) => {
    const name = `sub-verse00${subject}`;
    const image = `rawdata/${name}/${name}_ct.nii.gz`;
    const mask = `derivatives/${name}/${name}_seg-vert_msk.nii.gz`;
    files[image] = niiGz(tiny([16, 12, 12], [2, 2, 2], (i, j, k) => vertebra(i, j, k) ? 600 : i));
    files[mask] = niiGz(tiny([16, 12, 12], [2, 2, 2], (i, j, k) => vertebra(i, j, k) ? 20 : 0));
    return [`${image},${mask},20,${subject % 4},${name}`, `${image},${mask},21,1,${name}`];
  });
  await withFiles({
    ...files,
    "grades.csv": ["image,mask,vertebra,grade,patient", ...rows].join("\n"),
    ...described("VerSe"),
  }, (dataset) => {
    // Vertebra 21 is in no mask.
    assertEquals([counts(dataset), dataset.scale.names], [6, ["0", "1", "2", "3"]]);
    notesSay(dataset, "6 images are of 6 patients, told apart by the table's column");
  });
});

Deno.test("knees on Kaggle and copies of OAI: published splits, in any case", async () => {
  for (
    const [set, train, val, test] of [["Knees on Kaggle", "train", "val", "test"], [
      "OAI",
      "Train",
      "Valid",
      "Test",
    ]]
  ) {
    const names = [train, val, test].flatMap((split) =>
      whole(5).flatMap((
        grade,
      ) => [`${split}/${grade}/90000${grade}L.png`, `${split}/${grade}/90000${grade}R.png`])
    );
    await withFiles({ ...named([...names, "auto_test/0/1.png"]), ...described(set) }, (dataset) => {
      if (set !== "OAI") {
        notesSay(dataset, "5 patients lie in several splits, as the files give them");
      }
      assertEquals(dataset.splits, { train: 10, val: 10, test: 10 });
      assertEquals(dataset.scale.type, "ordinal");
      assertEquals(dataset.skipped?.map(({ file }) => file), ["auto_test"]);
    });
  }
});

Deno.test("both knees of a patient stay together where the names tell whose they are", async () => {
  const names = whole(5).flatMap((grade) =>
    whole(6).flatMap((i) => [`${grade}/9${grade}${i}L.png`, `${grade}/9${grade}${i}R.png`])
  );
  await withFiles({ ...named(names), ...described("Knees on Kaggle") }, async (dataset) => {
    notesSay(dataset, "60 images are of 30 patients, told apart by the names of their files");
    const found = await splitsByPatient(dataset, (id) => id.slice(2, -5));
    for (const [patient, splits] of found) assertEquals(splits.size, 1, patient);
  });
});

Deno.test("a pattern that tells nothing is refused", async () => {
  for (
    const odd of [{ patientName: "x.png" }, { labelFolder: "a/{label}" }, { labelFolder: "*" }]
  ) {
    await assertRejects(
      () =>
        withFiles({
          ...named(["a/1.png", "b/2.png"]),
          "countergrade-dataset.json": JSON.stringify(odd),
        }, () => {}),
      FormatError,
      "expected a pattern with one {",
    );
  }
});

Deno.test("APTOS: names without an extension", async () => {
  const names = whole(20).map((i) => `0a${padded(i, 3)}`);
  await withFiles({
    ...named(names.map((name) => `train_images/${name}.png`)),
    "train.csv": ["id_code,diagnosis", ...names.map((name, i) => `${name},${i % 5}`)].join("\n"),
    "test.csv": "id_code\n1\n",
    "sample_submission.csv": "id_code,diagnosis\n1,2\n",
    ...described("APTOS 2019"),
  }, (dataset) => {
    assertEquals([counts(dataset), dataset.scale.names.length], [20, 5]);
    notesSay(dataset, "Patients are not known");
  });
});

Deno.test("HAM10000: pictures in two folders, lesions stay together", async () => {
  const rows = whole(24).map((i) =>
    `HAM_${i >> 1},ISIC_${i},${["nv", "mel", "bkl"][(i >> 1) % 3]},${40 + i},${
      ["male", "female", "unknown"][i % 3]
    },${["back", "face"][i % 2]}`
  );
  await withFiles({
    ...named(whole(24).map((i) => `HAM10000_images_part_${1 + i % 2}/ISIC_${i}.jpg`)),
    "HAM10000_metadata.csv": ["lesion_id,image_id,dx,age,sex,localization", ...rows].join("\n"),
    ...described("HAM10000"),
  }, async (dataset) => {
    assertEquals([counts(dataset), dataset.scale.names], [24, ["bkl", "mel", "nv"]]);
    assertEquals(dataset.columns!.map(({ name, scale }) => [name, scale.names]), [
      ["sex", ["female", "male"]],
      ["age", ["age"]],
      ["localization", ["back", "face"]],
    ]);
    const found = await splitsByPatient(
      dataset,
      (id) => String(Number(id.match(/ISIC_(\d+)/)![1]) >> 1),
    );
    for (const [lesion, splits] of found) assertEquals(splits.size, 1, lesion);
  });
});

Deno.test("ISIC 2018: one column for each class", async () => {
  const classes = ["MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC"];
  const rows = whole(14).map((i) =>
    [`ISIC_${i}`, ...classes.map((_, c) => c === i % 7 ? "1.0" : "0.0")].join()
  );
  await withFiles({
    ...named(whole(14).map((i) => `ISIC2018_Task3_Training_Input/ISIC_${i}.jpg`)),
    "ISIC2018_Task3_Training_GroundTruth.csv": [`image,${classes}`, ...rows].join("\n"),
    ...described("ISIC 2018 and 2019"),
  }, async (dataset) => {
    assertEquals(dataset.scale, { type: "nominal", names: classes });
    const labels = await labelsOf(dataset);
    assertEquals(labels.get("ISIC2018_Task3_Training_Input/ISIC_8.jpg"), "NV");
  });
});

Deno.test("ChestX-ray14: twelve folders, lists of findings, patients by a column", async () => {
  const findings = ["No Finding", "Cardiomegaly|Emphysema", "Effusion", "Emphysema"];
  const rows = whole(24).map((i) => `${padded(i, 8)}_000.png,${findings[i % 4]},${i >> 1}`);
  await withFiles({
    ...named(
      whole(24).map((i) => `images_0${padded(1 + i % 12, 2)}/images/${padded(i, 8)}_000.png`),
    ),
    "Data_Entry_2017.csv": ["Image Index,Finding Labels,Patient ID", ...rows].join("\n"),
    "BBox_List_2017.csv": "Image Index,Finding Label\n",
    ...described("ChestX-ray14"),
  }, async (dataset) => {
    assertEquals(dataset.scale, { type: "binary", names: ["no Emphysema", "Emphysema"] });
    for (const [id, label] of await labelsOf(dataset)) {
      const i = Number(id.match(/(\d+)_000/)![1]);
      assertEquals(label, i % 2 ? "Emphysema" : "no Emphysema", id);
    }
    notesSay(dataset, "24 images are of 12 patients");
  });
});

Deno.test("CheXpert: uncertain is missing, two views of a patient stay together", async () => {
  const rows = whole(40).map((i) =>
    `CheXpert-v1.0-small/train/patient${padded(i >> 1, 5)}/study1/view${1 + i % 2}_frontal.jpg,${
      ["1.0", "0.0", "", "-1.0"][(i >> 1) % 4]
    }`
  );
  await withFiles({
    ...named(rows.map((row) => row.split(",")[0])),
    "train.csv": ["Path,Cardiomegaly", ...rows].join("\n"),
    ...described("CheXpert"),
  }, async (dataset) => {
    assertEquals([counts(dataset), dataset.skipped?.length], [20, 20]);
    const found = await splitsByPatient(dataset, (id) => id.split("/")[2]);
    for (const [patient, splits] of found) assertEquals(splits.size, 1, patient);
    notesSay(dataset, "20 images are of 10 patients, told apart by folders");
  });
});

Deno.test("MURA: the label in the name of a study's folder", async () => {
  const names = ["train", "valid"].flatMap((split) =>
    whole(6).flatMap((i) => {
      const study = `study1_${i % 2 ? "positive" : "negative"}`;
      const patient = `patient${padded(split === "train" ? i : 20 + i, 5)}`;
      return [1, 2].map((n) => `${split}/XR_WRIST/${patient}/${study}/image${n}.png`);
    })
  );
  const tables = {
    "train_labeled_studies.csv": "MURA-v1.1/train/XR_WRIST/patient00000/study1_negative/,0\n",
    "train_image_paths.csv": "MURA-v1.1/train/XR_WRIST/patient00000/study1_negative/image1.png\n",
  };
  await withFiles({ ...named(names), ...tables, ...described("MURA") }, async (dataset) => {
    assertEquals(dataset.splits, { train: 12, val: 12 });
    assertEquals(dataset.scale.names, ["negative", "positive"]);
    for (const [id, label] of await labelsOf(dataset)) assert(id.includes(`_${label}/`), id);
    notesSay(dataset, "24 images are of 12 patients, told apart by folders");
  });
  await withFiles(
    { ...named(names.map((name) => `MURA-v1.1/${name}`)), ...described("MURA") },
    async (dataset) => {
      const found = await splitsByPatient(dataset, (id) => id.split("/")[3]);
      assertEquals([counts(dataset), found.size], [24, 12]);
      for (const [patient, splits] of found) assertEquals(splits.size, 1, patient);
    },
  );
});

const slice = (
  place: number,
  values: Uint8Array,
  { series = "1.2", ...more }: Record<string, string> = {},
) =>
  dicomFile([4, 4], values, {
    "0010,0020 LO": more.patient ?? "P",
    "0020,000e UI": series,
    "0020,0032 DS": more.position ?? `${place}\\0\\0`,
    // Rows run downwards, columns to the back: sagittal.
    "0020,0037 DS": String.raw`0\1\0\0\0\-1`,
    "0028,0030 DS": String.raw`1\1`,
  });

Deno.test("RSNA pneumonia: ids without an extension, several rows for a picture", async () => {
  const ids = whole(12).map((i) => `id-${i}`);
  const rows = ids.flatMap((id, i) =>
    i % 3 ? [`${id},,,,,0`] : [`${id},1,2,3,4,1`, `${id},5,6,7,8,1`]
  );
  await withFiles({
    ...Object.fromEntries(ids.map((id, i) => [
      `stage_2_train_images/${id}.dcm`,
      slice(0, new Uint8Array(16).fill(i), { patient: id }),
    ])),
    "stage_2_train_labels.csv": ["patientId,x,y,width,height,Target", ...rows].join("\n"),
    "stage_2_detailed_class_info.csv": "patientId,class\n",
    ...described("RSNA pneumonia"),
  }, async (dataset) => {
    assertEquals([counts(dataset), dataset.scale.type], [12, "binary"]);
    assertEquals(dataset.skipped?.length, 4);
    assert(dataset.skipped!.every(({ reason }) => reason === "The table names it twice"));
    assertEquals((await labelsOf(dataset)).get("stage_2_train_images/id-3.dcm"), "1");
    notesSay(dataset, "12 images are of 12 patients, told apart by the table's column");
  });
});

Deno.test("RSNA lumbar 2024: series of a study by a second table, their middle slice", async () => {
  const files: Record<string, Uint8Array | string> = {};
  const severities = ["Normal/Mild", "Moderate", "Severe", ""];
  const studies = whole(8).map((i) => 4003253 + i);
  for (const study of studies) {
    for (const [series, bright] of [[1000, 50], [2000, 200]]) {
      whole(3).forEach((n) => {
        // Named against their places, as exports are.
        files[`train_images/${study}/${series}/${3 - n}.dcm`] = slice(
          4 * n,
          new Uint8Array(16).fill(n === 1 ? bright : 0).fill(255, 0, 1),
          { series: `1.${study}.${series}`, patient: String(study) },
        );
      });
    }
  }
  await withFiles({
    ...files,
    "train.csv": [
      "study_id,spinal_canal_stenosis_l1_l2,spinal_canal_stenosis_l4_l5",
      ...studies.map((study, i) => `${study},Severe,${severities[i % 4]}`),
    ].join("\n"),
    "train_series_descriptions.csv": [
      "study_id,series_id,series_description",
      ...studies.flatMap((study) => [
        `${study},1000,Sagittal T1`,
        `${study},2000,Sagittal T2/STIR`,
      ]),
    ].join("\n"),
    "train_label_coordinates.csv": "study_id,series_id\n",
    ...described("RSNA lumbar 2024"),
  }, async (dataset) => {
    assertEquals([counts(dataset), dataset.scale.type], [6, "ordinal"]);
    assertEquals(dataset.skipped?.map(({ reason }) => reason), Array(2).fill("It has no label"));
    assertEquals((await labelsOf(dataset)).get("train_images/4003254/2000"), "Moderate");
    const { images, taken } = await dataset.get("train", [0]);
    assert(taken?.[0]?.startsWith("sagittal slice 2 of 3"), taken?.[0]);
    // Of the T2 series: 200 of 255, all but one pixel.
    assertAlmostEquals(images.data[40], 2 * 200 / 255 - 1, 0.01);
  });
});

Deno.test("BUSI: masks beside pictures", async () => {
  const names = ["benign", "malignant", "normal"].flatMap((label) =>
    whole(5).flatMap((i) => [`${label}/${label} (${i}).png`, `${label}/${label} (${i})_mask.png`])
  );
  await withFiles({ ...named(names), ...described("BUSI") }, (dataset) => {
    assertEquals([counts(dataset), dataset.skipped?.length], [15, 15]);
  });
});

Deno.test("SPIDER out of the box", async () => {
  const disc = (i: number, j: number, k: number) =>
    i > 3 && i < 8 && j > 3 && j < 9 && k > 3 && k < 7;
  const files: Record<string, Uint8Array | string> = described("SPIDER");
  for (const patient of [1, 2, 3, 4]) {
    files[`images/${patient}_t2.mha`] = mha(tiny([12, 12, 10], [1, 1, 1], (i, j, k) => i + j + k));
    files[`masks/${patient}_t2.mha`] = mha(
      tiny([12, 12, 10], [1, 1, 1], (i, j, k) => disc(i, j, k) ? 201 + Number(patient === 2) : 0),
    );
  }
  files["radiological_gradings.csv"] =
    "Patient,IVD label,Pfirrman grade\n1,1,1\n2,2,2\n3,1,3\n4,1,5\n";
  files["overview.csv"] =
    "new_file_name,subset\n1_t2,training\n2_t2,training\n3_t2,validation\n4_t2,validation\n";
  await withFiles(files, (dataset) => {
    assertEquals(dataset.splits, { train: 2, val: 2 });
    assertEquals(dataset.columns!.map(({ name, labels }) => [name, [...labels.train]]), [
      ["level", [0, 1]],
    ]);
    notesSay(dataset, "4 images are of 4 patients, told apart by the names of their files");
  });
});

Deno.test("NIfTI in class folders: the slice and the intensities that are asked for", async () => {
  const volume = (grade: number) =>
    niiGz(tiny([8, 8, 8], [1, 1, 1], (i, j, k) => grade * 10 + (k >= 4 ? 100 : 0) + i + j));
  const files = Object.fromEntries(whole(8).map((i) => [`${i % 2}/${i}.nii.gz`, volume(i % 2)]));
  const set = "NIfTI and DICOM series in class folders";
  await withFiles({ ...files, ...described(set) }, async (dataset) => {
    assertEquals([counts(dataset), dataset.scale.names], [8, ["0", "1"]]);
    const { images, taken } = await dataset.get("train", [0]);
    assertEquals(taken, ["sagittal slice 5 of 8; percentiles 1 to 99"]);
    // Up is up: the upper half is brighter.
    assert(images.data[0] > 0.5 && images.data[63] < -0.5);
  });
});

Deno.test("folders of DICOM files are volumes where a slice is asked for, or say why not", async () => {
  const files: Record<string, Uint8Array> = {};
  const put = (name: string, places: readonly number[], more: Record<string, string>[] = []) =>
    places.forEach((place, i) => {
      const values = new Uint8Array(16).fill(10 * (i + 1)).fill(0, 0, 2);
      files[`${name}/${i}.dcm`] = slice(place, values, more[i]);
    });
  for (const i of whole(3)) {
    put(`mild/a${i}`, [0, 5, 10], Array(3).fill({ patient: `a${i}` }));
    put(`severe/b${i}`, [10, 0, 5], Array(3).fill({ patient: `b${i}` }));
  }
  put("severe/gap", [0, 5, 15]);
  put("severe/twice", [0, 0, 5]);
  put("severe/two", [0, 5], [{ series: "1.2" }, { series: "1.3" }]);
  put("severe/nowhere", [0, 1], [{ position: "0\\0\\0" }, { position: "0\\0\\0" }]);
  await withFiles(
    { ...files, ...described("NIfTI and DICOM series in class folders") },
    async (dataset) => {
      assertEquals(Object.values(await idsOf(dataset)).flat().sort(), [
        ...whole(3).map((i) => `mild/a${i}`),
        ...whole(3).map((i) => `severe/b${i}`),
      ]);
      const reasons = new Map(dataset.skipped?.map(({ file, reason }) => [file, reason]));
      const expected = {
        "severe/gap": "5.00 to 10.00 mm apart; one may be missing",
        "severe/twice": "two of its slices lie in one place",
        "severe/two": "they are of 2; give each a folder",
        "severe/nowhere": "do not say where its slices lie",
      };
      assertEquals(reasons.size, 4);
      for (const [file, words] of Object.entries(expected)) {
        assert(reasons.get(file)?.includes(words), `${file}: ${reasons.get(file)}`);
      }
    },
  );
});
