/** Folders as data sets: class folders, tables, what is left out and why, and everything that attackers put there. */

import {
  CancelledError,
  type Dataset,
  FormatError,
  Host,
  InputError,
  Random,
  tensor,
} from "@countergrade/countergrade";
import { toPng } from "@countergrade/countergrade/images";
import { builtins } from "@countergrade/countergrade/plugins";
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { files } from "../../../../plugins/datasets/files/mod.ts";

/** A picture whose mean says its number. */
function picture(number: number, width = 20, height = 16, channels = 1): Uint8Array {
  const random = new Random(number);
  const size = channels * width * height;
  const data = Float32Array.from({ length: size }, () => number / 100 + 0.01 * random.normal());
  return toPng(tensor([1, channels, height, width], data), 0);
}

/** Runs with a data folder that holds a data set called `own`. */
async function withFiles(
  content: Record<string, Uint8Array | string>,
  run: (open: () => Promise<Dataset>, folder: string) => Promise<void>,
) {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${folder}/data/own`, { recursive: true });
    for (const [name, value] of Object.entries(content)) {
      const path = `${folder}/data/own/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      if (typeof value === "string") await Deno.writeTextFile(path, value);
      else await Deno.writeFile(path, value);
    }
    const context = { roots: [`${folder}/data`], cache: `${folder}/cache` };
    await using host = await Host.boot(builtins, context);
    await run(() => host.openDataset("own"), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const describe = (value: unknown) => ({ "countergrade-dataset.json": JSON.stringify(value) });
const small = describe({ imageSize: 16 });

function classFolders(): Record<string, Uint8Array> {
  const names = ["mild", "moderate", "severe"];
  return Object.fromEntries(
    Array.from({ length: 60 }, (_, i) => [`${names[i % 3]}/bild ${i} ä.png`, picture(i)]),
  );
}

/** All images of a data set with their ids and labels. */
async function everything(dataset: Dataset) {
  const rows: { id: string; label: number; split: string; mean: number }[] = [];
  for (const [split, size] of Object.entries(dataset.splits)) {
    const { ids, labels, images } = await dataset.get(
      split,
      Array.from({ length: size }, (_, i) => i),
    );
    const pixels = images.data.length / size;
    ids.forEach((id, i) => {
      // The median: black borders and the pixels beside them do not count.
      const pixel = images.data.subarray(i * pixels, (i + 1) * pixels).filter((x) => x > -0.2)
        .sort();
      const mean = pixel[pixel.length >> 1];
      rows.push({ id, label: labels[i], split, mean });
    });
  }
  return rows;
}

Deno.test("the folder of a class is the label; images are split by seed, stratified", async () => {
  await withFiles({ ...classFolders(), ...small }, async (open) => {
    const dataset = await open();
    assertEquals(dataset.scale, { type: "nominal", names: ["mild", "moderate", "severe"] });
    assertEquals(dataset.splits, { train: 48, val: 6, test: 6 });
    assertEquals([...dataset.imageShape], [1, 16, 16]);
    const rows = await everything(dataset);
    assertEquals(new Set(rows.map(({ id }) => id)).size, 60);
    for (const { id, label, mean } of rows) {
      const number = Number(id.match(/\d+/)![0]);
      assertEquals(label, number % 3);
      assert(Math.abs(mean - number / 100) < 0.02, `${id} has mean ${mean}`);
    }
    assertEquals((await open()).fingerprint, dataset.fingerprint);
  });
});

Deno.test("the seed of the description draws the splits: the same again, another others", async () => {
  const drawn = async (given: object) => {
    const rows: string[] = [];
    const files = { ...classFolders(), ...describe({ imageSize: 16, ...given }) };
    let fingerprint = "";
    await withFiles(files, async (open) => {
      const dataset = await open();
      fingerprint = dataset.fingerprint;
      rows.push(...(await everything(dataset)).map(({ id, split }) => `${id} ${split}`));
    });
    return { rows: rows.toSorted(), fingerprint };
  };
  const [usual, zero, one] = [await drawn({}), await drawn({ seed: 0 }), await drawn({ seed: 1 })];
  assertEquals(usual.rows, zero.rows);
  assertNotEquals(one.rows, zero.rows);
  assertNotEquals(one.fingerprint, zero.fingerprint);
});

Deno.test("names in the description make an ordinal scale, in their order", async () => {
  const names = ["severe", "mild", "moderate"];
  await withFiles({ ...classFolders(), ...describe({ names, imageSize: 8 }) }, async (open) => {
    assertEquals((await open()).scale, { type: "ordinal", names });
  });
});

Deno.test("a table of real labels makes a continuous scale, where the description says so", async () => {
  const rows = Array.from({ length: 20 }, (_, i) => `${i}.png,${20 + 2.5 * i}`);
  const names = [...rows.keys(), "x", "y"];
  const pictures = Object.fromEntries(names.map((name, i) => [`${name}.png`, picture(i)]));
  const table = ["path,label", ...rows, "x.png,old", "y.png,Infinity"].join("\n");
  const ages = { scale: "continuous", names: ["age (years)"], imageSize: 16 };
  await withFiles({ ...pictures, "ages.csv": table, ...describe(ages) }, async (open) => {
    const dataset = await open();
    assertEquals(dataset.scale, { type: "continuous", names: ["age (years)"] });
    assertEquals(dataset.skipped!.map(({ file }) => file), ["x.png", "y.png"]);
    assertEquals(dataset.splits, { train: 16, val: 2, test: 2 });
    const { ids, labels } = await dataset.get("train", [0, 1, 2, 3]);
    assert(labels instanceof Float64Array);
    assertEquals([...labels], ids.map((id) => 20 + 2.5 * parseInt(id)));
  });
  const two = describe({ ...ages, names: ["age", "size"] });
  await withFiles({ ...pictures, "ages.csv": table, ...two }, async (open) => {
    await assertRejects(open, FormatError, "names: expected one name");
  });
});

Deno.test("folders called train, val and test are splits", async () => {
  const content = Object.fromEntries(
    ["training", "validation", "test"].flatMap((split, s) =>
      ["0", "1"].flatMap((grade) =>
        [0, 1, 2].map((
          i,
        ) => [`${split}/${grade}/${i}.png`, picture(20 * s + 5 * Number(grade) + i)])
      )
    ),
  );
  await withFiles({ ...content, ...small }, async (open) => {
    const dataset = await open();
    assertEquals(dataset.splits, { train: 6, val: 6, test: 6 });
    assertEquals(dataset.scale, { type: "binary", names: ["0", "1"] });
  });
});

Deno.test("a table gives labels, splits and patients, whatever its columns are called", async () => {
  const pictures = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`pictures/${i}.png`, picture(i)]),
  );
  const rows = Array.from({ length: 40 }, (_, i) => `pictures/${i}.png;${i % 5};P${i >> 2}`);
  const table = ["Filename;KL-Grade;Patient ID", ...rows].join("\r\n");
  const columns = { columns: { label: "KL-Grade" }, imageSize: 16 };
  await withFiles({ ...pictures, "list.csv": table, ...describe(columns) }, async (open) => {
    const dataset = await open();
    assertEquals(dataset.scale, { type: "ordinal", names: ["0", "1", "2", "3", "4"] });
    const homes = new Map<string, Set<string>>();
    for (const { id, split, label } of await everything(dataset)) {
      const number = Number(id.match(/\d+/)![0]);
      assertEquals(label, number % 5);
      const patient = String(number >> 2);
      homes.set(patient, (homes.get(patient) ?? new Set()).add(split));
    }
    assert([...homes.values()].every(({ size }) => size === 1), "a patient is in two splits");
  });
  const given = [
    "path,label,split",
    ...rows.map((row, i) => `${row.split(";")[0]},${i % 5},${["Train", "valid", "TEST"][i % 3]}`),
  ].join("\n");
  await withFiles({ ...pictures, "list.csv": given, ...small }, async (open) => {
    assertEquals((await open()).splits, { train: 14, val: 13, test: 13 });
  });
});

