/** Labels that are real numbers, from a file to a path: bars whose height is the label. */

import { Random } from "@countergrade/countergrade";
import { decode } from "../../core/formats/png/png.ts";
import { assert, assertEquals } from "@std/assert";
import { Chain } from "./chain.ts";

const SIZE = 16;

/** Bars of real heights, 3 to 13 pixels; the row at the top of a bar is as bright as the share of it that is filled. */
function heights(sizes: Record<string, number>) {
  return Object.fromEntries(
    Object.entries(sizes).flatMap(([split, count]) => {
      const random = new Random(split);
      const labels = Float64Array.from({ length: count }, () => 3 + 10 * random.uniform());
      const data = new Uint8Array(count * SIZE * SIZE);
      labels.forEach((height, i) => {
        for (let p = 0; p < SIZE * SIZE; p++) {
          const [x, y] = [p % SIZE, Math.floor(p / SIZE)];
          const filled = Math.min(1, Math.max(0, height - (SIZE - 1 - y)));
          data[i * SIZE * SIZE + p] = (x >= 4 && x < 12 ? 30 + 170 * filled : 30) +
            random.integer(20);
        }
      });
      const shape = [count, SIZE, SIZE];
      return [[`${split}_images`, { shape, data }], [`${split}_labels`, labels]];
    }),
  );
}

/** The height of the bar in a picture, from the brightness of its columns. */
function heightIn({ image, width }: ReturnType<typeof decode>): number {
  const channels = image.length / (width * SIZE);
  let sum = 0;
  for (let y = 0; y < SIZE; y++) {
    for (let x = 4; x < 12; x++) sum += image[(y * width + x) * channels] - 40;
  }
  return sum / 8 / 170;
}

Deno.test("real labels: from images over ridge to a path whose images follow the values asked for", async (t) => {
  await using chain = await Chain.open({ heights: heights({ train: 120, val: 24 }) });
  const dataset = "heights";
  const { encoder } = await chain.done("trainEncoder", { dataset, encoder: { pca: {} } });
  const { codes } = await chain.done("encode", { dataset, encoder });
  const trained = await chain.done("trainProbe", { codes, probe: { ridge: {} } });
  const { probe } = trained;

  await t.step("the data set and the codes keep the values", async () => {
    const { scale, get } = await chain.host.openDataset(dataset);
    assertEquals(scale, { type: "continuous", names: ["label"] });
    const { labels } = await get("val", [0, 1]);
    assert(labels instanceof Float64Array && labels.some((value) => value % 1 !== 0));
    const indices = Array.from({ length: 24 }, (_, i) => i);
    const { grades } = await chain.done("grade", { dataset, probe, indices });
    const bias = grades.reduce(
      (sum: number, { grade, label }: { grade: number; label: number }) =>
        sum + (grade - label) / 24,
      0,
    );
    assert(Math.abs(bias) < 0.2, `${bias} pixels on average`);
    grades.splice(2);
    grades.forEach(({ label, grade }: { label: number; grade: number }, i: number) => {
      assertEquals(label, labels[i]);
      assert(Math.abs(grade - label) < 1, `${grade} of ${label}`);
    });
  });

  await t.step("the probe is measured in the unit of the labels", () => {
    assert(trained.mae < 0.5, `MAE ${trained.mae}`);
    assertEquals([trained.qwk, trained.macroF1], [undefined, undefined]);
  });

  await t.step("every image has the value that was asked for", async () => {
    const targets = [4, 6.5, 8, 11];
    const path = await chain.done("counterfactualPath", { dataset, probe, index: 3, targets });
    assertEquals(path.label % 1 === 0, false);
    for (const [i, { targetGrade, imageGrade, image }] of path.frames.entries()) {
      assertEquals(targetGrade, targets[i]);
      assert(Math.abs(imageGrade - targetGrade) < 0.5, `${imageGrade} of ${targetGrade}`);
      const shown = heightIn(decode(await chain.workspace.blobs.read(image)));
      assert(Math.abs(shown - targetGrade) < 1, `${shown} pixels of ${targetGrade}`);
    }
    const far = await chain.run("counterfactualPath", { dataset, probe, index: 3, classes: ["0"] });
    assertEquals([far.state, far.error?.code], ["failed", "BAD_INPUT"]);
  });

  await t.step("an evaluation says how near images come", async () => {
    const told = await chain.done("evaluate", {
      dataset,
      probe,
      limit: 4,
      targets: [5, 8, 11],
    });
    assert(told.gradeMae < 0.5 && told.spearman > 0.9 && told.met > 0.5, JSON.stringify(told));
    const figures = new Map(told.figures.map((f: { name: string; mean: number }) => [f.name, f]));
    for (const name of ["regressionSuccess", "imageValidity"]) {
      assertEquals((figures.get(name) as { mean: number }).mean, 1);
    }
    assertEquals(told.review.figures.some(({ name }: { name: string }) => name === "qwk"), false);
  });
});
