/** The data set plugin `npz`: discovery, decoding, real files, and files that are wrong. */

import { FormatError, Host, InputError, NotFoundError } from "@countergrade/countergrade";
import { writeNpz } from "@countergrade/countergrade/formats";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { npz, npzDatasets } from "../../../../plugins/datasets/npz/mod.ts";
import { type Arrays, arrays, bytesOf, open, volumes, withFolder, write } from "./drawn_files.ts";

const data = new URL("../../../../../shared/data/", import.meta.url);
const hasData = await Deno.stat(data).then(() => true, () => false);

Deno.test("npz data set: any split may be the only one", () =>
  withFolder(async (folder) => {
    const { test_images, test_labels } = arrays();
    await write(folder, "theirs.npz", { test_images, test_labels });
    const { splits } = await open(folder, "theirs");
    assertEquals(splits, { test: 2 });
  }));

Deno.test("npz data set: the host finds and opens files by name", () =>
  withFolder(async (folder) => {
    await write(folder, "mine.npz", arrays());
    await Deno.writeTextFile(`${folder}/notes.txt`, "");
    await Deno.mkdir(`${folder}/folder.npz`);
    await using host = await Host.boot([npzDatasets], { roots: [`${folder}/absent`, folder] });
    const [{ version, ...found }, ...others] = await host.discoverDatasets();
    assertEquals(found, { id: "mine", title: "mine", options: {}, plugin: "npz" });
    assertEquals(others, []);
    const { size } = await Deno.stat(`${folder}/mine.npz`);
    assert(version?.startsWith(`${size} bytes of `), version);
    const dataset = await host.openDataset("mine");
    assertEquals(dataset.imageShape, [1, 2, 3]);
    assertEquals(dataset.splits, { train: 3, test: 2 });
    assertEquals(dataset.scale, { type: "ordinal", names: ["0", "1", "2", "3"] });
    assert(/^sha256:[0-9a-f]{64}$/.test(dataset.fingerprint));
  }));

Deno.test("npz data set: images are x / 127.5 − 1 in the order asked for", () =>
  withFolder(async (folder) => {
    await write(folder, "mine.npz", arrays());
    const dataset = await open(folder, "mine");
    const { ids, images, labels } = await dataset.get("train", [2, 0]);
    assertEquals(ids, ["train-2", "train-0"]);
    assertEquals(labels, Int32Array.of(2, 0));
    assertEquals(images.shape, [2, 1, 2, 3]);
    const pixels = [12, 13, 14, 15, 16, 17, 0, 1, 2, 3, 4, 5];
    assertEquals(images.data, Float32Array.from(pixels, (x) => x / 127.5 - 1));
    assertEquals((await dataset.get("test", Int32Array.of(0))).labels, Int32Array.of(3));
  }));

Deno.test("npz data set: RGB pixels become planes", () =>
  withFolder(async (folder) => {
    await write(folder, "mine.npz", arrays(3));
    const { images } = await (await open(folder, "mine")).get("train", [1]);
    assertEquals(images.shape, [1, 3, 2, 3]);
    const expected = [0, 1, 2].flatMap((c) => [0, 1, 2, 3, 4, 5].map((i) => 18 + i * 3 + c));
    assertEquals(images.data, Float32Array.from(expected, (x) => x / 127.5 - 1));
  }));

Deno.test("npz data set: the scale can be given, and must hold all labels", () =>
  withFolder(async (folder) => {
    await write(folder, "mine.npz", arrays());
    const scale = { type: "nominal", names: ["a", "b", "c", "d"] };
    assertEquals((await open(folder, "mine", { scale })).scale.names, scale.names);
    const short = { type: "ordinal", names: ["a", "b", "c"] };
    await assertRejects(
      () => open(folder, "mine", { scale: short }),
      FormatError,
      "labels from 0 to 2 (a, b, c), the largest is 3",
    );
    await write(folder, "knee_kl_64.npz", { ...arrays(), test_labels: Uint8Array.of(5, 0) });
    await assertRejects(() => open(folder, "knee_kl_64"), FormatError, "the largest is 5");
  }));