Deno.test("what cannot be read is left out and told, the rest is there", async () => {
  const bomb = picture(1);
  // 60,000 × 60,000 pixels, by the header.
  bomb.set([0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60], 16);
  const table = [
    "path,label",
    "good.png,0",
    "color.png,1",
    "./good2.png,1",
    "good.png,1",
    "empty.png,0",
    "text.png,0",
    "cut.png,1",
    "bomb.png,1",
    "missing.png,0",
    "unlabeled.png,",
    "../outside.png,1",
    "/etc/hostname,1",
    "link.png,0",
    "nan.png,severe",
    "folder,0",
  ].join("\n");
  const content = {
    "table.csv": table,
    "good.png": picture(5),
    "good2.png": picture(7, 40, 10),
    "color.png": picture(6, 9, 30, 3),
    "empty.png": new Uint8Array(0),
    "text.png": "no picture",
    "cut.png": picture(8).slice(0, 60),
    "bomb.png": bomb,
    "unlabeled.png": picture(9),
    "nan.png": picture(10),
    "folder/x.txt": "",
    ...describe({ imageSize: 16, names: ["0", "1"] }),
  };
  await withFiles(content, async (open, folder) => {
    await Deno.writeFile(`${folder}/outside.png`, picture(3));
    await Deno.symlink(`${folder}/outside.png`, `${folder}/data/own/link.png`);
    const dataset = await open();
    const rows = await everything(dataset);
    assertEquals(rows.map(({ id }) => id).sort(), ["color.png", "good.png", "good2.png"]);
    const reasons = new Map(dataset.skipped!.map(({ file, reason }) => [file, reason]));
    const expected: Record<string, string> = {
      "empty.png": "the file is empty",
      "text.png": "expected PNG, JPEG, TIFF or DICOM",
      "cut.png": "Cannot",
      "bomb.png": "pixels",
      "missing.png": "There is no such file",
      "unlabeled.png": "It has no label",
      "../outside.png": "inside the folder",
      "/etc/hostname": "inside the folder",
      "link.png": "outside the data set's folder",
      "nan.png": 'no label "severe"',
      "folder": "no file of it is DICOM",
      "good.png": "names it twice",
    };
    assertEquals([...reasons.keys()].sort(), Object.keys(expected).sort());
    for (const [file, reason] of Object.entries(expected)) {
      assert(reasons.get(file)!.includes(reason), `${file}: ${reasons.get(file)}`);
    }
  });
});

