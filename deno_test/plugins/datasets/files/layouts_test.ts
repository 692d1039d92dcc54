/** Data sets in the layouts in which people have them: patients, splits, missing labels, paths, tables. */

import { type Dataset, FormatError, Host, tensor } from "@countergrade/countergrade";
import { openPicture, toPng } from "@countergrade/countergrade/images";
import { builtins } from "@countergrade/countergrade/plugins";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { caseAt, caseTest } from "../../../shared_cases.ts";
import { dicomFile } from "../../../core/formats/dicom/writer.ts";

/** Opens a data set of a folder of data sets. */
async function withDataset(
  root: string,
  id: string,
  run: (dataset: Dataset) => Promise<void> | void,
): Promise<void> {
  await using host = await Host.boot(builtins, { roots: [root] });
  await run(await host.openDataset(id));
}

async function withCase(id: string, run: (dataset: Dataset) => Promise<void> | void) {
  await withDataset(await Deno.realPath(caseAt(".")), id, run);
}

/** Opens a data set `own` of these files; each name stands for a picture unless it has content. */
async function withFiles(
  files: Record<string, Uint8Array | string | null>,
  run: (dataset: Dataset) => Promise<void> | void,
  id = "own",
): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [i, [name, content]] of Object.entries(files).entries()) {
      const path = `${root}/${id}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      const drawn = () => toPng(tensor([1, 1, 2, 2], [-1, 1, i / 100, 0]), 0);
      if (typeof content === "string") await Deno.writeTextFile(path, content);
      else await Deno.writeFile(path, content ?? drawn());
    }
    await withDataset(root, id, run);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const counts = ({ splits }: Dataset) => Object.values(splits).reduce((a, b) => a + b, 0);

async function idsOf(dataset: Dataset): Promise<Record<string, string[]>> {
  const lists: Record<string, string[]> = {};
  for (const [split, n] of Object.entries(dataset.splits)) {
    lists[split] = [...(await dataset.get(split, Array.from({ length: n }, (_, i) => i))).ids];
  }
  return lists;
}

/** The splits that images of each patient are in. */
async function splitsByPatient(dataset: Dataset, patientOf: (id: string) => string) {
  const found = new Map<string, Set<string>>();
  for (const [split, ids] of Object.entries(await idsOf(dataset))) {
    for (const id of ids) {
      const patient = patientOf(id);
      found.set(patient, (found.get(patient) ?? new Set()).add(split));
    }
  }
  return found;
}

caseTest("pictures in deeper folders of a class belong to it", async () => {
  await withCase("11_deeper_folders", (dataset) => {
    assertEquals(counts(dataset), 36);
    assertEquals(dataset.skipped, []);
    assertEquals(dataset.scale.names, ["0", "1", "2"]);
  });
});

caseTest("splits are known in capitals too", async () => {
  await withCase("12_capital_splits", (dataset) => {
    assertEquals(dataset.splits, { train: 9, val: 9, test: 9 });
    assertEquals(dataset.scale, { type: "ordinal", names: ["0", "1", "2"] });
  });
});

caseTest(
  "NA, nan and ? are no labels: their rows are told, and the others stay ordinal",
  async () => {
    await withCase("13_missing_labels", (dataset) => {
      assertEquals(dataset.scale, { type: "ordinal", names: ["0", "1", "2"] });
      const table = Deno.readTextFileSync(caseAt("13_missing_labels/labels.csv")).trim().split(
        "\n",
      );
      const without = table.filter((row) => /,(NA|nan|\?)$/.test(row)).length;
      assert(without > 0);
      assertEquals(dataset.skipped?.length, without);
      assert(dataset.skipped!.every(({ reason }) => reason.startsWith("It has no label")));
      assertEquals(counts(dataset), table.length - 1 - without);
    });
  },
);

caseTest("files of a patient, as DICOM tells them, stay in one split", async () => {
  await withCase("14_dicom_patients", async (dataset) => {
    const patients = new Map<string, string>();
    for (let i = 0; i < 20; i++) {
      const { patient } = await openPicture(
        await Deno.readFile(caseAt(`14_dicom_patients/${i}.dcm`)),
      );
      patients.set(`${i}.dcm`, patient!);
    }
    assertEquals(new Set(patients.values()).size, 5);
    const found = await splitsByPatient(dataset, (id) => patients.get(id)!);
    for (const [patient, splits] of found) assertEquals(splits.size, 1, patient);
  });
});

caseTest("a recipe whose folder is missing names the folder", async () => {
  const error = await assertRejects(
    () => withCase("15_brats_without_imagesTr", () => {}),
    FormatError,
    'expected a folder "imagesTr" in it',
  );
  assertEquals(error.code, "BAD_FORMAT");
});

Deno.test("recipe spider without its table or folders names what is missing", async () => {
  const description = { "countergrade-dataset.json": JSON.stringify({ recipe: "spider" }) };
  const open = (files: Record<string, string>) => withFiles({ ...description, ...files }, () => {});
  await assertRejects(() => open({}), FormatError, 'a file "radiological_gradings.csv"');
  const table = "Patient,IVD label,Pfirrman grade\n1,1,2\n";
  await assertRejects(
    () => open({ "radiological_gradings.csv": table }),
    FormatError,
    'a folder "images"',
  );
});

const describe = (value: unknown) => ({ "countergrade-dataset.json": JSON.stringify(value) });

Deno.test("patients by folders, when told: CheXpert with its uncertain labels as missing", async () => {
  const rows = Array.from(
    { length: 40 },
    (_, i) =>
      `train/patient${10_000 + (i >> 1)}/study1/view${i % 2 + 1}.png,${
        i % 10 === 9 ? "-1.0" : i % 4 > 1 ? "1.0" : "0.0"
      }`,
  );
  const files = Object.fromEntries(rows.map((row) => [row.split(",")[0], null]));
  await withFiles({
    ...files,
    "train.csv": ["Path,Cardiomegaly", ...rows].join("\n"),
    "valid.csv": "Path,Cardiomegaly\n",
    ...describe({
      table: "train.csv",
      columns: { label: "Cardiomegaly" },
      missing: ["-1.0"],
      patientFolders: true,
      imageSize: 8,
    }),
  }, async (dataset) => {
    assertEquals(dataset.scale, { type: "binary", names: ["0", "1"] });
    assertEquals(dataset.skipped?.length, 4);
    const found = await splitsByPatient(dataset, (id) => id.split("/")[1]);
    for (const [patient, splits] of found) assertEquals(splits.size, 1, patient);
  });
});

Deno.test("names without extension in a folder of their own: APTOS", async () => {
  const names = Array.from({ length: 20 }, (_, i) => `id${i}`);
  await withFiles({
    ...Object.fromEntries(names.map((name) => [`train_images/${name}.png`, null])),
    "train.csv": ["id_code,diagnosis", ...names.map((name, i) => `${name},${i % 5}`)].join("\n"),
    ...describe({
      columns: { path: "id_code" },
      pathPrefix: "train_images/",
      pathSuffix: ".png",
      imageSize: 8,
    }),
  }, (dataset) => {
    assertEquals(counts(dataset), 20);
    assertEquals(dataset.scale.names, ["0", "1", "2", "3", "4"]);
  });
});

Deno.test("one column for each class, of which one is 1: ISIC 2018", async () => {
  const columns = ["MEL", "NV", "BCC"];
  const rows = Array.from(
    { length: 12 },
    (_, i) => `ISIC_${i},${columns.map((_, c) => c === i % 3 ? "1.0" : "0.0").join(",")}`,
  );
  const odd = "ISIC_0b,1.0,1.0,0.0";
  await withFiles({
    ...Object.fromEntries([...rows, odd].map((row) => [`${row.split(",")[0]}.jpg`, null])),
    "truth.csv": [`image,${columns}`, ...rows, odd].join("\n"),
    ...describe({ columns: { oneHot: columns }, pathSuffix: ".jpg", imageSize: 8 }),
  }, async (dataset) => {
    assertEquals(dataset.scale, { type: "nominal", names: columns });
    assertEquals(dataset.skipped?.map(({ file }) => file), ["ISIC_0b.jpg"]);
    const { ids, labels } = await dataset.get("train", [0]);
    assertEquals(labels[0], Number(ids[0].match(/\d+/)![0]) % 3);
  });
});

Deno.test("lists of findings: ChestX-ray14", async () => {
  const findings = ["No Finding", "Cardiomegaly|Emphysema", "Effusion", "Emphysema"];
  const rows = Array.from({ length: 16 }, (_, i) => `${i}.png,${findings[i % 4]},${i >> 2}`);
  await withFiles({
    ...Object.fromEntries(rows.map((row) => [`images/${row.split(",")[0]}`, null])),
    "Data_Entry.csv": ["Image Index,Finding Labels,Patient ID", ...rows].join("\n"),
    ...describe({
      columns: { path: "Image Index", label: "Finding Labels" },
      pathPrefix: "images/",
      finding: "Emphysema",
      names: ["no emphysema", "emphysema"],
      imageSize: 8,
    }),
  }, async (dataset) => {
    assertEquals(dataset.scale, { type: "binary", names: ["no emphysema", "emphysema"] });
    const { ids, labels } = await dataset.get("train", [0, 1, 2, 3]);
    ids.forEach((id, i) => assertEquals(labels[i], Number(id.match(/\d+/)![0]) % 2));
  });
});

Deno.test("masks beside pictures are left out when told: BUSI", async () => {
  const names = ["benign", "malignant"].flatMap((label) =>
    Array.from(
      { length: 6 },
      (_, i) => [`${label}/${label} (${i}).png`, `${label}/${label} (${i})_mask.png`],
    )
  ).flat();
  await withFiles({
    ...Object.fromEntries(names.map((name) => [name, null])),
    ...describe({ exclude: ["_mask"], imageSize: 8 }),
  }, (dataset) => {
    assertEquals([counts(dataset), dataset.skipped?.length], [12, 12]);
  });
});

Deno.test("tables in UTF-16 and Windows' Latin, folders with spaces and umlauts", async () => {
  const text = "path;label\nä 0.png;mild\nä 1.png;schwer\n";
  const utf16 = new Uint8Array(2 + 2 * text.length);
  new DataView(utf16.buffer).setUint16(0, 0xfeff, true);
  for (let i = 0; i < text.length; i++) {
    new DataView(utf16.buffer).setUint16(2 + 2 * i, text.charCodeAt(i), true);
  }
  const latin = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  for (const table of [utf16, latin]) {
    await withFiles(
      { "ä 0.png": null, "ä 1.png": null, "labels.csv": table },
      (dataset) => {
        assertEquals(counts(dataset), 2);
        assertEquals(dataset.scale.names, ["mild", "schwer"]);
      },
      "Knie Köln (neu)",
    );
  }
});

Deno.test("a column of patients goes before what DICOM says", async () => {
  const dcm = (patient: string, value: number) =>
    dicomFile([1, 2], Uint8Array.of(0, value), { "0010,0020 LO": patient });
  const rows = Array.from({ length: 20 }, (_, i) => `${i}.dcm,${i % 2},${i % 4}`);
  await withFiles({
    ...Object.fromEntries(rows.map((_, i) => [`${i}.dcm`, dcm(`X${i}`, i + 1)])),
    "labels.csv": ["path,label,patient", ...rows].join("\n"),
  }, async (dataset) => {
    const found = await splitsByPatient(dataset, (id) => String(parseInt(id) % 4));
    for (const [patient, splits] of found) assertEquals(splits.size, 1, patient);
  });
});