Deno.test("npz data set: labels that are real numbers make a continuous scale, which whole ones may have too", () =>
  withFolder(async (folder) => {
    const scale = { type: "continuous" as const, names: ["age (years)"] };
    await write(folder, "ages.npz", {
      ...arrays(),
      train_labels: Float64Array.of(41.5, -2, 1e4),
      test_labels: Float32Array.of(0.5, 7),
    });
    const dataset = await open(folder, "ages");
    assertEquals(dataset.scale, { type: "continuous", names: ["label"] });
    const { labels } = await dataset.get("train", [2, 0]);
    assertEquals(labels, Float64Array.of(1e4, 41.5));
    assertEquals((await open(folder, "ages", { scale })).scale, scale);
    await assertRejects(
      () => open(folder, "ages", { scale: { type: "ordinal", names: ["a", "b"] } }),
      FormatError,
      "whole numbers",
    );
    await write(folder, "mine.npz", arrays());
    const whole = await (await open(folder, "mine", { scale })).get("test", [0, 1]);
    assertEquals(whole.labels, Float64Array.of(3, 0));
    await write(folder, "odd.npz", { ...arrays(), train_labels: Float64Array.of(1, NaN, 2) });
    await assertRejects(() => open(folder, "odd"), FormatError, "finite numbers, label 1 is NaN");
    await write(folder, "grades.npz", { ...arrays(), train_labels: Float32Array.of(0, 1, 2) });
    assertEquals((await open(folder, "grades")).scale.type, "ordinal");
    const names = ["a", "b"];
    assertEquals(npz.options.safeParse({ scale: { type: "continuous", names } }).success, false);
    assertEquals(npz.options.safeParse({ scale: { ...scale, type: "ordinal" } }).success, false);
  }));

Deno.test("npz data set: unknown ids, splits and indices are typed errors", () =>
  withFolder(async (folder) => {
    await write(folder, "mine.npz", arrays());
    for (const id of ["other", "../mine", "mine.npz", "", "mine\0", `${folder}/mine`]) {
      await assertRejects(() => open(folder, id), NotFoundError, "known: mine");
    }
    const dataset = await open(folder, "mine");
    await assertRejects(() => dataset.get("val", [0]), InputError, "train, test");
    for (const index of [3, -1, 0.5, NaN]) {
      await assertRejects(() => dataset.get("train", [0, index]), InputError, "from 0 to 2");
    }
  }));