Deno.test("a folder that cannot be a data set says why", async () => {
  const cases: [Record<string, Uint8Array | string>, string][] = [
    [describe({ imageSize: 4 }), "imageSize"],
    [describe({ size: 64 }), "Unrecognized key"],
    [{ "countergrade-dataset.json": "{" }, "it is not JSON"],
    [describe({}), "expected a table with columns path and label"],
    [{ "table.csv": "path,label\na.png,0\n" }, "none of 1 files can be read"],
    [{ "table.csv": "file name,age\na.png,7\n" }, "expected a column label"],
    [{ "table.csv": "path,label\n" }, "at least two different labels"],
    [{ "a.csv": "path,label\n", "b.csv": "path,label\n" }, "one table"],
    [{ "a/1.png": picture(1), "b/2.txt": "no", ...describe({ names: ["c", "d"] }) }, 'no "a"'],
  ];
  for (const [content, text] of cases) {
    await withFiles(content, async (open) => {
      await assertRejects(open, FormatError, text);
    });
  }
});

Deno.test("folders that do not look like data sets are not offered, links out of the root neither", async () => {
  const context = async (folder: string) => await files.discover({ roots: [`${folder}/data`] });
  await withFiles({ "notes.txt": "nothing" }, async (_open, folder) => {
    assertEquals(await context(folder), []);
    await Deno.mkdir(`${folder}/secret/a`, { recursive: true });
    await Deno.mkdir(`${folder}/secret/b`);
    await Deno.symlink(`${folder}/secret`, `${folder}/data/escape`);
    assertEquals(await context(folder), []);
  });
});

