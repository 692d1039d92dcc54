/** Data sets in the layouts in which people have them: patients, splits, missing labels, paths, tables. */

import { type Dataset, FormatError } from "@countergrade/countergrade";
import { openPicture } from "@countergrade/countergrade/images";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { counts, splitsByPatient, withDataset, withFiles } from "./mock.ts";
import { caseAt, caseTest } from "../../../shared_cases.ts";
import { dicomFile } from "../../../core/formats/dicom/writer.ts";

async function withCase(id: string, run: (dataset: Dataset) => Promise<void> | void) {
  await withDataset(await Deno.realPath(caseAt(".")), id, run);
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