Deno.test("npz data set: a link that leads out of the folder is left out", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/data`);
    await Deno.mkdir(`${folder}/data2`);
    await write(`${folder}/data2`, "secret.npz", arrays());
    await write(`${folder}/data`, "mine.npz", arrays());
    await Deno.symlink(`${folder}/data2/secret.npz`, `${folder}/data/secret.npz`);
    await Deno.symlink(`${folder}/data/mine.npz`, `${folder}/data/again.npz`);
    await Deno.symlink(`${folder}/nowhere`, `${folder}/data/broken.npz`);
    const found = await npz.discover({ roots: [`${folder}/data`] });
    assertEquals(found.map(({ id }) => id), ["again", "mine"]);
    await assertRejects(() => open(`${folder}/data`, "secret"), NotFoundError);
  }));

Deno.test("npz data set: a changed file is read again, an unchanged one is not", () =>
  withFolder(async (folder) => {
    await write(folder, "mine.npz", arrays());
    const first = await open(folder, "mine");
    assertEquals((await open(folder, "mine")).imageShape, first.imageShape);
    assert(
      (await open(folder, "mine")).imageShape === first.imageShape,
      "expected a shared decode",
    );
    await write(folder, "mine.npz", arrays(3));
    const second = await open(folder, "mine");
    assertEquals(second.imageShape, [3, 2, 3]);
    assert(first.fingerprint !== second.fingerprint);
  }));

Deno.test("npz data set: numbers of 16 bits, real ones, and channels first are taken as they are meant", () =>
  withFolder(async (folder) => {
    const train_labels = { shape: [2], data: Uint8Array.of(0, 1) };
    const cases: [Arrays["x"], number[], string][] = [
      [{ shape: [2, 1, 2], data: Uint16Array.of(0, 4095, 819, 0) }, [-1, 1, -0.6, -1], "4095"],
      [{ shape: [2, 1, 2], data: Float32Array.of(0, 1, 0.5, 0) }, [-1, 1, 0, -1], "1 is white"],
      [{ shape: [2, 1, 2], data: Float32Array.of(-1, 1, 0.5, 0) }, [-1, 1, 0.5, 0], "-1 is black"],
      [{ shape: [2, 1, 2], data: Float32Array.of(0, 255, 51, 0) }, [-1, 1, -0.6, -1], "255"],
      [{ shape: [2, 1, 2], data: Float32Array.of(-50, 50, 0, 0) }, [-1, 1, 0, 0], "-50 is black"],
    ];
    for (const [i, [train_images, expected, words]] of cases.entries()) {
      await write(folder, `n${i}.npz`, { train_images, train_labels });
      const dataset = await open(folder, `n${i}`);
      const { images } = await dataset.get("train", [0, 1]);
      assertEquals(images.shape, [2, 1, 1, 2]);
      images.data.forEach((y, k) => assertAlmostEquals(y, expected[k], 1e-6));
      assert(dataset.notes?.[0].includes(words), dataset.notes?.[0]);
    }
    const planes = Uint8Array.from({ length: 24 }, (_, i) => 10 * i);
    await write(folder, "first.npz", {
      train_images: { shape: [2, 3, 2, 2], data: planes },
      train_labels,
    });
    const dataset = await open(folder, "first");
    assertEquals([[...dataset.imageShape], dataset.notes], [[3, 2, 2], undefined]);
    const { images } = await dataset.get("train", [1]);
    images.data.forEach((y, k) => assertAlmostEquals(y, planes[12 + k] / 127.5 - 1, 1e-6));
  }));

Deno.test("npz data set: wrong files are FormatErrors that say what is wrong", async (t) => {
  const { train_images, train_labels, test_images } = arrays();
  const labels = (data: Uint8Array | Float32Array | Int8Array, shape = [data.length]) => ({
    train_images,
    train_labels: { shape, data },
  });
  const cases: [string, Arrays, string][] = [
    ["no images", { train_labels }, 'expected an array "train_images", the file has train_labels'],
    ["no labels", { train_images }, 'expected an array "train_labels"'],
    ["no test labels", { train_images, train_labels, test_images }, '"test_labels"'],
    ["too few labels", labels(Uint8Array.of(0, 1)), "train_images has 3 and train_labels 2"],
    ["infinite labels", labels(Float32Array.of(0, Infinity, 2)), "label 1 is Infinity"],
    ["several labels", labels(new Uint8Array(6), [3, 2]), "shape [n] or [n, 1], it is [3, 2]"],
    ["negative label", labels(Int8Array.of(0, -1, 1)), "label 1 is -1"],
    [
      "signed bytes as images",
      { train_labels, train_images: { shape: [3, 1, 1], data: new Int8Array(3) } },
      "train_images of uint8, uint16 or real numbers, their type is i1",
    ],
    [
      "rank",
      { train_labels, train_images: { shape: [3, 4], data: new Uint8Array(12) } },
      "it is [3, 4]",
    ],
    [
      "channels",
      { train_labels, train_images: { shape: [3, 2, 2, 2], data: new Uint8Array(24) } },
      "it is [3, 2, 2, 2]",
    ],
    [
      "no split",
      { images: { shape: [3, 1, 1], data: new Uint8Array(3) } },
      'expected an array "train_images"',
    ],
    [
      "splits differ",
      {
        ...arrays(),
        test_images: { shape: [2, 1, 1], data: new Uint8Array(2) },
      },
      "test_images of [1,2,3] (c, h, w) as in the split before, they are [1,1,1]",
    ],
  ];
  await withFolder(async (folder) => {
    for (const [name, content, message] of cases) {
      await t.step(name, async () => {
        await write(folder, "bad.npz", content);
        await assertRejects(() => open(folder, "bad"), FormatError, message);
      });
    }
    await t.step("truncated", async () => {
      await Deno.writeFile(`${folder}/bad.npz`, writeNpz(arrays()).slice(0, -9));
      await assertRejects(() => open(folder, "bad"), FormatError, "truncated");
    });
    await t.step("foreign", async () => {
      await Deno.writeTextFile(`${folder}/bad.npz`, "not a zip archive");
      await assertRejects(() => open(folder, "bad"), FormatError, "not a zip archive");
    });
  });
});

Deno.test({
  name: "npz data set: RetinaMNIST and the knees as published",
  ignore: !hasData,
  async fn() {
    const context = { roots: [await Deno.realPath(data)] };
    const retina = await npz.open("retinamnist", {}, context);
    assertEquals(retina.imageShape, [3, 28, 28]);
    assertEquals(retina.splits, { train: 1080, val: 120, test: 400 });
    assertEquals(retina.scale.names.length, 5);
    assertEquals(retina.license, "CC BY 4.0");
    const knee = await npz.open("knee_kl_64", {}, context);
    assertEquals(knee.splits, { train: 5778, val: 826 });
    assertEquals(knee.scale, { type: "ordinal", names: ["KL 0", "KL 1", "KL 2", "KL 3", "KL 4"] });
    const { images, labels } = await knee.get("val", [0, 825]);
    assertEquals(images.shape, [2, 1, 64, 64]);
    assertEquals(labels, Int32Array.of(0, 4));
    // The first pixel is stored as 38.
    assertAlmostEquals(images.data[0], 38 / 127.5 - 1, 1e-6);
  },
});

Deno.test("npz data set: volumes are their middle slices, all slices or themselves, by their id", () =>
  withFolder(async (folder) => {
    await write(folder, "nodulemnist3d.npz", volumes());
    await using host = await Host.boot([npzDatasets], { roots: [folder] });
    const ids = (await host.discoverDatasets()).map(({ id }) => id);
    assertEquals(ids, ["nodulemnist3d", "nodulemnist3d-slices", "nodulemnist3d-volumes"]);

    const middle = await host.openDataset("nodulemnist3d");
    assertEquals([middle.imageShape, middle.splits], [[1, 2, 2], { train: 2, val: 1 }]);
    assertEquals(middle.scale, { type: "binary", names: ["benign", "malignant"] });
    const { images, labels, ids: names } = await middle.get("train", [1, 0]);
    assertEquals(bytesOf(images), [24, 25, 26, 27, 8, 9, 10, 11]);
    assertEquals([labels, names], [Int32Array.of(0, 1), ["train-1", "train-0"]]);

    const all = await host.openDataset("nodulemnist3d-slices");
    assertEquals(all.splits, { train: 8, val: 4 });
    const slices = await all.get("train", [3, 4]);
    assertEquals(bytesOf(slices.images), [12, 13, 14, 15, 16, 17, 18, 19]);
    assertEquals([slices.labels, slices.ids], [Int32Array.of(1, 0), ["train-0-3", "train-1-0"]]);
    assert(all.title.endsWith("all slices") && middle.title.endsWith("middle slices"));

    const whole = await host.openDataset("nodulemnist3d-volumes");
    assertEquals([whole.imageShape, whole.splits], [[1, 4, 2, 2], { train: 2, val: 1 }]);
    const volume = await whole.get("train", [1]);
    assertEquals([volume.images.shape, volume.ids], [[1, 1, 4, 2, 2], ["train-1"]]);
    assertEquals(bytesOf(volume.images), Array.from({ length: 16 }, (_, i) => 16 + i));
    assert(whole.title.endsWith("volumes"));
    await assertRejects(() => host.openDataset("nodulemnist3d_64-slices"), NotFoundError);
    const val_images = { shape: [1, 2, 2, 2], data: new Uint8Array(8) };
    await write(folder, "nodulemnist3d_64.npz", { ...volumes(), val_images });
    await assertRejects(
      () => host.openDataset("nodulemnist3d_64-slices"),
      FormatError,
      "volumes of 4 slices as in the split before, those of val have 2",
    );
    await assertRejects(
      () => host.openDataset("nodulemnist3d_64-volumes"),
      FormatError,
      "[1,2,2,2]",
    );
    const flat = { shape: [2, 1, 2, 2], data: new Uint8Array(8) };
    await write(folder, "nodulemnist3d_64.npz", { ...volumes(), train_images: flat });
    await assertRejects(
      () => host.openDataset("nodulemnist3d_64-volumes"),
      FormatError,
      "two slices or more",
    );
  }));

Deno.test("npz data set: a file that is called as all slices would be is itself", () =>
  withFolder(async (folder) => {
    await write(folder, "nodulemnist3d.npz", volumes());
    await write(folder, "nodulemnist3d-slices.npz", arrays());
    const found = await npz.discover({ roots: [folder] });
    assertEquals(found.map(({ id }) => id), [
      "nodulemnist3d",
      "nodulemnist3d-slices",
      "nodulemnist3d-volumes",
    ]);
    assertEquals((await open(folder, "nodulemnist3d-slices")).splits, { train: 3, test: 2 });
  }));

Deno.test("npz data set: of several findings, ChestMNIST is graded by whether there is any", () =>
  withFolder(async (folder) => {
    const labels = { shape: [3, 2], data: Uint8Array.of(0, 0, 0, 1, 1, 1) };
    await write(folder, "chestmnist_64.npz", {
      train_images: arrays().train_images,
      train_labels: labels,
    });
    const dataset = await open(folder, "chestmnist_64");
    assertEquals((await dataset.get("train", [0, 1, 2])).labels, Int32Array.of(0, 1, 1));
    assertEquals(dataset.scale, { type: "binary", names: ["no finding", "any finding"] });
  }));