Deno.test("a changed picture is seen, by version and fingerprint", async () => {
  await withFiles({ ...classFolders(), ...small }, async (open, folder) => {
    const first = await open();
    await Deno.writeFile(`${folder}/data/own/mild/bild 0 ä.png`, picture(90));
    const second = await open();
    assert(second.fingerprint !== first.fingerprint);
    const row = (await everything(second)).find(({ id }) => id === "mild/bild 0 ä.png")!;
    assert(Math.abs(row.mean - 0.9) < 0.02);
  });
});

Deno.test("a hundred pictures are read by workers, with the same result", async () => {
  const many = Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [`${i % 2}/${i}.png`, picture(i)]),
  );
  await withFiles({ ...many, "0/odd.png": "no picture", ...small }, async (open) => {
    const dataset = await open();
    assertEquals(dataset.skipped!.map(({ file }) => file), ["0/odd.png"]);
    for (const { id, mean } of await everything(dataset)) {
      assert(Math.abs(mean - Number(id.match(/\/(\d+)/)![1]) / 100) < 0.02);
    }
  });
});

Deno.test("get() refuses splits and indices that there are not", async () => {
  await withFiles({ ...classFolders(), ...small }, async (open) => {
    const dataset = await open();
    await assertRejects(() => dataset.get("dev", [0]), InputError, "a split of train, val, test");
    await assertRejects(() => dataset.get("val", [6]), InputError, "indices from 0 to 5");
  });
});

Deno.test("an opening tells how far it is, and a cancel ends it without a trace", async () => {
  await withFiles({ ...classFolders(), ...small }, async (open, folder) => {
    const context = { roots: [`${folder}/data`], cache: `${folder}/cache` };
    await using host = await Host.boot(builtins, context);
    const controller = new AbortController();
    const steps: number[] = [];
    const onProgress = (done: number, total: number) => {
      steps.push(done);
      assertEquals(total, 60);
      if (done === 20) controller.abort(new CancelledError());
    };
    const { signal } = controller;
    await assertRejects(() => host.openDataset("own", { signal, onProgress }), CancelledError);
    assertEquals(steps, Array.from({ length: 20 }, (_, i) => i + 1));
    assertEquals((await everything(await open())).length, 60);
  });
});

Deno.test("further columns of a table stand beside the labels, and change neither images nor what was kept of them", async () => {
  const table = (sex: (i: number) => string) =>
    "path,label,sex,age,ward\n" +
    Array.from({ length: 40 }, (_, i) => `${i}.png,${i % 2},${sex(i)},${i + 0.5},A`).join("\n");
  const pictures = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`${i}.png`, picture(i)]),
  );
  const description = describe({ imageSize: 16, columns: { further: ["sex", "age", "ward"] } });
  const content = { ...pictures, "labels.csv": table((i) => i % 4 ? "f" : "m"), ...description };
  await withFiles(content, async (open, folder) => {
    const dataset = await open();
    const [sex, age] = dataset.columns!;
    assertEquals([sex.name, sex.scale], ["sex", { type: "binary", names: ["f", "m"] }]);
    assertEquals([age.scale, dataset.columns!.length], [
      { type: "continuous", names: ["age"] },
      2,
    ]);
    for (const [split, size] of Object.entries(dataset.splits)) {
      const { ids } = await dataset.get(split, Array.from({ length: size }, (_, i) => i));
      const numbers = ids.map((id) => parseInt(id));
      assertEquals([...sex.labels[split]], numbers.map((i) => i % 4 ? 0 : 1));
      assertEquals([...age.labels[split]], numbers.map((i) => i + 0.5));
    }
    assert(dataset.notes!.some((note) => note.includes("ward is no further label")));
    await Deno.writeTextFile(`${folder}/data/own/labels.csv`, table((i) => i ? "m" : "NA"));
    await Deno.writeTextFile(
      `${folder}/data/own/countergrade-dataset.json`,
      JSON.stringify({ imageSize: 16, columns: { further: ["age"] } }),
    );
    const again = await open();
    assertEquals([again.fingerprint, again.columns!.length], [dataset.fingerprint, 1]);
  });
  await withFiles(
    { ...content, ...describe({ columns: { further: ["height"] } }) },
    (open) => assertRejects(open, FormatError, 'expected a column "height"').then(() => {}),
  );
});
